/**
 * Recurrences against what they say: the two questions agree with each other for every sort and zone, and what cron
 * patterns and rules answer is what a walk over all minutes or hours finds.
 */
import { expect, test } from 'vitest'
import { recurrenceOf, type ScheduleTimes } from '../../src/model/recurrence.js'
import fc from '../support/fast-check.js'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const ANCHOR = Date.UTC(2026, 0, 1)
const WEEKDAYS = ['SU', 'MO', 'TU', 'WE', 'TH', 'FR', 'SA']

/** Where the clocks of the zones below are put forward and back. */
const CHANGES = [
  '03-29T01:00',
  '10-25T01:00',
  '10-03T15:30',
  '04-04T15:00',
  '09-06T04:00',
  '04-05T03:00',
  '02-15T02:00',
]
const times = fc.oneof(
  fc.integer({ min: Date.UTC(2020, 0, 1), max: Date.UTC(2032, 0, 1) }),
  fc
    .tuple(fc.constantFrom(...CHANGES), fc.integer({ min: -90, max: 90 }))
    .map(([change, minutes]) => Date.parse(`2026-${change}Z`) + minutes * MINUTE),
)
const some = (least: number, most: number, count = 4) =>
  fc.uniqueArray(fc.integer({ min: least, max: most }), { minLength: 1, maxLength: count })

/** A field of a pattern, and what it stands for. */
const field = (least: number, most: number) =>
  fc.oneof(
    fc.constant({ text: '*', has: (_: number) => true }),
    some(least, most).map((values) => ({ text: values.join(','), has: (value: number) => values.includes(value) })),
    fc.integer({ min: 2, max: most - least }).map((step) => ({
      text: `*/${step}`,
      has: (value: number) => (value - least) % step === 0,
    })),
  )

const patterns = fc.record({
  minute: field(0, 59),
  hour: field(0, 23),
  day: field(1, 28),
  month: field(1, 12),
  weekday: field(0, 6),
})
type Fields = typeof patterns extends fc.Arbitrary<infer F> ? F : never

const cronOf = ({ minute, hour, day, month, weekday }: Fields) =>
  [minute, hour, day, month, weekday].map(({ text }) => text).join(' ')

const zones = fc.constantFrom('UTC', 'Europe/Rome', 'Australia/Lord_Howe', 'America/Santiago', 'Africa/Casablanca')

const frequencies = fc.constantFrom('HOURLY', 'DAILY', 'WEEKLY', 'MONTHLY')
const rules = fc
  .record({
    freq: frequencies,
    interval: fc.integer({ min: 1, max: 5 }),
    start: fc.integer({ min: 0, max: 365 * 24 }).map((hours) => ANCHOR + hours * HOUR),
    byDay: fc.option(some(0, 6), { nil: undefined }),
    byMonth: fc.option(some(1, 12, 8), { nil: undefined }),
    byMonthDay: fc.option(some(1, 28, 12), { nil: undefined }),
    byHour: fc.option(some(0, 23), { nil: undefined }),
    ends: fc.option(fc.record({ count: fc.boolean(), after: fc.integer({ min: 1, max: 60 }) }), { nil: undefined }),
  })
  .map((rule) => ({ ...rule, byMonthDay: rule.freq === 'WEEKLY' ? undefined : rule.byMonthDay }))
type Parts = typeof rules extends fc.Arbitrary<infer R> ? R : never

const stamp = (t: number) => new Date(t).toISOString().replaceAll(/[-:]|\.\d+/g, '')

function textOf({ freq, interval, start, byDay, byMonth, byMonthDay, byHour, ends }: Parts): string {
  const parts = [
    `FREQ=${freq};INTERVAL=${interval}`,
    byDay && `BYDAY=${byDay.map((day) => WEEKDAYS[day])}`,
    byMonth && `BYMONTH=${byMonth}`,
    byMonthDay && `BYMONTHDAY=${byMonthDay}`,
    byHour && `BYHOUR=${byHour}`,
    ends && (ends.count ? `COUNT=${ends.after}` : `UNTIL=${stamp(start + ends.after * 5 * DAY)}`),
  ]
  return `DTSTART:${stamp(start)}\nRRULE:${parts.filter(Boolean).join(';')}`
}

const monday = (t: number) => Math.floor((t / DAY + 3) / 7)
const month = (t: number) => new Date(t).getUTCFullYear() * 12 + new Date(t).getUTCMonth()
const PERIODS: Record<string, (t: number) => number> = {
  HOURLY: (t) => Math.floor(t / HOUR),
  DAILY: (t) => Math.floor(t / DAY),
  WEEKLY: monday,
  MONTHLY: month,
}

