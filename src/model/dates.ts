import type { Instant } from './duration.js'
import { instantMs } from './duration.js'
import { HoldfastError, shown } from './errors.js'
import type { Recurrence } from './recurrence.js'

const MOST_DATES = 10_000

/** A list of dates, in any order; one given twice is one. */
export class Dates implements Recurrence {
  readonly #sorted: Float64Array

  constructor(instants: readonly number[]) {
    this.#sorted = Float64Array.from(new Set(instants)).sort()
  }

  next(after: number): number | undefined {
    return this.#sorted[this.#countUpTo(after)]
  }

  last(at: number): number | undefined {
    return this.#sorted[this.#countUpTo(at) - 1]
  }

  /** How many are at or before `at`. */
  #countUpTo(at: number): number {
    let [low, high] = [0, this.#sorted.length]
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#sorted[middle] as number) <= at) low = middle + 1
      else high = middle
    }
    return low
  }
}

/** @throws ERR_INVALID_SCHEDULE, ERR_INVALID_DATE naming the one that is wrong */
export function datesOf(at: readonly Instant[]): Dates {
  if (!Array.isArray(at) || at.length === 0) {
    throw new HoldfastError('ERR_INVALID_SCHEDULE', `at: expected a list of dates, found ${shown(at)}`, {
      hint: "Give at least one, such as at: ['2026-12-24T18:00:00+01:00'].",
    })
  }
  if (at.length > MOST_DATES) {
    throw new HoldfastError('ERR_INVALID_SCHEDULE', `at: ${at.length} dates are more than ${MOST_DATES}`, {
      hint: 'Say what they have in common with cron or rrule, or make several schedules.',
    })
  }
  return new Dates(at.map((instant, index) => instantMs(instant, `at[${index}]`)))
}
