/**
 * Recurrence rules of RFC 5545. rrule-temporal finds the local times of the RRULE; where they fall on the clock of the
 * zone, and what UNTIL, EXDATE and RDATE make of them, is decided here. So summer time is treated as it is for cron.
 */
import { Dates } from './dates.js'
import { shown } from './errors.js'
import { LocalRule } from './local-rule.js'
import type { Recurrence } from './recurrence.js'
import { wrong } from './rule-parts.js'
import { type Moment, ruleText } from './rule-text.js'
import { FIRST, LATEST, lastOn, nextOn } from './wall.js'
import { type Zone, zoneOf } from './zone.js'

const DAY = 86_400_000
const MOST_RULES = 256

/** The instants of a rule. It holds texts: what is made of them is shared, and made again when it was crowded out. */
export class Rule implements Recurrence {
  readonly #text: string
  readonly #timezone: string | undefined
  readonly #otherwise: string
  readonly #anchor: number

  /** @throws ERR_INVALID_SCHEDULE */
  constructor(text: string, timezone: string | undefined, otherwise: string, anchor: number) {
    this.#text = text
    this.#timezone = timezone
    this.#otherwise = otherwise
    // Where the rule says itself when it begins, schedules made at different times share it.
    this.#anchor = /^DTSTART/im.test(text) ? 0 : anchor
    if (this.#made().next(FIRST) === undefined) throw wrong('it has no instants', 'Look at DTSTART, UNTIL and EXDATE.')
  }

  next(after: number): number | undefined {
    return this.#made().next(after)
  }

  last(at: number): number | undefined {
    return this.#made().last(at)
  }

  #made(): Recurrence {
    const name = [this.#timezone, this.#otherwise, this.#anchor, this.#text].join('\n')
    const known = rules.get(name)
    if (known) return known
    const made = madeRule(this.#text, this.#timezone, this.#otherwise, this.#anchor)
    if (rules.size >= MOST_RULES) rules.delete(rules.keys().next().value as string)
    rules.set(name, made)
    return made
  }
}

const rules = new Map<string, Recurrence>()

function madeRule(text: string, timezone: string | undefined, otherwise: string, anchor: number): Recurrence {
  const { parts, start, until, except, extra } = ruleText(text)
  const zone = zoneOfRule(start, timezone, otherwise)
  const begin = start ? localOf(start, zone) : Math.ceil(zone.local(anchor) / 1000) * 1000
  const end = until ? endOf(until, zone) : LATEST
  if (end < begin) throw wrong('UNTIL lies before DTSTART')
  const days = new Set(except.filter(({ form }) => form === 'date').map(({ ms }) => ms))
  const gone = new Set(except.filter(({ form }) => form !== 'date').map((moment) => instantOf(moment, zone)))
  const more = extra
    .map((moment) => instantOf(moment, zone))
    .filter((t) => !gone.has(t) && !days.has(dayOf(zone.local(t))))
  return new RuleOnClock(zone, new WithoutDays(new LocalRule(parts, begin, end), days), gone, new Dates(more))
}

/** On whose clock the rule is: that of DTSTART, unless `timezone` says. A DTSTART in UTC names a moment, not a clock. */
function zoneOfRule(start: Moment | undefined, timezone: string | undefined, otherwise: string): Zone {
  if (start?.zone === undefined) return zoneOf(timezone ?? otherwise)
  const zone = zoneOf(start.zone, 'rrule: DTSTART: TZID')
  if (timezone !== undefined && zoneOf(timezone).name.toLowerCase() !== zone.name.toLowerCase()) {
    throw wrong(`timezone ${shown(timezone)} is not that of DTSTART, ${shown(start.zone)}`, 'Give one of them.')
  }
  return zone
}

function instantOf({ ms, form, zone }: Moment, ofRule: Zone): number {
  if (form === 'utc') return ms
  return (zone === undefined ? ofRule : zoneOf(zone, 'rrule: TZID')).instant(ms)
}

function localOf(moment: Moment, zone: Zone): number {
  return moment.form === 'utc' ? zone.local(moment.ms) : moment.ms
}

/** UNTIL is the last that may be one; a date has its whole day. */
function endOf({ ms, form }: Moment, zone: Zone): number {
  return form === 'utc' ? zone.shown(ms) : form === 'date' ? ms + DAY - 1 : ms
}

function dayOf(local: number): number {
  return Math.floor(local / DAY) * DAY
}

/** Local times but those of some days. */
class WithoutDays implements Recurrence {
  readonly #times: Recurrence
  readonly #days: ReadonlySet<number>

  constructor(times: Recurrence, days: ReadonlySet<number>) {
    this.#times = times
    this.#days = days
  }

  next(after: number): number | undefined {
    let next = this.#times.next(after)
    while (next !== undefined && this.#days.has(dayOf(next))) next = this.#times.next(dayOf(next) + DAY - 1)
    return next
  }

  last(at: number): number | undefined {
    let last = this.#times.last(at)
    while (last !== undefined && this.#days.has(dayOf(last))) last = this.#times.last(dayOf(last) - 1)
    return last
  }
}

/** Local times on the clock of a zone, less the instants that are `gone`, and more of them. */
class RuleOnClock implements Recurrence {
  readonly #zone: Zone
  readonly #times: Recurrence
  readonly #gone: ReadonlySet<number>
  readonly #more: Recurrence

  constructor(zone: Zone, times: Recurrence, gone: ReadonlySet<number>, more: Recurrence) {
    this.#zone = zone
    this.#times = times
    this.#gone = gone
    this.#more = more
  }

  next(after: number): number | undefined {
    let ruled = nextOn(this.#zone, this.#times, after)
    while (ruled !== undefined && this.#gone.has(ruled)) ruled = nextOn(this.#zone, this.#times, ruled)
    const more = this.#more.next(after)
    return ruled === undefined || more === undefined ? (ruled ?? more) : Math.min(ruled, more)
  }

  last(at: number): number | undefined {
    let ruled = lastOn(this.#zone, this.#times, at)
    while (ruled !== undefined && this.#gone.has(ruled)) ruled = lastOn(this.#zone, this.#times, ruled - 1)
    const more = this.#more.last(at)
    return ruled === undefined || more === undefined ? (ruled ?? more) : Math.max(ruled, more)
  }
}
