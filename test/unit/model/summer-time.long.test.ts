/**
 * Two years of ticks in zones that put their clocks forward and back, against a calculation of its own: it walks the
 * minutes, asks Intl what the clock on the wall shows, and reads the rule as it is written. A local time that was
 * skipped runs at the moment after the gap, once for all that were; one that was shown already does not run again.
 */
import { describe, expect, test } from 'vitest'
import { recurrenceOf, type ScheduleTimes } from '../../../src/model/recurrence.js'

const MINUTE = 60_000
const DAY = 86_400_000
const FROM = Date.UTC(2026, 0, 1)
const TO = Date.UTC(2028, 0, 1)
const ZONES = ['Europe/Rome', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kolkata', 'America/Santiago']

/** What the clock shows, minute by minute: [instant, local time]. Whole quarters that pass as such are not asked within. */
function minutesOf(zone: string): { readonly instants: number[]; readonly locals: number[] } {
  const clock = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'medium' })
  const local = (t: number) => Date.parse(`${clock.format(t).replace(' ', 'T')}Z`)
  const instants: number[] = []
  const locals: number[] = []
  let next = local(FROM - DAY)
  for (let t = FROM - DAY; t < TO; t += 15 * MINUTE) {
    const first = next
    next = local(t + 15 * MINUTE)
    for (let minute = 0; minute < 15; minute++) {
      instants.push(t + minute * MINUTE)
      locals.push(next - first === 15 * MINUTE ? first + minute * MINUTE : local(t + minute * MINUTE))
    }
  }
  return { instants, locals }
}

type Minutes = ReturnType<typeof minutesOf>
type Pattern = (hour: number, minute: number, local: Date) => boolean

/** The instants at which each pattern runs by the rule. */
function expected({ instants, locals }: Minutes, patterns: readonly Pattern[]): number[][] {
  const ticks: number[][] = patterns.map(() => [])
  let awaited = locals[0] as number
  for (const [index, local] of locals.entries()) {
    if (local < awaited) continue
    const run = new Set<number[]>()
    for (; awaited <= local; awaited += MINUTE) {
      const shown = new Date(awaited)
      const [hour, minute] = [shown.getUTCHours(), shown.getUTCMinutes()]
      for (const [which, matches] of patterns.entries()) if (matches(hour, minute, shown)) run.add(ticks[which]!)
    }
    const instant = instants[index] as number
    if (instant >= FROM) for (const runs of run) runs.push(instant)
  }
  return ticks
}

/** Where the clock was put forward or back, with a day on either side. */
function changes({ instants, locals }: Minutes): (t: number) => boolean {
  const at = instants.filter((_, index) => index > 0 && locals[index]! - locals[index - 1]! !== MINUTE)
  return (t) => at.some((change) => Math.abs(t - change) < DAY)
}

/** The ticks of a recurrence, forward; going back and standing on each must agree. */
function ticksOf(times: ScheduleTimes, from: number, to: number): number[] {
  const recurrence = recurrenceOf(times, Date.UTC(2025, 0, 1))
  const ticks: number[] = []
  const astray: number[] = []
  for (let t = recurrence.next(from - 1); t !== undefined && t < to; t = recurrence.next(t)) {
    if (recurrence.last(t) !== t || (ticks.length > 0 && recurrence.last(t - 1) !== ticks.at(-1))) astray.push(t)
    ticks.push(t)
  }
  expect(astray).toEqual([])
  return ticks
}

const at = (hour: number, minute: number) => (h: number, m: number) => h === hour && m === minute
const lastDay = (local: Date) => new Date(local.getTime() + DAY).getUTCDate() === 1
const weekday = (local: Date) => local.getUTCDay() !== 0 && local.getUTCDay() !== 6
/** Of the days from Monday to Friday the last of its month. */
const lastWeekday = (local: Date) => {
  if (!weekday(local)) return false
  let day = new Date(local.getTime() + DAY)
  while (!weekday(day)) day = new Date(day.getTime() + DAY)
  return day.getUTCMonth() !== local.getUTCMonth()
}

interface Case {
  readonly name: string
  readonly cron: string
  readonly rrule: string
  readonly matches: Pattern
  /** Too many for the slower of the two to walk them all: its weeks around the changes are compared. */
  readonly dense?: boolean
}