/** All that a rule stands for up to `to`, hour by hour as it is written. */
function walked(rule: Parts, to: number): number[] {
  const { freq, interval, start, byMonth, ends } = rule
  const began = new Date(start)
  const period = PERIODS[freq]!
  const byHour = rule.byHour ?? (freq === 'HOURLY' ? undefined : [began.getUTCHours()])
  const byDay = rule.byDay ?? (freq === 'WEEKLY' ? [began.getUTCDay()] : undefined)
  const byMonthDay = rule.byMonthDay ?? (freq === 'MONTHLY' && !rule.byDay ? [began.getUTCDate()] : undefined)
  const found: number[] = []
  for (let t = start; t <= to; t += HOUR) {
    if ((period(t) - period(start)) % interval !== 0) continue
    const at = new Date(t)
    if (byHour && !byHour.includes(at.getUTCHours())) continue
    if (byDay && !byDay.includes(at.getUTCDay())) continue
    if (byMonth && !byMonth.includes(at.getUTCMonth() + 1)) continue
    if (byMonthDay && !byMonthDay.includes(at.getUTCDate())) continue
    if (ends && (ends.count ? found.length === ends.after : t > start + ends.after * 5 * DAY)) break
    found.push(t)
  }
  return found
}

/** A rule, or undefined when it was refused because it never happens, or not soon. */
function taken(schedule: ScheduleTimes) {
  try {
    return recurrenceOf(schedule, ANCHOR)
  } catch (thrown) {
    expect((thrown as Error).message).toMatch(/never happens$|no instant in|has no instants|reach too far|no such day/)
    return undefined
  }
}

const schedules: fc.Arbitrary<ScheduleTimes> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ cron: patterns.map(cronOf), timezone: zones }) },
  { weight: 3, arbitrary: fc.record({ rrule: rules.map(textOf), timezone: zones }) },
  fc.record({ every: fc.integer({ min: 100, max: 40 * DAY }), from: times }),
  fc.record({ at: fc.array(times, { minLength: 1, maxLength: 20 }) }),
)

test('next and last agree with each other, and there is nothing between them', () => {
  fc.assert(
    fc.property(schedules, times, (schedule, t) => {
      const recurrence = taken(schedule)
      if (!recurrence) return
      const next = recurrence.next(t)
      const last = recurrence.last(t)
      if (next !== undefined) {
        expect(next).toBeGreaterThan(t)
        expect(recurrence.last(next)).toBe(next)
        expect(recurrence.next(next - 1)).toBe(next)
        expect(recurrence.last(next - 1)).toBe(last)
      }
      if (last === undefined) return
      expect(last).toBeLessThanOrEqual(t)
      expect(recurrence.next(last - 1)).toBe(last)
      expect(recurrence.last(last)).toBe(last)
      expect(recurrence.next(last)).toBe(next)
    }),
    { numRuns: 500 },
  )
})

test('a pattern is what a walk over all minutes finds', () => {
  fc.assert(
    fc.property(patterns, times, (fields, t) => {
      const cron = taken({ cron: cronOf(fields) })
      const days = (at: Date) => {
        const [day, weekday] = [fields.day.has(at.getUTCDate()), fields.weekday.has(at.getUTCDay())]
        return fields.day.text === '*' || fields.weekday.text === '*' ? day && weekday : day || weekday
      }
      const matches = (minute: number) => {
        const at = new Date(minute)
        return (
          fields.minute.has(at.getUTCMinutes()) &&
          fields.hour.has(at.getUTCHours()) &&
          fields.month.has(at.getUTCMonth() + 1) &&
          days(at)
        )
      }
      let next = Math.floor(t / MINUTE) * MINUTE + MINUTE
      while (next < t + 60 * DAY && !matches(next)) next += MINUTE
      let last = Math.floor(t / MINUTE) * MINUTE
      while (last > t - 60 * DAY && !matches(last)) last -= MINUTE
      if (next < t + 60 * DAY) expect(cron?.next(t)).toBe(next)
      else expect(cron?.next(t) ?? Number.POSITIVE_INFINITY).toBeGreaterThanOrEqual(next)
      if (last > t - 60 * DAY) expect(cron?.last(t)).toBe(last)
      else expect(cron?.last(t) ?? Number.NEGATIVE_INFINITY).toBeLessThanOrEqual(last)
    }),
    { numRuns: 120 },
  )
})

test('a rule is what a walk over all hours finds', () => {
  fc.assert(
    fc.property(rules, fc.integer({ min: 0, max: 400 }), (parts, days) => {
      const rule = taken({ rrule: textOf(parts) })
      const all = walked(parts, ANCHOR + 900 * DAY)
      const t = parts.start + days * DAY
      if (!rule) {
        // A COUNT whose end is too far off may have instants all the same.
        if (!parts.ends?.count) expect(all).toEqual([])
        return
      }
      const after = all.filter((one) => one > t).slice(0, 5)
      let at = t
      for (const one of after) {
        expect(rule.next(at)).toBe(one)
        at = one
      }
      const before = all.filter((one) => one <= t)
      expect(rule.last(t)).toBe(before.at(-1))
      if (before.length > 1) expect(rule.last(before.at(-1)! - 1)).toBe(before.at(-2))
    }),
    { numRuns: 250 },
  )
})
