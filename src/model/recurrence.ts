/**
 * Points in time of a schedule, as arithmetic: no clock is read here. A recurrence is asked for the instant after one,
 * or the last up to one, and answers the same whenever it is asked; so a daemon that slept for a year asks twice, not
 * once for each instant it missed.
 */
import { Cron } from './cron.js'
import { datesOf } from './dates.js'
import type { Duration, Instant } from './duration.js'
import { HoldfastError, shown } from './errors.js'
import { Interval } from './interval.js'
import { Rule } from './rule.js'

/**
 * When a schedule makes tasks; one of four sorts. docs/reference/patterns.md says what each takes.
 * - `cron`: five fields, or six with the seconds first, on the clock of `timezone` (an IANA name, default `'UTC'`).
 * - `every`: an interval of elapsed time, 100 ms or more, counted from `from` (default: when the schedule was made).
 * - `rrule`: RFC 5545, `'FREQ=...'` or lines of DTSTART, RRULE, EXDATE and RDATE, on the clock of DTSTART or `timezone`.
 * - `at`: a list of 1 to 10,000 dates.
 */
export type ScheduleTimes =
  | { readonly cron: string; readonly timezone?: string }
  | { readonly every: Duration; readonly from?: Instant }
  | { readonly rrule: string; readonly timezone?: string }
  | { readonly at: readonly Instant[] }

/** Points in time, whole milliseconds since 1970. Pure. */
export interface Recurrence {
  /** The first instant after `after`, or undefined when there is none. */
  next(after: number): number | undefined
  /** The last instant at or before `at`, or undefined. */
  last(at: number): number | undefined
}

const SORTS = ['cron', 'every', 'rrule', 'at'] as const
/** Of a schedule that names none. Not the zone of the process: that is another by hand, in a service, after a move. */
const DEFAULT_ZONE = 'UTC'

/**
 * The points in time of a schedule. `anchor`: the milliseconds at which an interval without `from`, or a rule without
 * DTSTART, begins. Holds little memory; 100,000 of them are fine.
 * @throws ERR_INVALID_SCHEDULE naming the part that is wrong, ERR_INVALID_DURATION, ERR_INVALID_DATE
 * @example recurrenceOf({ cron: '0 9 * * MON', timezone: 'Europe/Rome' }, 0).next(Date.UTC(2026, 0, 1))
 */
export function recurrenceOf(times: ScheduleTimes, anchor: number): Recurrence {
  const { cron, every, from, rrule, at, timezone } = only(times)
  if (cron !== undefined) return new Cron(cron, timezone ?? DEFAULT_ZONE)
  if (rrule !== undefined) return new Rule(rrule, timezone, DEFAULT_ZONE, anchor)
  if (every !== undefined) return new Interval(every, from ?? anchor)
  return datesOf(at as readonly Instant[])
}

interface AnyTimes {
  readonly cron?: string
  readonly every?: Duration
  readonly from?: Instant
  readonly rrule?: string
  readonly at?: readonly Instant[]
  readonly timezone?: string
}

/** Exactly one sort, and nothing that belongs to another. */
function only(times: ScheduleTimes): AnyTimes {
  const given: AnyTimes = typeof times === 'object' && times !== null ? times : {}
  const sorts = SORTS.filter((sort) => given[sort] !== undefined)
  if (sorts.length !== 1) {
    const found = sorts.length === 0 ? shown(times) : sorts.join(' and ')
    throw new HoldfastError('ERR_INVALID_SCHEDULE', `expected one of cron, every, rrule and at, found ${found}`, {
      hint: "A schedule has one: { cron: '0 9 * * *', timezone: 'Europe/Rome' } or { every: '10m' }, say.",
    })
  }
  if (given.timezone !== undefined && given.cron === undefined && given.rrule === undefined) {
    throw misplaced('timezone', 'cron and rrule')
  }
  if (given.from !== undefined && given.every === undefined) throw misplaced('from', 'every')
  return given
}

function misplaced(option: string, owner: string): HoldfastError {
  return new HoldfastError('ERR_INVALID_SCHEDULE', `${option}: belongs to ${owner}`, { hint: `Leave out ${option}.` })
}
