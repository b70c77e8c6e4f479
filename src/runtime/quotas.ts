import type { Clock } from '../kernel/clock.js'
import type { Batch } from '../store/batch.js'
import type { Store } from '../store/store.js'
import { Bucket } from './bucket.js'
import type { Kind, Kinds } from './kinds.js'
import type { RateLimit } from './options.js'
import { Quota } from './quota.js'

/** The quotas of all kinds, and the buckets of all rate limits. */
export class Quotas {
  readonly #kinds: Kinds
  readonly #clock: Clock
  readonly #quotas = new Map<Kind, Quota>()
  readonly #buckets: Bucket[] = []

  constructor(kinds: Kinds, clock: Clock) {
    this.#kinds = kinds
    this.#clock = clock
    for (const kind of kinds.all()) {
      const names = [kind.name, ...kind.aliases].map((name) => `kind!${name}`)
      this.#quotas.set(kind, new Quota(kind, this.bucket(kind.rateLimit, names)))
    }
  }

  of(kind: Kind): Quota {
    return this.#quotas.get(kind) as Quota
  }

  /** @throws ERR_UNKNOWN_KIND */
  named(name: string): Quota {
    return this.of(this.#kinds.get(name))
  }

  bucket(limit: RateLimit | undefined, names: readonly string[]): Bucket | undefined {
    if (!limit) return undefined
    const bucket = new Bucket(this.#clock, limit, names)
    this.#buckets.push(bucket)
    return bucket
  }

  /** There is a rate limit at all. */
  get limited(): boolean {
    return this.#buckets.length > 0
  }

  /** What was spent joins the batch of the starts that spent it. */
  write(batch: Batch): void {
    for (const bucket of this.#buckets) bucket.write(batch)
  }

  async restore(store: Store): Promise<void> {
    for (const bucket of this.#buckets) await bucket.restore(store)
  }

  clear(): void {
    for (const bucket of this.#buckets) bucket.clear()
    for (const quota of this.#quotas.values()) quota.clear()
  }
}
