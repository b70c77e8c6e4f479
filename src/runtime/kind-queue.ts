import { Heap } from '../model/heap.js'
import type { Quota } from './quota.js'
import { before, type Place, Row, type Waiting } from './row.js'

/**
 * The tasks of one kind that are queued in one route. Those with a concurrency key stand in a row for each key, and the
 * firsts of the rows whose key has room are kept in order: what cannot start costs nothing while it waits, however
 * much of it there is, and a kind is held by asking it for nothing.
 */
export class KindQueue {
  readonly quota: Quota
  readonly #free = new Row(this, undefined)
  readonly #rows = new Map<string, Row>()
  /** The firsts of the rows that are open; stale ones go when they come up. */
  readonly #firsts = new Heap<Waiting>(before)
  /** What the rows with a key can start, as far as their keys go. */
  #open = { tasks: 0, resuming: 0 }

  constructor(quota: Quota) {
    this.quota = quota
  }

  get empty(): boolean {
    return this.#free.size === 0 && this.#rows.size === 0
  }

  /** How many machines could go on now. */
  get resumable(): number {
    return Math.min(this.quota.room, this.#free.resuming + this.#open.resuming)
  }

  /** How many tasks could start now beside those machines, if the rate were no matter. */
  get startable(): number {
    const { room } = this.quota
    if (room === 0) return 0
    return Math.min(room - this.resumable, this.#free.tasks + this.#open.tasks)
  }

  push({ id, priority, runAt, seq }: Place, key: string | undefined, resumes: boolean): Waiting {
    const row = key === undefined ? this.#free : this.#row(key)
    const waiting = { id, priority, runAt, seq, resumes, row, live: true, announced: false }
    row.push(waiting)
    if (row.key) this.recount(row)
    return waiting
  }

  drop(waiting: Waiting): void {
    const { row } = waiting
    row.drop(waiting)
    if (!row.key) return
    this.recount(row)
    if (row.size > 0) return
    this.#rows.delete(row.key.key)
    row.key.rows.delete(row)
    this.quota.tidy(row.key)
  }

  /** Whose turn it is; nobody's when none may start. */
  first(): Waiting | undefined {
    if (this.empty || this.quota.room === 0) return undefined
    const free = this.#free.first()
    const keyed = this.#rows.size === 0 ? undefined : this.#firstOpen()
    const first = free && keyed ? (before(free, keyed) ? free : keyed) : (free ?? keyed)
    return first && (first.resumes || this.quota.tokens > 0) ? first : undefined
  }

  /** The row or the room of its key has changed. */
  recount(row: Row): void {
    const { key, counted } = row
    const room = key?.room ?? 0
    const resuming = Math.min(room, row.resuming)
    const tasks = Math.min(room - resuming, row.tasks)
    this.#open.resuming += resuming - counted.resuming
    this.#open.tasks += tasks - counted.tasks
    counted.resuming = resuming
    counted.tasks = tasks
    if (room > 0) this.#announce(row.first())
  }

  #row(key: string): Row {
    let row = this.#rows.get(key)
    if (!row) {
      const quota = this.quota.key(key)
      row = new Row(this, quota)
      quota.rows.add(row)
      this.#rows.set(key, row)
    }
    return row
  }

  #announce(first: Waiting | undefined): void {
    if (!first || first.announced) return
    first.announced = true
    this.#firsts.push(first)
    if (this.#firsts.size > 1024 && this.#firsts.size > 2 * this.#rows.size) this.#firsts.retain(keep)
  }

  #firstOpen(): Waiting | undefined {
    let first = this.#firsts.peek()
    for (; first && !isOpenFirst(first); first = this.#firsts.peek()) {
      first.announced = false
      this.#firsts.pop()
    }
    return first
  }
}

function isOpenFirst(waiting: Waiting): boolean {
  const { row, live } = waiting
  return live && (row.key as NonNullable<Row['key']>).room > 0 && row.first() === waiting
}

function keep(waiting: Waiting): boolean {
  waiting.announced = isOpenFirst(waiting)
  return waiting.announced
}
