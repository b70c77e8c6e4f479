import { HoldfastError, shown } from './errors.js'

const FREQUENCIES = ['YEARLY', 'MONTHLY', 'WEEKLY', 'DAILY', 'HOURLY', 'MINUTELY', 'SECONDLY'] as const
const WEEKDAYS = ['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU']
const LONGEST_MONTHS = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
/** Beyond it a rule would be a list of all there is in its period, and each step of it a search. */
const MOST_IN_A_PERIOD = 10_000
const MOST_COUNTED = 1_000
const DAYS = { YEARLY: 366, MONTHLY: 31, WEEKLY: 7 } as const

export type Frequency = (typeof FREQUENCIES)[number]

/** The parts of an RRULE but UNTIL, in the words of rrule-temporal. */
export interface RuleParts {
  readonly freq: Frequency
  readonly interval?: number
  readonly count?: number
  readonly wkst?: string
  readonly byDay?: string[]
  readonly byMonth?: number[]
  readonly byMonthDay?: number[]
  readonly byYearDay?: number[]
  readonly byWeekNo?: number[]
  readonly byHour?: number[]
  readonly byMinute?: number[]
  readonly bySecond?: number[]
  readonly bySetPos?: number[]
}

interface Range {
  readonly as: keyof RuleParts
  readonly least: number
  readonly most: number
  /** Counted from the end too: -1 is the last. */
  readonly signed?: boolean
}

const LISTS: Readonly<Record<string, Range>> = {
  BYMONTH: { as: 'byMonth', least: 1, most: 12 },
  BYMONTHDAY: { as: 'byMonthDay', least: 1, most: 31, signed: true },
  BYYEARDAY: { as: 'byYearDay', least: 1, most: 366, signed: true },
  BYWEEKNO: { as: 'byWeekNo', least: 1, most: 53, signed: true },
  BYHOUR: { as: 'byHour', least: 0, most: 23 },
  BYMINUTE: { as: 'byMinute', least: 0, most: 59 },
  BYSECOND: { as: 'bySecond', least: 0, most: 59 },
  BYSETPOS: { as: 'bySetPos', least: 1, most: 366, signed: true },
}
const NUMBERS: Readonly<Record<string, Range>> = {
  INTERVAL: { as: 'interval', least: 1, most: 1_000_000 },
  COUNT: { as: 'count', least: 1, most: MOST_COUNTED },
}
const KNOWN = ['FREQ', 'UNTIL', ...Object.keys(NUMBERS), 'WKST', 'BYDAY', ...Object.keys(LISTS)]

export function wrong(what: string, hint?: string): HoldfastError {
  return new HoldfastError('ERR_INVALID_SCHEDULE', `rrule: ${what}`, {
    hint:
      hint ?? "RFC 5545: 'FREQ=WEEKLY;BYDAY=MO', or 'DTSTART;TZID=Europe/Rome:20260105T090000\\nRRULE:FREQ=WEEKLY'.",
  })
}

/** The value of an RRULE in its parts. @throws ERR_INVALID_SCHEDULE naming the part */
export function ruleParts(value: string): RuleParts & { readonly until?: string } {
  const found: Record<string, unknown> = {}
  const seen = new Set<string>()
  for (const part of value.toUpperCase().split(';')) {
    const [, name, of] = /^([A-Z]+)=(\S+)$/.exec(part.trim()) ?? []
    if (name === undefined || of === undefined) throw wrong(`${shown(part)} is not a part`)
    if (!KNOWN.includes(name)) throw wrong(`unknown part ${shown(name)}`, `Known parts: ${KNOWN.join(', ')}.`)
    if (seen.has(name)) throw wrong(`${name} is given twice`)
    seen.add(name)
    const range = NUMBERS[name] ?? LISTS[name]
    if (name === 'FREQ') found.freq = oneOf(FREQUENCIES, of, name)
    else if (name === 'WKST') found.wkst = oneOf(WEEKDAYS, of, name)
    else if (name === 'UNTIL') found.until = of
    else if (name === 'BYDAY') found.byDay = [...new Set(of.split(',').map(weekday))]
    else if (range && NUMBERS[name]) found[range.as] = number(of, name, range)
    else if (range) found[range.as] = [...new Set(of.split(',').map((one) => number(one, name, range)))]
  }
  if (!seen.has('FREQ')) throw wrong('FREQ is missing')
  if (seen.has('COUNT') && seen.has('UNTIL')) throw wrong('COUNT and UNTIL exclude each other')
  const parts = found as unknown as RuleParts & { readonly until?: string }
  checkTogether(parts)
  return parts
}

