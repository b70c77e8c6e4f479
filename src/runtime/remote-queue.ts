import { Heap } from '../model/heap.js'
import type { Place } from './row.js'

interface Entry extends Place {
  live: boolean
}

/** What waits for workers elsewhere, of one kind in one route: higher priority first, then `runAt`, then arrival. */
export class RemoteQueue {
  readonly #heap = new Heap<Entry>(
    (a, b) =>
      a.priority > b.priority ||
      (a.priority === b.priority && (a.runAt < b.runAt || (a.runAt === b.runAt && a.seq < b.seq))),
  )
  readonly #byId = new Map<string, Entry>()

  get size(): number {
    return this.#byId.size
  }

  push({ id, priority, runAt, seq }: Place): void {
    this.remove(id)
    const entry = { id, priority, runAt, seq, live: true }
    this.#byId.set(id, entry)
    this.#heap.push(entry)
  }

  remove(id: string): boolean {
    const entry = this.#byId.get(id)
    if (!entry) return false
    entry.live = false
    this.#byId.delete(id)
    if (this.#heap.size > 1024 && this.#heap.size > 2 * this.#byId.size) this.#heap.retain((each) => each.live)
    return true
  }

  /** The one whose turn is next. */
  first(): Place | undefined {
    while (this.#heap.peek()?.live === false) this.#heap.pop()
    return this.#heap.peek()
  }

  /** The one that came first. */
  oldest(): Place | undefined {
    const [first] = this.#byId.values()
    return first
  }

  /** Takes up to `count` from the front. */
  take(count: number): string[] {
    const ids: string[] = []
    while (ids.length < count) {
      const entry = this.#heap.pop()
      if (!entry) break
      if (!entry.live) continue
      this.#byId.delete(entry.id)
      ids.push(entry.id)
    }
    return ids
  }

  clear(): void {
    this.#heap.clear()
    this.#byId.clear()
  }
}
