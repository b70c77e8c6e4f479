/**
 * Cron patterns, as croner reads them: five fields, or six with the seconds first; names of months and days, `L`, `W`,
 * `#`, `@daily` and its kin. Of croner the calendar alone is used, in local time without a zone: no timers, and not
 * its rules for summer time, which differ between patterns with and without wildcards.
 */
import { CronDate, CronPattern } from 'croner'
import { HoldfastError, shown } from './errors.js'
import type { Recurrence } from './recurrence.js'
import { lastOn, nextOn } from './wall.js'
import { zoneOf } from './zone.js'

const LONGEST_PATTERN = 512
const MOST_PATTERNS = 512
const OPTIONS = { domAndDow: false } as const
/** Shared: croner gives each pattern 10,000 years of its own, 80 KB. */
const EVERY_YEAR: number[] = new Array(10_000).fill(1)
/** Each of the 14 sorts of year is among these: what never matches in them never does. */
const SORTS_OF_YEAR = EVERY_YEAR.map((_, year) => (year >= 2000 && year < 2028 ? 1 : 0))

/** The instants of a pattern in a zone. It holds two texts: what is made of them is shared. */
export class Cron implements Recurrence {
  readonly #pattern: string
  readonly #zone: string

  /** @throws ERR_INVALID_SCHEDULE */
  constructor(pattern: string, zone: string) {
    patternOf(pattern)
    this.#pattern = pattern
    this.#zone = zoneOf(zone).name
  }

  next(after: number): number | undefined {
    return nextOn(zoneOf(this.#zone), patternOf(this.#pattern), after)
  }

  last(at: number): number | undefined {
    return lastOn(zoneOf(this.#zone), patternOf(this.#pattern), at)
  }
}

const patterns = new Map<string, LocalCron>()

function patternOf(text: string): LocalCron {
  const known = patterns.get(text)
  if (known) return known
  const made = new LocalCron(parsed(text))
  if (made.never()) {
    throw new HoldfastError('ERR_INVALID_SCHEDULE', `cron: ${shown(text)} never happens`, {
      hint: 'No year has such a day: look at the day of the month and the month.',
    })
  }
  if (patterns.size >= MOST_PATTERNS) patterns.delete(patterns.keys().next().value as string)
  patterns.set(text, made)
  return made
}

function parsed(text: string): CronPattern {
  try {
    if (typeof text !== 'string') throw new TypeError('it is not a text')
    if (text.length > LONGEST_PATTERN) throw new RangeError(`it is longer than ${LONGEST_PATTERN} characters`)
    return new CronPattern(text, undefined, { mode: '5-or-6-parts' })
  } catch (thrown) {
    const why = (thrown as Error).message.replace(/^Cron\w+: /, '').slice(0, 200)
    throw new HoldfastError('ERR_INVALID_SCHEDULE', `cron: ${shown(text)} is not a pattern: ${why}`, {
      hint: "Five fields, minute hour day month weekday, or six with the seconds first: '*/5 * * * *', '0 30 2 * * MON'.",
    })
  }
}

/** A pattern in local time. */
class LocalCron implements Recurrence {
  readonly #pattern: CronPattern

  constructor(pattern: CronPattern) {
    this.#pattern = pattern
    pattern.year = EVERY_YEAR
  }

  next(after: number): number | undefined {
    return time(new CronDate(new Date(after), 0).increment(this.#pattern, OPTIONS, false))
  }

  last(at: number): number | undefined {
    // croner goes back from a whole second, and stays on it from a part of one.
    return time(new CronDate(new Date(at + 1), 0).decrement(this.#pattern, OPTIONS, false))
  }

  /** Whether it matches in no year. Looking through 28 of them is quick; croner by itself looks through a thousand. */
  never(): boolean {
    Object.assign(this.#pattern, { year: SORTS_OF_YEAR, starYear: false })
    const first = this.next(Date.UTC(2000, 0, 1) - 1)
    Object.assign(this.#pattern, { year: EVERY_YEAR, starYear: true })
    return first === undefined
  }
}

function time(date: CronDate | null): number | undefined {
  return date === null ? undefined : date.getTime()
}
