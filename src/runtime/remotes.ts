/**
 * The queues of remote kinds: what is QUEUED there waits for a worker in another process. A worker that finds nothing
 * waits here too, and is called when something comes.
 */
import { RemoteQueue } from './remote-queue.js'
import type { Place } from './row.js'
import type { TaskUnit } from './unit.js'

interface Waiting {
  readonly kinds: ReadonlySet<string>
  readonly call: () => void
}

/** What is queued of one kind in one route. */
interface Line {
  readonly kind: string
  readonly route: string
  readonly queue: RemoteQueue
}

export class Remotes {
  readonly #lines = new Map<string, Line>()
  readonly #places = new Map<string, Line>()
  readonly #waiting = new Set<Waiting>()
  /** How often there was a reason to look: who looked before it looks again before it waits. */
  calls = 0

  /** How many of a route are queued. */
  queued(route: string): number {
    let count = 0
    for (const line of this.#lines.values()) if (line.route === route) count += line.queue.size
    return count
  }

  /** What came first of each kind that is queued in a route. */
  oldest(route: string): Place[] {
    return [...this.#lines.values()].flatMap((line) => (line.route === route && line.queue.oldest()) || [])
  }

  /** Something of the route, or of the kind in it, is queued. */
  waits(route: string, kind: string | undefined): boolean {
    for (const line of this.#lines.values())
      if (line.route === route && (kind ?? line.kind) === line.kind && line.queue.size > 0) return true
    return false
  }

  /** What is queued where. */
  all(): IterableIterator<Line> {
    return this.#lines.values()
  }

  /** `route` is the one that it counts against, be its label that of one that is gone. */
  push({ id, kind, context }: TaskUnit, route: string): void {
    this.remove(id)
    const line = this.#lines.get(`${kind.name} ${route}`) ?? { kind: kind.name, route, queue: new RemoteQueue() }
    this.#lines.set(`${kind.name} ${route}`, line)
    line.queue.push(context)
    this.#places.set(id, line)
    this.calls++
    for (const waiting of this.#waiting) {
      if (!waiting.kinds.has(kind.name)) continue
      this.#waiting.delete(waiting)
      waiting.call()
      return
    }
  }

  remove(id: string): boolean {
    const line = this.#places.get(id)
    if (!line) return false
    this.#places.delete(id)
    return line.queue.remove(id)
  }

  /** Takes up to `count`, of the kinds in their order, where nothing holds them. */
  take(kinds: readonly string[], count: number, held: (kind: string, route: string) => boolean): string[] {
    const ids: string[] = []
    for (const kind of kinds) {
      for (const line of this.#lines.values()) {
        if (line.kind !== kind || held(kind, line.route)) continue
        for (const id of line.queue.take(count - ids.length)) {
          this.#places.delete(id)
          ids.push(id)
        }
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
    this.calls++
    const all = [...this.#waiting]
    this.#waiting.clear()
    for (const { call } of all) call()
  }

  /** Memory is forgotten; who waits goes on waiting. */
  clear(): void {
    this.#lines.clear()
    this.#places.clear()
  }
}
