import { atMostEmpty, nextTokenAt, type Rate, rateOf, spent, tokens } from '../../machines/index.js'
import type { Alarm, Clock } from '../kernel/clock.js'
import { keyOf } from '../model/keys.js'
import type { Batch } from '../store/batch.js'
import type { Store } from '../store/store.js'
import type { RateLimit } from './options.js'

/** A rate limit as it stands: `tokens` is how many may start at once now. */
export interface RateView extends RateLimit {
  readonly tokens: number
}

/**
 * The tokens of one rate limit: a number on the steady hand, kept in the store with the starts that spent them. An
 * alarm is set only while somebody waits for the next token.
 */
export class Bucket {
  readonly limit: RateLimit
  /** The key it is kept under, and those it may have been kept under before. */
  readonly #names: readonly string[]
  readonly #rate: Rate
  readonly #clock: Clock
  #tat = 0
  #dirty = false
  #alarm: Alarm | undefined
  readonly #waiting = new Set<() => void>()

  /** @param names `route!NAME` or `kind!NAME`, the present name first */
  constructor(clock: Clock, limit: RateLimit, names: readonly string[]) {
    this.#clock = clock
    this.limit = limit
    this.#names = names.map((name) => keyOf('part', `rate!${name}`))
    this.#rate = rateOf(limit.limit, limit.perMs, limit.burst)
  }

  get tokens(): number {
    return tokens(this.#rate, this.#tat, this.#now)
  }

  get view(): RateView {
    return { ...this.limit, tokens: this.tokens }
  }

  spend(): void {
    this.#tat = spent(this.#rate, this.#tat, this.#now)
    this.#dirty = true
  }

  /** Who took a token did not start. */
  refund(): void {
    this.#tat -= this.#rate.intervalMs
    this.#dirty = true
  }

  /** `wake` is called once, when there is a token; or somebody does not wait any more. */
  awaited(wake: () => void, waits: boolean): void {
    if (waits) this.#waiting.add(wake)
    else this.#waiting.delete(wake)
    if (this.#waiting.size === 0) this.#quiet()
    else if (waits && !this.#alarm) {
      const at = Math.ceil(nextTokenAt(this.#rate, this.#tat))
      this.#alarm = this.#clock.alarm('steady', at, () => this.#wake())
    }
  }

  write(batch: Batch): void {
    if (!this.#dirty) return
    this.#dirty = false
    batch.put(this.#names[0] as string, String(this.#tat))
  }

  /** What the store knows counts. */
  async restore(store: Store): Promise<void> {
    const texts = await store.getMany(this.#names)
    const known = texts.map(Number).filter(Number.isFinite)
    this.#tat = atMostEmpty(this.#rate, Math.max(0, ...known), this.#now)
    this.#dirty = false
  }

  /** Memory is forgotten. */
  clear(): void {
    this.#waiting.clear()
    this.#quiet()
  }

  get #now(): number {
    return Math.floor(this.#clock.steady())
  }

  #wake(): void {
    this.#alarm = undefined
    const waiting = [...this.#waiting]
    this.#waiting.clear()
    for (const wake of waiting) wake()
  }

  #quiet(): void {
    this.#alarm?.clear()
    this.#alarm = undefined
  }
}
