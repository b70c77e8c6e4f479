import { describe, expect, test } from 'vitest'
import { recurrenceOf } from '../../../src/model/recurrence.js'

const iso = (t: number | undefined) => (t === undefined ? undefined : new Date(t).toISOString().slice(0, 19))
const of = (cron: string, timezone = 'UTC') => recurrenceOf({ cron, timezone }, 0)

function ticks(cron: string, from: string, count: number): (string | undefined)[] {
  const pattern = of(cron)
  const found: number[] = []
  for (let t = pattern.next(Date.parse(`${from}Z`)); t !== undefined && found.length < count; t = pattern.next(t)) {
    found.push(t)
  }
  return found.map(iso)
}

describe('a pattern', () => {
  test.each([
    ['*/20 * * * *', ['2026-01-01T00:20:00', '2026-01-01T00:40:00']],
    ['*/30 * * * * *', ['2026-01-01T00:00:30', '2026-01-01T00:01:00']],
    ['0 9-17/4 * * MON-FRI', ['2026-01-01T09:00:00', '2026-01-01T13:00:00']],
    ['0 0 1 JAN,jul *', ['2026-07-01T00:00:00', '2027-01-01T00:00:00']],
    ['0 0 L * *', ['2026-01-31T00:00:00', '2026-02-28T00:00:00']],
    ['0 0 L-2 * *', undefined],
    ['0 0 LW * *', ['2026-01-30T00:00:00', '2026-02-27T00:00:00']],
    ['0 0 15W * *', ['2026-01-15T00:00:00', '2026-02-16T00:00:00']],
    ['0 0 * * FRI#2', ['2026-01-09T00:00:00', '2026-02-13T00:00:00']],
    ['0 0 * * FRIL', ['2026-01-30T00:00:00', '2026-02-27T00:00:00']],
    ['0 0 29 2 *', ['2028-02-29T00:00:00', '2032-02-29T00:00:00']],
    ['0 0 29 2 +MON', ['2044-02-29T00:00:00', '2072-02-29T00:00:00']],
    // Both a day of the month and a weekday: either will do, as in every cron.
    ['0 0 13 * FRI', ['2026-01-02T00:00:00', '2026-01-09T00:00:00', '2026-01-13T00:00:00']],
    ['0 0 13 * +FRI', ['2026-02-13T00:00:00', '2026-03-13T00:00:00']],
    ['@hourly', ['2026-01-01T01:00:00', '2026-01-01T02:00:00']],
    ['@weekly', ['2026-01-04T00:00:00', '2026-01-11T00:00:00']],
    ['  0   12 * * *  ', ['2026-01-01T12:00:00', '2026-01-02T12:00:00']],
  ])('%s', (pattern, expected) => {
    if (expected === undefined) expect(() => of(pattern)).toThrow(/^cron: /)
    else expect(ticks(pattern, '2026-01-01T00:00:00', expected.length)).toEqual(expected)
  })
})

test('parts of a second are before the next and after the last', () => {
  const pattern = of('* * * * * *')
  expect(pattern.next(1500)).toBe(2000)
  expect(pattern.next(2000)).toBe(3000)
  expect(pattern.last(1999)).toBe(1000)
  expect(pattern.last(2000)).toBe(2000)
})

test('in the second pass of a repeated hour the last is the end of the first', () => {
  for (const times of [
    of('*/15 * * * *', 'Europe/Rome'),
    recurrenceOf({ rrule: 'FREQ=MINUTELY;INTERVAL=15', timezone: 'Europe/Rome' }, 0),
  ]) {
    expect(iso(times.last(Date.UTC(2026, 9, 25, 1, 10)))).toBe('2026-10-25T00:45:00')
    expect(iso(times.next(Date.UTC(2026, 9, 25, 1, 10)))).toBe('2026-10-25T02:00:00')
  }
})

test('a jump of years is one step', () => {
  const pattern = of('0 0 29 2 *', 'Europe/Rome')
  expect(iso(pattern.last(Date.UTC(2099, 0, 1)))).toBe('2096-02-28T23:00:00')
  expect(iso(pattern.next(Date.UTC(2096, 5, 1)))).toBe('2104-02-28T23:00:00')
  expect(iso(pattern.next(0))).toBe('1972-02-28T23:00:00')
})

