import { describe, expect, test } from 'vitest'
import { type Recurrence, recurrenceOf } from '../../../src/model/recurrence.js'

const ANCHOR = Date.UTC(2026, 0, 1, 12, 0, 0, 300)
const iso = (t: number | undefined) => (t === undefined ? undefined : new Date(t).toISOString().slice(0, 19))
const of = (rrule: string, timezone?: string) =>
  recurrenceOf({ rrule, ...(timezone === undefined ? {} : { timezone }) }, ANCHOR)

function first(recurrence: Recurrence, count: number): (string | undefined)[] {
  const found: number[] = []
  for (let t = recurrence.next(0); t !== undefined && found.length < count; t = recurrence.next(t)) found.push(t)
  return found.map(iso)
}

describe('a rule', () => {
  test.each([
    ['FREQ=DAILY;INTERVAL=2', ['2026-01-05T08:00', '2026-01-07T08:00', '2026-01-09T08:00']],
    ['FREQ=WEEKLY;BYDAY=MO,WE', ['2026-01-05T08:00', '2026-01-07T08:00', '2026-01-12T08:00']],
    ['FREQ=WEEKLY;INTERVAL=2;BYDAY=SU,MO;WKST=SU', ['2026-01-05T08:00', '2026-01-18T08:00', '2026-01-19T08:00']],
    ['FREQ=WEEKLY;INTERVAL=2;BYDAY=SU,MO;WKST=MO', ['2026-01-05T08:00', '2026-01-11T08:00', '2026-01-19T08:00']],
    ['FREQ=MONTHLY;BYDAY=-1FR', ['2026-01-30T08:00', '2026-02-27T08:00', '2026-03-27T08:00']],
    ['FREQ=MONTHLY;BYMONTHDAY=31', ['2026-01-31T08:00', '2026-03-31T07:00', '2026-05-31T07:00']],
    ['FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1', ['2026-01-30T08:00', '2026-02-27T08:00', '2026-03-31T07:00']],
    ['FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO', ['2026-05-11T07:00', '2027-05-17T07:00']],
    ['FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29', ['2028-02-29T08:00', '2032-02-29T08:00']],
    ['FREQ=DAILY;BYHOUR=9,18;BYMINUTE=0', ['2026-01-05T08:00', '2026-01-05T17:00', '2026-01-06T08:00']],
    ['FREQ=HOURLY;INTERVAL=6', ['2026-01-05T08:00', '2026-01-05T14:00', '2026-01-05T20:00']],
    ['freq=daily;count=2', ['2026-01-05T08:00', '2026-01-06T08:00']],
  ])('%s', (rule, expected) => {
    const recurrence = of(`DTSTART;TZID=Europe/Rome:20260105T090000\nRRULE:${rule}`)
    expect(first(recurrence, expected.length)).toEqual(expected.map((time) => `${time}:00`))
  })
})

test('COUNT counts from DTSTART, and what it counted is the end', () => {
  const rule = of('DTSTART;TZID=Europe/Rome:20260105T090000\nRRULE:FREQ=WEEKLY;BYDAY=MO,WE;COUNT=3')
  expect(first(rule, 9)).toEqual(['2026-01-05T08:00:00', '2026-01-07T08:00:00', '2026-01-12T08:00:00'])
  expect(rule.next(Date.UTC(2026, 0, 12, 8))).toBeUndefined()
  expect(iso(rule.last(Date.UTC(2030, 0, 1)))).toBe('2026-01-12T08:00:00')
  expect(rule.last(Date.UTC(2026, 0, 5, 8) - 1)).toBeUndefined()
})

test.each([
  ['20260107T080000Z', 3],
  ['20260107T075959Z', 2],
  ['20260107T090000', 3],
  ['20260107T085959', 2],
  ['20260107', 3],
  ['20260106', 2],
])('UNTIL=%s is the last that may be one: %d of them', (until, count) => {
  expect(first(of(`DTSTART;TZID=Europe/Rome:20260105T090000\nRRULE:FREQ=DAILY;UNTIL=${until}`), 9)).toHaveLength(count)
})