function oneOf<T extends string>(known: readonly T[], of: string, name: string): T {
  if ((known as readonly string[]).includes(of)) return of as T
  throw wrong(`${name}: ${shown(of)} is not known`, `${name} is one of ${known.join(', ')}.`)
}

function weekday(of: string): string {
  const [, ordinal, day] = /^([+-]?\d{1,2})?([A-Z]{2})$/.exec(of) ?? []
  const nth = Math.abs(Number(ordinal ?? 1))
  if (day === undefined || !WEEKDAYS.includes(day) || !(nth >= 1 && nth <= 53)) {
    throw wrong(`BYDAY: ${shown(of)} is not a day`, 'BYDAY is a list such as MO,WE or, in a month or year, 1MO,-1FR.')
  }
  return of
}

function number(of: string, name: string, { least, most, signed }: Range): number {
  const value = /^[+-]?\d{1,10}$/.test(of) ? Number(of) : Number.NaN
  const size = signed ? Math.abs(value) : value
  if (size >= least && size <= most) return value
  const hint =
    name === 'COUNT'
      ? `COUNT is 1 to ${most}; for more use UNTIL, or the option count of the schedule.`
      : `${name} is ${least} to ${most}${signed ? `, or -${most} to -${least}` : ''}.`
  throw wrong(`${name}: ${shown(of)} is out of range`, hint)
}

/** What no single part can say wrong: parts that exclude each other, and those that ask for too much or for nothing. */
function checkTogether(parts: RuleParts): void {
  const { freq, byMonth, byMonthDay, byDay } = parts
  const sorts = FREQUENCIES.indexOf(freq)
  if (byDay?.some((day) => day.length > 2) && (sorts > 1 || parts.byWeekNo)) {
    throw wrong('BYDAY: a number before the day belongs to FREQ=MONTHLY and FREQ=YEARLY without BYWEEKNO')
  }
  if (byMonthDay && freq === 'WEEKLY') throw wrong('BYMONTHDAY does not go with FREQ=WEEKLY')
  if (parts.byWeekNo && freq !== 'YEARLY') throw wrong('BYWEEKNO goes with FREQ=YEARLY alone')
  if (parts.byYearDay && sorts > 0 && sorts < 4) throw wrong(`BYYEARDAY does not go with FREQ=${freq}`)
  const day = byMonthDay && Math.min(...byMonthDay.map(Math.abs))
  if (day && byMonth?.every((month) => day > (LONGEST_MONTHS[month - 1] as number))) {
    throw wrong(`no such day: BYMONTH=${byMonth} has no day ${byMonthDay}`)
  }
  const most = mostInPeriod(parts)
  if (most > MOST_IN_A_PERIOD) {
    throw wrong(`up to ${most} instants in one period are more than ${MOST_IN_A_PERIOD}`, `Use a FREQ below ${freq}.`)
  }
  if (!parts.bySetPos) return
  const byParts = Object.keys(parts).filter((name) => name.startsWith('by')).length
  if (byParts === 1) throw wrong('BYSETPOS needs another BY part to choose from')
  if (parts.bySetPos.every((position) => Math.abs(position) > most)) {
    throw wrong(`BYSETPOS: a period has ${most} instants at most`)
  }
}

/** An upper bound, not a count: days a period can have, times the hours, minutes and seconds asked for. */
export function mostInPeriod(parts: RuleParts): number {
  const { freq, byMonth, byMonthDay, byDay, byYearDay, byWeekNo } = parts
  const sorts = FREQUENCIES.indexOf(freq)
  const expanded = byMonthDay || byDay || byYearDay || byWeekNo
  const days = expanded ? (DAYS[freq as keyof typeof DAYS] ?? 1) : freq === 'YEARLY' ? (byMonth?.length ?? 1) : 1
  const hours = sorts < 4 ? (parts.byHour?.length ?? 1) : 1
  const minutes = sorts < 5 ? (parts.byMinute?.length ?? 1) : 1
  const seconds = sorts < 6 ? (parts.bySecond?.length ?? 1) : 1
  return days * hours * minutes * seconds
}
