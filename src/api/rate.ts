/** A token bucket: `rate` a second, and up to ten seconds' worth at once. It is counted when somebody comes, never by a timer. */
const SECONDS_AT_ONCE = 10

export class Bucket {
  readonly #rate: number
  readonly #most: number
  #left: number
  #at: number

  constructor(rate: number, now: number) {
    this.#rate = rate
    this.#most = rate * SECONDS_AT_ONCE
    this.#left = this.#most
    this.#at = now
  }

  /** Takes one. 0 when there was one, else the whole seconds until there will be. */
  take(now: number): number {
    this.#left = Math.min(this.#most, this.#left + ((now - this.#at) / 1000) * this.#rate)
    this.#at = now
    if (this.#left < 1) return Math.max(1, Math.ceil((1 - this.#left) / this.#rate))
    this.#left--
    return 0
  }
}
