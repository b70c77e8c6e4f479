/**
 * The local times of an RRULE, without a zone. rrule-temporal is asked without COUNT and UNTIL, which would make it
 * walk from DTSTART on: it goes straight to where it is asked, in whole multiples of INTERVAL.
 */
import { RRuleTemporal } from 'rrule-temporal'
import type { Recurrence } from './recurrence.js'
import type { Frequency, RuleParts } from './rule-parts.js'
import { mostInPeriod, wrong } from './rule-parts.js'
import { LATEST } from './wall.js'

/**
 * How many periods in a row may be empty. The calendar comes round in 400 years, and 29 February on a Monday in 40;
 * from 2096 to 2104 it takes 2,921 days to any 29 February. Rules below a day go from month to month and day to day
 * where nothing can match, and need fewer steps.
 */
const MOST_PERIODS: Readonly<Record<Frequency, number>> = {
  YEARLY: 400,
  MONTHLY: 1_000,
  WEEKLY: 2_200,
  DAILY: 3_000,
  HOURLY: 600,
  MINUTELY: 600,
  SECONDLY: 600,
}
/** How much farther the end of a COUNT may be: it is looked for once. */
const COUNTING = 2
const MOST_CANDIDATES = 20_000
const SMALL_PERIOD = 31

export class LocalRule implements Recurrence {
  readonly #freq: Frequency
  readonly #rule: RRuleTemporal
  readonly #start: number
  readonly #end: number
  /** What was asked last: there is none between these two, and `high` is one. Schedules that share a rule ask alike. */
  #low = Number.NaN
  #high = Number.NaN
  #lowIsOne = false

  /**
   * @param start local time of DTSTART, a whole second @param until the last local time that may be one
   * @throws ERR_INVALID_SCHEDULE
   */
  constructor({ count, ...parts }: RuleParts, start: number, until: number) {
    this.#freq = parts.freq
    this.#rule = made(parts, start)
    this.#start = start
    this.#end = count === undefined ? Math.min(until, LATEST) : this.#counted({ ...parts, count })
  }

  next(after: number): number | undefined {
    if (after >= this.#low && after < this.#high) return this.#high
    if (after >= this.#end) return undefined
    const next = this.#after(after)
    if (next === undefined || next > this.#end) return undefined
    this.#lowIsOne = after === this.#high
    this.#low = after
    this.#high = next
    return next
  }

  last(at: number): number | undefined {
    if (at === this.#high) return at
    if (this.#lowIsOne && at >= this.#low && at < this.#high) return this.#low
    const up = Math.min(at, this.#end)
    if (up < this.#start) return undefined
    try {
      return this.#rule.previous(new Date(up), true)?.epochMilliseconds
    } catch {
      return this.#searched(up)
    }
  }

  /** The last one by questions for the next: where times lie years apart, going back meets its bound sooner. */
  #searched(at: number): number | undefined {
    let found = this.next(this.#start - 1)
    if (found === undefined || found > at) return undefined
    // Between `high` and `at` there is none.
    let high = at
    while (found < high) {
      const middle: number = found + Math.floor((high - found) / 2)
      const next = this.next(middle)
      if (next !== undefined && next <= high) found = next
      else high = middle
    }
    return found
  }

  /** Where COUNT ends: found once, and then as good as UNTIL. */
  #counted(parts: RuleParts & { readonly count: number }): number {
    try {
      return Math.min(made(parts, this.#start).all().at(-1)?.epochMilliseconds ?? LATEST, LATEST)
    } catch {
      throw wrong(`COUNT: ${parts.count} instants reach too far`, 'Use UNTIL, or the option count of the schedule.')
    }
  }

  #after(after: number): number | undefined {
    try {
      return this.#rule.next(new Date(Math.max(after, this.#start - 1)))?.epochMilliseconds
    } catch (thrown) {
      if (!/exceeded/.test((thrown as Error).message)) throw wrong((thrown as Error).message)
      throw wrong(
        `no instant in ${MOST_PERIODS[this.#freq]} periods of FREQ=${this.#freq}`,
        'It never happens, or is better said with a longer FREQ.',
      )
    }
  }
}

function made(parts: RuleParts, start: number): RRuleTemporal {
  try {
    return new RRuleTemporal({
      ...parts,
      // It reads the text of a Temporal.ZonedDateTime, and brings a Temporal of its own: none need be loaded here.
      dtstart: { timeZoneId: 'UTC', toString: () => `${new Date(start).toISOString().slice(0, -1)}+00:00[UTC]` },
      tzid: 'UTC',
      strict: true,
      cache: false,
      maxIterations: MOST_PERIODS[parts.freq] * (parts.count === undefined ? 1 : COUNTING),
      // With a bound of ours it takes none of its short ways: where periods are small it needs none.
      ...(mostInPeriod(parts) > SMALL_PERIOD ? { maxCandidateEvaluations: MOST_CANDIDATES } : {}),
    })
  } catch (thrown) {
    throw wrong((thrown as Error).message.slice(0, 200))
  }
}