const CASES: readonly Case[] = [
  {
    name: 'daily at 02:30, in most gaps',
    cron: '30 2 * * *',
    rrule: 'FREQ=DAILY;BYHOUR=2;BYMINUTE=30',
    matches: at(2, 30),
  },
  {
    name: 'daily at 02:15',
    cron: '15 2 * * *',
    rrule: 'FREQ=DAILY;BYHOUR=2;BYMINUTE=15',
    matches: at(2, 15),
    dense: true,
  },
  {
    name: 'daily at 01:45, shown twice in some',
    cron: '45 1 * * *',
    rrule: 'FREQ=DAILY;BYHOUR=1;BYMINUTE=45',
    matches: at(1, 45),
  },
  {
    name: 'daily at midnight',
    cron: '@daily',
    rrule: 'FREQ=DAILY;BYHOUR=0;BYMINUTE=0',
    matches: at(0, 0),
    dense: true,
  },
  {
    name: 'every hour',
    cron: '0 * * * *',
    rrule: 'FREQ=HOURLY;BYMINUTE=0',
    matches: (_, minute) => minute === 0,
    dense: true,
  },
  {
    name: 'every quarter of an hour',
    cron: '*/15 * * * *',
    rrule: 'FREQ=MINUTELY;INTERVAL=15',
    matches: (_, minute) => minute % 15 === 0,
    dense: true,
  },
  {
    name: 'every ten minutes from two to three',
    cron: '*/10 2 * * *',
    rrule: 'FREQ=DAILY;BYHOUR=2;BYMINUTE=0,10,20,30,40,50',
    matches: (hour, minute) => hour === 2 && minute % 10 === 0,
    dense: true,
  },
  {
    name: 'on Sundays at 02:30',
    cron: '30 2 * * SUN',
    rrule: 'FREQ=WEEKLY;BYDAY=SU;BYHOUR=2;BYMINUTE=30',
    matches: (hour, minute, local) => hour === 2 && minute === 30 && local.getUTCDay() === 0,
  },
  {
    name: 'on the last day of the month',
    cron: '30 2 L * *',
    rrule: 'FREQ=MONTHLY;BYMONTHDAY=-1;BYHOUR=2;BYMINUTE=30',
    matches: (hour, minute, local) => hour === 2 && minute === 30 && lastDay(local),
  },
  {
    name: 'on the last weekday of the month',
    cron: '0 0 LW * *',
    rrule: 'FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1;BYHOUR=0;BYMINUTE=0',
    matches: (hour, minute, local) => hour === 0 && minute === 0 && lastWeekday(local),
  },
  {
    name: 'on the first Monday of the month',
    cron: '0 0 * * MON#1',
    rrule: 'FREQ=MONTHLY;BYDAY=1MO;BYHOUR=0;BYMINUTE=0',
    matches: (hour, minute, local) => hour === 0 && minute === 0 && local.getUTCDay() === 1 && local.getUTCDate() <= 7,
  },
]

describe.each(ZONES)('two years in %s', (timezone) => {
  const minutes = minutesOf(timezone)
  const near = changes(minutes)
  const expectations = expected(
    minutes,
    CASES.map(({ matches }) => matches),
  )

  test('the clock is put forward and back as often as it should be', () => {
    const { locals } = minutes
    const changed = locals.filter((local, index) => index > 0 && local - locals[index - 1]! !== MINUTE)
    expect(changed.length).toBe(timezone === 'Asia/Kolkata' ? 0 : 4)
  })

  test.each(CASES.map((one, index) => ({ ...one, ticks: expectations[index]! })))('$name', (one) => {
    const { cron, rrule, ticks, dense } = one
    expect(ticks.length).toBeGreaterThan(20)
    expect(ticksOf({ cron, timezone }, FROM, TO)).toEqual(ticks)
    const rule = { rrule: `DTSTART:20250101T000000\nRRULE:${rrule};BYSECOND=0`, timezone }
    if (!dense) return expect(ticksOf(rule, FROM, TO)).toEqual(ticks)
    const window = ticks.filter(near)
    let from = 0
    for (const [index, tick] of window.entries()) {
      if (index + 1 < window.length && window[index + 1]! - tick < 2 * DAY) continue
      expect(ticksOf(rule, window[from]!, tick + 1)).toEqual(window.slice(from, index + 1))
      from = index + 1
    }
  })
})
