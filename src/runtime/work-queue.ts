import { KindQueue } from './kind-queue.js'
import type { Quota } from './quota.js'
import { before, type Place, type Waiting } from './row.js'

/**
 * The queue of one route, as an index in memory: machines that go on, then higher priority, then `runAt`, then arrival,
 * among those that may start. Each kind has a queue of its own in it; one that may not start is passed over as a whole.
 */
export class WorkQueue {
  readonly #byId = new Map<string, Waiting>()
  readonly #byQuota = new Map<Quota, KindQueue>()
  /** The queues of the kinds that were ever queued here: as many as there are kinds. */
  readonly kinds: KindQueue[] = []
  /** How many tasks are queued, may they start or not. */
  size = 0

  /** How many machines can go on. */
  get resumable(): number {
    let count = 0
    for (const kind of this.kinds) count += kind.resumable
    return count
  }

  /** How many tasks can start as far as their kinds go. */
  get startable(): number {
    let count = 0
    for (const kind of this.kinds) count += Math.min(kind.startable, kind.quota.tokens)
    return count
  }

  /** A task, or a machine that needs a slot again. */
  push(place: Place, quota: Quota, key: string | undefined, resumes = false): void {
    this.remove(place.id)
    const queue = this.#byQuota.get(quota) ?? this.#add(quota)
    this.#byId.set(place.id, queue.push(place, key, resumes))
    if (!resumes) this.size++
  }

  remove(id: string): boolean {
    const waiting = this.#byId.get(id)
    if (waiting) this.#drop(waiting)
    return waiting !== undefined
  }

  /** Takes who may start next out of the queue; without `tokens` of the route only a machine may. */
  take(tokens: boolean): Waiting | undefined {
    const first = this.first(tokens)
    if (first) this.#drop(first)
    return first
  }

  /** Who may start next. */
  first(tokens = true): Waiting | undefined {
    let first: Waiting | undefined
    for (const kind of this.kinds) {
      const next = kind.first()
      if (next && (tokens || next.resumes) && (!first || before(next, first))) first = next
    }
    return first
  }

  /** The task that came first, may it start or not. */
  oldest(): Waiting | undefined {
    for (const waiting of this.#byId.values()) if (!waiting.resumes) return waiting
    return undefined
  }

  /** Tasks of the kind, or machines that go on, wait here. */
  has(quota: Quota): boolean {
    return this.#byQuota.get(quota)?.empty === false
  }

  clear(): void {
    this.#byId.clear()
    this.#byQuota.clear()
    this.kinds.length = 0
    this.size = 0
  }

  #drop(waiting: Waiting): void {
    this.#byId.delete(waiting.id)
    if (!waiting.resumes) this.size--
    waiting.row.queue.drop(waiting)
  }

  #add(quota: Quota): KindQueue {
    const queue = new KindQueue(quota)
    this.#byQuota.set(quota, queue)
    this.kinds.push(queue)
    return queue
  }
}