test('nothing happens before 1900 or after 9999, and asking there does no harm', () => {
  const pattern = of('0 0 1 1 *', 'Europe/Rome')
  expect(pattern.last(Date.UTC(1899, 0, 1))).toBeUndefined()
  expect(pattern.last(-8.64e15)).toBeUndefined()
  expect(pattern.next(8.64e15)).toBeUndefined()
  expect(pattern.next(-8.64e15)! < Date.UTC(1902, 0, 1)).toBe(true)
  expect(pattern.last(8.64e15)! > Date.UTC(9998, 0, 1)).toBe(true)
})

describe('refused by name:', () => {
  test.each([
    ['0 0 30 2 *', 'cron: "0 0 30 2 *" never happens'],
    ['0 0 31 4,6,9,11 *', 'cron: "0 0 31 4,6,9,11 *" never happens'],
    ['0 0 31W 2 *', 'cron: "0 0 31W 2 *" never happens'],
    ['0 25 * * *', 'cron: "0 25 * * *" is not a pattern: Invalid value for hour: 25'],
    ['0 0 * * 9', 'cron: "0 0 * * 9" is not a pattern: Invalid value for dayOfWeek: 9'],
    ['* * * * * * 2030', /is not a pattern: mode '5-or-6-parts' requires/],
    ['* * * *', /is not a pattern: invalid configuration format/],
    ['', /^cron: "" is not a pattern/],
    ['every day at noon', /is not a pattern/],
    ['@reboot', /@reboot is not supported/],
    ['2026-12-24T18:00:00', /is not a pattern/],
    ['*/0 * * * *', /illegal stepping: 0/],
    ['5-1 * * * *', /From value is larger than to value/],
    ['* '.repeat(5_000), /it is longer than 512 characters$/],
    [`${'0,'.repeat(200)}0 * * * * *`, undefined],
    [7, 'cron: 7 is not a pattern: it is not a text'],
  ])('%j', (cron, message) => {
    const made = () => of(cron as string)
    if (message === undefined) expect(made().next(0)).toBe(60_000)
    else
      expect(made).toThrow(
        expect.objectContaining({
          code: 'ERR_INVALID_SCHEDULE',
          message: typeof message === 'string' ? message : expect.stringMatching(message),
        }),
      )
  })
})

describe('the table of docs/reference/patterns.md:', () => {
  test.each([
    ['Europe/Rome', '30 2 * * *', '2026-03-28T23:00', ['2026-03-29T01:00', '2026-03-30T00:30']],
    ['Europe/Rome', '*/30 * * * *', '2026-03-29T00:29', ['2026-03-29T00:30', '2026-03-29T01:00', '2026-03-29T01:30']],
    ['Europe/Rome', '30 2 * * *', '2026-10-24T22:00', ['2026-10-25T00:30', '2026-10-26T01:30']],
    ['Europe/Rome', '*/30 * * * *', '2026-10-25T00:29', ['2026-10-25T00:30', '2026-10-25T02:00']],
    ['America/New_York', '15 2 * * *', '2026-03-08T05:00', ['2026-03-08T07:00', '2026-03-09T06:15']],
    ['America/New_York', '0 * * * *', '2026-11-01T04:59', ['2026-11-01T05:00', '2026-11-01T07:00']],
    ['Australia/Lord_Howe', '15 2 * * *', '2026-10-03T13:30', ['2026-10-03T15:30', '2026-10-04T15:15']],
    ['Australia/Lord_Howe', '45 1 * * *', '2026-04-04T13:00', ['2026-04-04T14:45', '2026-04-05T15:15']],
  ])('%s, %s', (zone, pattern, from, expected) => {
    const found: number[] = []
    for (let t = Date.parse(`${from}Z`); found.length < expected.length; found.push(t)) t = of(pattern, zone).next(t)!
    expect(found.map(iso)).toEqual(expected.map((time) => `${time}:00`))
  })
})
