import type { Duration, Instant } from './duration.js'
import { durationMs, instantMs } from './duration.js'
import { HoldfastError, shown } from './errors.js'
import type { Recurrence } from './recurrence.js'

/** A timer that fires more often than this is a loop: a task is to make it. */
const SHORTEST_MS = 100
const LAST_INSTANT = 8.64e15

/** From `from` on, every so many elapsed milliseconds: days of 23 and 25 hours do not matter to it. */
export class Interval implements Recurrence {
  readonly #everyMs: number
  readonly #from: number

  /** @throws ERR_INVALID_SCHEDULE, ERR_INVALID_DURATION, ERR_INVALID_DATE */
  constructor(every: Duration, from: Instant) {
    // Checked here, because a duration of less than nothing is no duration, and this says it better.
    this.#everyMs = typeof every === 'number' && every <= 0 ? 0 : durationMs(every, 'every')
    if (this.#everyMs < SHORTEST_MS) {
      throw new HoldfastError('ERR_INVALID_SCHEDULE', `every: ${shown(every)} is shorter than ${SHORTEST_MS} ms`, {
        hint: "Give an interval of 100 ms or more, such as '30s'; what runs all the time is one task with a loop.",
      })
    }
    this.#from = instantMs(from, 'from')
  }

  next(after: number): number | undefined {
    if (after < this.#from) return this.#from
    const next = this.#from + (Math.floor((after - this.#from) / this.#everyMs) + 1) * this.#everyMs
    return next > LAST_INSTANT ? undefined : next
  }

  last(at: number): number | undefined {
    if (at < this.#from) return undefined
    return this.#from + Math.floor((at - this.#from) / this.#everyMs) * this.#everyMs
  }
}
