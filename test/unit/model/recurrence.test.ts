import { describe, expect, test } from 'vitest'
import { recurrenceOf, type ScheduleTimes } from '../../../src/model/recurrence.js'

const ANCHOR = Date.UTC(2026, 0, 1, 12, 0, 0, 300)

function refused(times: unknown): { code: string; message: string; hint: string } {
  try {
    recurrenceOf(times as ScheduleTimes, ANCHOR)
  } catch (thrown) {
    return thrown as { code: string; message: string; hint: string }
  }
  throw new Error('it was taken')
}

describe('a schedule has one sort of times', () => {
  test.each([
    [{}, 'expected one of cron, every, rrule and at, found {}'],
    [null, 'expected one of cron, every, rrule and at, found null'],
    ['* * * * *', 'expected one of cron, every, rrule and at, found "* * * * *"'],
    [{ cron: '* * * * *', every: '1m' }, 'expected one of cron, every, rrule and at, found cron and every'],
    [{ every: '1m', timezone: 'Europe/Rome' }, 'timezone: belongs to cron and rrule'],
    [{ at: [0], timezone: 'Europe/Rome' }, 'timezone: belongs to cron and rrule'],
    [{ cron: '* * * * *', from: 0 }, 'from: belongs to every'],
  ])('%j is refused', (times, message) => {
    expect(refused(times)).toMatchObject({ code: 'ERR_INVALID_SCHEDULE', message })
    expect(refused(times).hint).not.toBe('')
  })
})

test('the zone of a pattern or rule that names none is UTC, whatever that of the process', () => {
  const nine = Date.UTC(2026, 6, 1, 9)
  expect(recurrenceOf({ cron: '0 9 * * *' }, 0).next(nine - 1)).toBe(nine)
  expect(recurrenceOf({ rrule: 'FREQ=DAILY;BYHOUR=9;BYMINUTE=0;BYSECOND=0' }, 0).next(nine - 1)).toBe(nine)
})

describe('an interval', () => {
  test('is counted from where it begins, and begins there', () => {
    const every = recurrenceOf({ every: '10m' }, ANCHOR)
    expect(every.next(0)).toBe(ANCHOR)
    expect(every.next(ANCHOR)).toBe(ANCHOR + 600_000)
    expect(every.next(ANCHOR - 1)).toBe(ANCHOR)
    expect(every.last(ANCHOR)).toBe(ANCHOR)
    expect(every.last(ANCHOR - 1)).toBeUndefined()
    expect(every.last(ANCHOR + 1_799_999)).toBe(ANCHOR + 1_200_000)
  })

  test('takes a beginning of its own', () => {
    const every = recurrenceOf({ every: 86_400_000, from: '2026-03-01T06:00:00+01:00' }, ANCHOR)
    expect(every.next(ANCHOR)).toBe(Date.UTC(2026, 2, 1, 5))
    // A day of 23 hours is not shorter to it.
    expect(every.next(Date.UTC(2026, 2, 29, 5))).toBe(Date.UTC(2026, 2, 30, 5))
  })

  test('has no end before that of time', () => {
    const every = recurrenceOf({ every: '365d', from: 0 }, ANCHOR)
    expect(every.next(8.64e15)).toBeUndefined()
    expect(every.last(8.64e15)! > 8.6e15).toBe(true)
  })

  test.each([
    [{ every: 0 }, 'ERR_INVALID_SCHEDULE', 'every: 0 is shorter than 100 ms'],
    [{ every: -60_000 }, 'ERR_INVALID_SCHEDULE', 'every: -60000 is shorter than 100 ms'],
    [{ every: '99ms' }, 'ERR_INVALID_SCHEDULE', 'every: "99ms" is shorter than 100 ms'],
    [{ every: 'often' }, 'ERR_INVALID_DURATION', 'every: "often" is not a duration'],
    [{ every: '1h', from: 'soon' }, 'ERR_INVALID_DATE', 'from: "soon" is not a point in time'],
  ])('%j is refused', (times, code, message) => {
    expect(refused(times)).toMatchObject({ code, message })
  })
})

describe('a list of dates', () => {
  test('is in the order of time, whatever the order it is given in, and a date given twice is one', () => {
    const dates = recurrenceOf({ at: [3000, new Date(1000), '1970-01-01T00:00:02Z', 1000] }, ANCHOR)
    expect([dates.next(0), dates.next(1000), dates.next(2000), dates.next(3000)]).toEqual([1000, 2000, 3000, undefined])
    expect([dates.last(999), dates.last(1000), dates.last(1e12)]).toEqual([undefined, 1000, 3000])
  })

  test('has 10,000 at most', () => {
    const dates = (count: number) => Array.from({ length: count }, (_, index) => index * 1000)
    expect(recurrenceOf({ at: dates(10_000) }, 0).last(1e12)).toBe(9_999_000)
    expect(refused({ at: dates(10_001) })).toMatchObject({
      code: 'ERR_INVALID_SCHEDULE',
      message: 'at: 10001 dates are more than 10000',
    })
  })

  test.each([
    [[], 'ERR_INVALID_SCHEDULE', 'at: expected a list of dates, found []'],
    ['2026-01-01T00:00:00Z', 'ERR_INVALID_SCHEDULE', 'at: expected a list of dates, found "2026-01-01T00:00:00Z"'],
    [[0, '2026-02-31'], 'ERR_INVALID_DATE', 'at[1]: "2026-02-31" is not a point in time'],
  ])('%j is refused', (at, code, message) => {
    expect(refused({ at })).toMatchObject({ code, message })
  })
})

test('of 100,000 recurrences each is right, and those crowded out of what is shared answer the same', () => {
  const many = Array.from({ length: 100_000 }, (_, index) =>
    recurrenceOf({ cron: `${index % 60} ${index % 24} * * *`, timezone: 'Europe/Rome' }, 0),
  )
  const minutes = Array.from({ length: 1440 }, (_, index) => `${index % 60} ${Math.floor(index / 60)} * * *`)
  const at = Date.UTC(2026, 5, 1)
  const made = minutes.map((cron) => recurrenceOf({ cron }, 0))
  expect(made.map((one) => one.next(at))).toEqual(minutes.map((_, index) => at + (index || 1440) * 60_000))
  expect(many[61]!.next(at)).toBe(Date.UTC(2026, 5, 1, 11, 1))
})