test('EXDATE takes away, RDATE adds, in any form of date', () => {
  const rule = of(
    [
      'DTSTART;TZID=Europe/Rome:20260105T090000',
      'RRULE:FREQ=DAILY;COUNT=6',
      'EXDATE;TZID=Europe/Rome:20260106T090000,20260',
      ' 107T090000',
      'EXDATE:20260108T080000Z',
      'EXDATE;VALUE=DATE:20260109',
      'RDATE;TZID=America/New_York:20260109T120000',
      'RDATE:20260112T100000',
      'RDATE:20260108T080000Z',
    ].join('\r\n'),
  )
  expect(first(rule, 9)).toEqual(['2026-01-05T08:00:00', '2026-01-10T08:00:00', '2026-01-12T09:00:00'])
  expect(iso(rule.last(Date.UTC(2026, 0, 9, 23)))).toBe('2026-01-05T08:00:00')
  expect(iso(rule.last(Date.UTC(2027, 0, 1)))).toBe('2026-01-12T09:00:00')
})

describe('a rule begins', () => {
  test('where the schedule does when it has no DTSTART, on the next whole second', () => {
    expect(first(of('FREQ=DAILY', 'Europe/Rome'), 2)).toEqual(['2026-01-01T12:00:01', '2026-01-02T12:00:01'])
  })

  test('on the clock of timezone when DTSTART names none', () => {
    expect(first(of('DTSTART:20260705T090000\nRRULE:FREQ=DAILY', 'Europe/Rome'), 1)).toEqual(['2026-07-05T07:00:00'])
  })

  test('at a DTSTART in UTC, and goes on by the clock of timezone', () => {
    const rule = of('DTSTART:20260327T080000Z\nRRULE:FREQ=DAILY', 'Europe/Rome')
    expect(first(rule, 3)).toEqual(['2026-03-27T08:00:00', '2026-03-28T08:00:00', '2026-03-29T07:00:00'])
  })

  test('at a day, at its midnight', () => {
    const rule = of('DTSTART;VALUE=DATE:20260705\nRRULE:FREQ=DAILY', 'Europe/Rome')
    expect(first(rule, 1)).toEqual(['2026-07-04T22:00:00'])
  })

  test('long ago, and is asked today as quickly', () => {
    const rule = of('DTSTART:19700101T000000Z\nRRULE:FREQ=SECONDLY;INTERVAL=7')
    const at = Date.UTC(2026, 5, 1)
    expect(rule.next(at)).toBe((Math.floor(at / 7000) + 1) * 7000)
    expect(rule.last(at)).toBe(Math.floor(at / 7000) * 7000)
  })
})

test('what lies years apart is found going back', () => {
  expect(iso(of('FREQ=DAILY;BYMONTH=2;BYMONTHDAY=29').last(Date.UTC(2036, 1, 1)))).toBe('2032-02-29T12:00:01')
  const monday = of('FREQ=WEEKLY;BYDAY=MO;BYMONTH=2;BYSETPOS=1')
  expect(iso(monday.last(Date.UTC(2031, 5, 1)))).toBe('2031-02-24T12:00:01')
  const leap = of('DTSTART:20000101T000000Z\nRRULE:FREQ=MONTHLY;BYDAY=5MO;BYMONTH=2')
  expect(iso(leap.last(Date.UTC(2071, 5, 1)))).toBe('2044-02-29T00:00:00')
  expect(iso(leap.next(Date.UTC(2044, 5, 1)))).toBe('2072-02-29T00:00:00')
})

