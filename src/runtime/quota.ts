/**
 * The quota of a kind: how many of its tasks may hold a slot at once, and how many of one concurrency key, whatever
 * their routes; how fast they may start; and why none may just now. Counted are slots: a machine that waits for a
 * timer or an event holds none.
 */
import type { Bucket } from './bucket.js'
import type { Kind } from './kinds.js'
import type { Row } from './row.js'

/** The slots of one concurrency key. */
export class KeyQuota {
  readonly key: string
  readonly #most: number
  running = 0
  /** The rows of this key, one a route. */
  readonly rows = new Set<Row>()

  constructor(key: string, most: number) {
    this.key = key
    this.#most = most
  }

  get room(): number {
    return Math.max(0, this.#most - this.running)
  }
}

export class Quota {
  /** Why tasks of the kind start nowhere just now. */
  readonly held = new Set<string>()
  readonly bucket: Bucket | undefined
  readonly #most: number | undefined
  readonly #perKey: number
  #running = 0
  readonly #keys = new Map<string, KeyQuota>()

  constructor({ concurrency, perKey }: Kind, bucket: Bucket | undefined) {
    this.#most = concurrency
    this.#perKey = perKey
    this.bucket = bucket
  }

  /** How many more tasks of the kind may hold a slot. */
  get room(): number {
    if (this.held.size > 0) return 0
    return this.#most === undefined ? Number.POSITIVE_INFINITY : Math.max(0, this.#most - this.#running)
  }

  /** How many tasks of the kind may start just now as far as its rate goes. */
  get tokens(): number {
    return this.bucket === undefined ? Number.POSITIVE_INFINITY : this.bucket.tokens
  }

  /** Made when it is first asked for; it goes when nobody of it runs or waits. */
  key(key: string): KeyQuota {
    const known = this.#keys.get(key)
    if (known) return known
    const quota = new KeyQuota(key, this.#perKey)
    this.#keys.set(key, quota)
    return quota
  }

  hasRoom(key: string | undefined): boolean {
    return this.room > 0 && (key === undefined || (this.#keys.get(key)?.room ?? this.#perKey) > 0)
  }

  take(key: string | undefined): void {
    this.#running++
    if (key !== undefined) this.#count(this.key(key), 1)
  }

  giveBack(key: string | undefined): void {
    this.#running--
    const quota = key === undefined ? undefined : this.#keys.get(key)
    if (!quota) return
    this.#count(quota, -1)
    this.tidy(quota)
  }

  tidy({ key, running, rows }: KeyQuota): void {
    if (running === 0 && rows.size === 0) this.#keys.delete(key)
  }

  clear(): void {
    this.#running = 0
    this.#keys.clear()
  }

  #count(quota: KeyQuota, change: 1 | -1): void {
    quota.running += change
    for (const row of quota.rows) row.queue.recount(row)
  }
}
