import { nextTokenAt, type Rate, rateOf, spent, tokens } from '../../machines/index.js'

/** A token bucket: `rate` a second, and up to ten seconds' worth at once. It is counted when somebody comes, never by a timer. */
const SECONDS_AT_ONCE = 10

export class Bucket {
  readonly #rate: Rate
  #tat = 0

  constructor(rate: number) {
    this.#rate = rateOf(rate, 1000, rate * SECONDS_AT_ONCE)
  }

  /** Takes one at `now`, on the steady hand. 0 when there was one, else the whole seconds until there will be. */
  take(now: number): number {
    const at = Math.floor(now)
    if (tokens(this.#rate, this.#tat, at) === 0) {
      return Math.max(1, Math.ceil((nextTokenAt(this.#rate, this.#tat) - at) / 1000))
    }
    this.#tat = spent(this.#rate, this.#tat, at)
    return 0
  }
}