describe('refused by name:', () => {
  const many = (count: number) => Array.from({ length: count }, (_, index) => index).join(',')
  test.each([
    ['', /"" is not a rule$/],
    ['garbage', /"GARBAGE" is not a part$/],
    ['BYDAY=MO', /FREQ is missing$/],
    ['FREQ=OFTEN', /FREQ: "OFTEN" is not known$/],
    ['FREQ=DAILY;FREQ=DAILY', /FREQ is given twice$/],
    ['FREQ=DAILY;BYFOO=1', /unknown part "BYFOO"$/],
    ['RSCALE=CHINESE;FREQ=YEARLY', /unknown part "RSCALE"$/],
    ['FREQ=DAILY;INTERVAL=0', /INTERVAL: "0" is out of range$/],
    ['FREQ=DAILY;COUNT=1000000000', /COUNT: "1000000000" is out of range$/],
    ['FREQ=DAILY;COUNT=2;UNTIL=20300101', /COUNT and UNTIL exclude each other$/],
    ['FREQ=DAILY;UNTIL=20250101T000000Z', /UNTIL lies before DTSTART$/],
    ['FREQ=DAILY;UNTIL=tomorrow', /UNTIL: "TOMORROW" is not a point in time$/],
    ['FREQ=WEEKLY;BYDAY=XX', /BYDAY: "XX" is not a day$/],
    ['FREQ=WEEKLY;BYDAY=1MO', /BYDAY: a number before the day belongs to/],
    ['FREQ=MONTHLY;BYDAY=54MO', /BYDAY: "54MO" is not a day$/],
    ['FREQ=DAILY;BYHOUR=24', /BYHOUR: "24" is out of range$/],
    ['FREQ=MONTHLY;BYMONTHDAY=0', /BYMONTHDAY: "0" is out of range$/],
    ['FREQ=WEEKLY;BYMONTHDAY=1', /BYMONTHDAY does not go with FREQ=WEEKLY$/],
    ['FREQ=DAILY;BYWEEKNO=1', /BYWEEKNO goes with FREQ=YEARLY alone$/],
    ['FREQ=DAILY;BYYEARDAY=1', /BYYEARDAY does not go with FREQ=DAILY$/],
    ['FREQ=DAILY;BYSETPOS=1', /BYSETPOS needs another BY part to choose from$/],
    ['FREQ=DAILY;BYHOUR=1,2,3;BYSETPOS=300', /BYSETPOS: a period has 3 instants at most$/],
    ['FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30', /no such day: BYMONTH=2 has no day 30$/],
    ['FREQ=SECONDLY;BYMONTH=4,6;BYMONTHDAY=31', /no such day: BYMONTH=4,6 has no day 31$/],
    ['FREQ=MINUTELY;BYYEARDAY=366;BYMONTH=1', /no instant in 600 periods of FREQ=MINUTELY$/],
    ['FREQ=HOURLY;INTERVAL=24;BYHOUR=3', /no instant in 600 periods of FREQ=HOURLY$/],
    ['FREQ=MONTHLY;INTERVAL=12;BYMONTH=3', /no instant in 1000 periods of FREQ=MONTHLY$/],
    ['FREQ=DAILY;BYMONTH=2;BYMONTHDAY=29;COUNT=1000', /COUNT: 1000 instants reach too far$/],
    [
      `FREQ=YEARLY;BYDAY=MO;BYHOUR=${many(24)};BYMINUTE=${many(60)}`,
      /up to 527040 instants in one period are more than/,
    ],
    ['x'.repeat(40_000), /the text is longer than 32768 characters$/],
    ['DTSTART:20260101T000000', /expected one RRULE, found 0$/],
    ['FREQ=DAILY\nFREQ=DAILY', /expected one RRULE, found 2$/],
    ['EXRULE:FREQ=DAILY\nRRULE:FREQ=DAILY', /unknown line "EXRULE"$/],
    ['DTSTART:20260230T000000\nRRULE:FREQ=DAILY', /DTSTART: "20260230T000000" is not a point in time$/],
    ['DTSTART;TZID=Foo/Bar:20260101T000000\nRRULE:FREQ=DAILY', /DTSTART: TZID: "Foo\/Bar" is not a time zone$/],
    ['DTSTART;X=1:20260101T000000\nRRULE:FREQ=DAILY', /DTSTART: "X=1" is not known$/],
    ['RDATE;VALUE=PERIOD:20260101T000000Z/PT1H\nRRULE:FREQ=DAILY', /RDATE: "VALUE=PERIOD" is not known$/],
    [
      `RRULE:FREQ=DAILY\nEXDATE:${Array(1001).fill('20260101T000000Z')}`,
      /1001 dates in EXDATE and RDATE are more than 1000$/,
    ],
    ['DTSTART:20260101T000000Z\nRRULE:FREQ=DAILY;COUNT=1\nEXDATE:20260101T000000Z', /it has no instants$/],
    [7, /7 is not a rule$/],
  ])('%.90j', (rrule, message) => {
    expect(() => of(rrule as string)).toThrow(
      expect.objectContaining({
        code: 'ERR_INVALID_SCHEDULE',
        message: expect.stringMatching(/^rrule: /),
        hint: expect.stringMatching(/./),
      }),
    )
    expect(() => of(rrule as string)).toThrow(message)
  })

  test('a timezone that is not that of DTSTART', () => {
    const text = 'DTSTART;TZID=Europe/Rome:20260105T090000\nRRULE:FREQ=DAILY'
    expect(() => of(text, 'Asia/Kolkata')).toThrow(/timezone "Asia\/Kolkata" is not that of DTSTART, "Europe\/Rome"$/)
    expect(first(of(text, 'europe/rome'), 1)).toEqual(['2026-01-05T08:00:00'])
  })
})
