/**
 * The queues of remote kinds: what is QUEUED there waits for a worker in another process. A worker that finds nothing
 * waits here too, and is called when something comes.
 */
import type { TaskUnit } from './unit.js'
import { WorkQueue } from './work-queue.js'

interface Waiting {
  readonly kinds: ReadonlySet<string>
  readonly call: () => void
}

export class Remotes {
  readonly #queues = new Map<string, WorkQueue>()
  /** What is queued, with its kind and the route it counts against. */
  readonly #places = new Map<string, { readonly kind: string; readonly route: string }>()
  readonly #routes = new Map<string, number>()
  readonly #waiting = new Set<Waiting>()

  /** How many of a route are queued. */
  queued(route: string): number {
    return this.#routes.get(route) ?? 0
  }

  /** The queues by kind. */
  all(): IterableIterator<[string, WorkQueue]> {
    return this.#queues.entries()
  }

  push({ id, kind, context }: TaskUnit): void {
    this.remove(id)
    const queue = this.#queues.get(kind.name) ?? new WorkQueue()
    this.#queues.set(kind.name, queue)
    queue.push(context)
    this.#places.set(id, { kind: kind.name, route: context.route })
    this.#count(context.route, 1)
    for (const waiting of this.#waiting) {
      if (!waiting.kinds.has(kind.name)) continue
      this.#waiting.delete(waiting)
      waiting.call()
      return
    }
  }

  remove(id: string): boolean {
    const place = this.#places.get(id)
    if (!place) return false
    this.#places.delete(id)
    this.#count(place.route, -1)
    this.#queues.get(place.kind)?.remove(id)
    return true
  }

  /** Takes up to `count`, of the kinds in their order. */
  take(kinds: readonly string[], count: number): string[] {
    const ids: string[] = []
    for (const kind of kinds) {
      for (const id of this.#queues.get(kind)?.take(count - ids.length) ?? []) {
        ids.push(id)
        const route = this.#places.get(id)?.route
        this.#places.delete(id)
        if (route !== undefined) this.#count(route, -1)
      }
    }
    return ids
  }

  /** Calls once, when something of these kinds is queued; gives the way to leave. */
  wait(kinds: readonly string[], call: () => void): () => void {
    const waiting = { kinds: new Set(kinds), call }
    this.#waiting.add(waiting)
    return () => this.#waiting.delete(waiting)
  }

  /** Everybody who waits looks again. */
  callAll(): void {
    const all = [...this.#waiting]
    this.#waiting.clear()
    for (const { call } of all) call()
  }

  /** Memory is forgotten; who waits goes on waiting. */
  clear(): void {
    this.#queues.clear()
    this.#places.clear()
    this.#routes.clear()
  }

  #count(route: string, by: number): void {
    const count = this.queued(route) + by
    if (count > 0) this.#routes.set(route, count)
    else this.#routes.delete(route)
  }
}
