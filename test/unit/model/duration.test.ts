import { expect, test } from 'vitest'
import { durationMs, instantMs, isoTime } from '../../../src/model/duration.js'
import fc from '../../support/fast-check.js'

test.each([
  [0, 0],
  [1500.4, 1500],
  ['250ms', 250],
  ['10s', 10_000],
  ['2m', 120_000],
  ['1.5h', 5_400_000],
  ['7d', 604_800_000],
  ['2w', 1_209_600_000],
  ['10 minutes', 600_000],
  ['36500d', 36_500 * 86_400_000],
])('%j is %d ms', (text, ms) => {
  expect(durationMs(text, 'timeout')).toBe(ms)
})

test.each([
  '',
  ' ',
  'soon',
  '10x',
  '-1s',
  '1s 2s',
  '101y',
  '1'.repeat(200),
  -1,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  10 ** 16,
  null,
  undefined,
  true,
  {},
  [],
])('%j is no duration, and the option is named', (value) => {
  expect(() => durationMs(value as string, 'retry.delay')).toThrow(
    expect.objectContaining({ code: 'ERR_INVALID_DURATION', message: expect.stringMatching(/^retry\.delay: /) }),
  )
})

test('a bigint is no duration, and can be named all the same', () => {
  expect(() => durationMs(10n as never, 'in')).toThrow(expect.objectContaining({ code: 'ERR_INVALID_DURATION' }))
})

test('a whole number of milliseconds within a hundred years is itself', () => {
  const most = 100 * 365 * 86_400_000
  fc.assert(fc.property(fc.integer({ min: 0, max: most }), (ms) => durationMs(ms, 'in') === ms))
})

test('a point in time is the same as a date, a number, or text with any zone', () => {
  fc.assert(
    fc.property(fc.date({ noInvalidDate: true, min: new Date(0), max: new Date('9999-12-31') }), (date) => {
      const ms = date.getTime()
      expect([date, ms, date.toISOString(), isoTime(ms)].map((each) => instantMs(each, 'runAt'))).toEqual([
        ms,
        ms,
        ms,
        ms,
      ])
    }),
  )
  const noon = Date.UTC(2026, 0, 1, 12)
  const texts = [
    '2026-01-01T12:00Z',
    '2026-01-01T13:00:00+01:00',
    '2026-01-01T06:30:00.000-05:30',
    '2026-01-01T13:00+0100',
  ]
  expect(texts.map((text) => instantMs(text, 'runAt'))).toEqual(texts.map(() => noon))
})

test.each([
  'tomorrow',
  '2026-01-01',
  '2026-01-01T12:00',
  '2026-13-01T00:00Z',
  '',
  Number.NaN,
  9e15,
  new Date(Number.NaN),
  null,
  undefined,
  {},
])('%j is no point in time: a zone is asked for, and the option is named', (value) => {
  expect(() => instantMs(value as string, 'runAt')).toThrow(
    expect.objectContaining({ code: 'ERR_INVALID_DATE', message: expect.stringMatching(/^runAt: /) }),
  )
})
