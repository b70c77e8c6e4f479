import { describe, expect, test } from 'vitest'
import { zoneOf } from '../../../src/model/zone.js'
import fc from '../../support/fast-check.js'

const HOUR = 3_600_000
const utc = (text: string) => Date.parse(`${text}Z`)

test.each([
  ['Europe/Rome', '2026-07-01T10:00', '2026-07-01T12:00'],
  ['Europe/Rome', '2026-01-01T10:00', '2026-01-01T11:00'],
  ['Asia/Kolkata', '2026-01-01T00:00', '2026-01-01T05:30'],
  ['America/New_York', '1969-12-31T23:59:59', '1969-12-31T18:59:59'],
  ['UTC', '2026-01-01T00:00', '2026-01-01T00:00'],
])('the clock of %s shows at %s UTC: %s', (zone, instant, local) => {
  expect(zoneOf(zone).local(utc(instant))).toBe(utc(local))
})

describe('a time that does not exist is the moment after the gap', () => {
  test.each([
    ['Europe/Rome', '2026-03-29T02:00', '2026-03-29T01:00'],
    ['Europe/Rome', '2026-03-29T02:59', '2026-03-29T01:00'],
    ['Europe/Rome', '2026-03-29T03:00', '2026-03-29T01:00'],
    ['Europe/Rome', '2026-03-29T03:01', '2026-03-29T01:01'],
    ['America/New_York', '2026-03-08T02:30', '2026-03-08T07:00'],
    ['Australia/Lord_Howe', '2026-10-04T02:15', '2026-10-03T15:30'],
    ['America/Santiago', '2026-09-06T00:30', '2026-09-06T04:00'],
    // At midnight UTC, where two of the stretches meet that the offsets are remembered by.
    ['Asia/Baku', '2013-03-31T04:30', '2013-03-31T00:00'],
    // The island left out a day, to be on the other side of the date line.
    ['Pacific/Apia', '2011-12-30T12:00', '2011-12-30T10:00'],
  ])('%s, %s', (zone, local, instant) => {
    expect(zoneOf(zone).instant(utc(local))).toBe(utc(instant))
  })
})

describe('a time that exists twice is the first of the two', () => {
  test.each([
    ['Europe/Rome', '2026-10-25T02:30', '2026-10-25T00:30'],
    ['Europe/Rome', '2026-10-25T03:00', '2026-10-25T02:00'],
    ['America/New_York', '2026-11-01T01:00', '2026-11-01T05:00'],
    ['Australia/Lord_Howe', '2026-04-05T01:45', '2026-04-04T14:45'],
    ['America/Santiago', '2026-04-04T23:30', '2026-04-05T02:30'],
    ['Asia/Baku', '2013-10-27T04:30', '2013-10-26T23:30'],
    ['Pacific/Kwajalein', '1969-09-30T12:00', '1969-09-30T01:00'],
  ])('%s, %s', (zone, local, instant) => {
    expect(zoneOf(zone).instant(utc(local))).toBe(utc(instant))
  })
})

test('through a repeated hour the clock has shown the end of its first pass', () => {
  const rome = zoneOf('Europe/Rome')
  const back = utc('2026-10-25T01:00')
  expect(rome.shown(back - 1)).toBe(utc('2026-10-25T03:00') - 1)
  expect(rome.shown(back)).toBe(utc('2026-10-25T03:00') - 1)
  expect(rome.shown(back + HOUR - 1)).toBe(utc('2026-10-25T03:00') - 1)
  expect(rome.shown(back + HOUR)).toBe(utc('2026-10-25T03:00'))
})

test('the first pass is remembered from one stretch to the next', () => {
  const baku = zoneOf('Asia/Baku')
  const back = utc('2013-10-27T00:00')
  expect(baku.local(back)).toBe(utc('2013-10-27T04:00'))
  expect(baku.shown(back)).toBe(utc('2013-10-27T05:00') - 1)
  expect(baku.shown(back + HOUR)).toBe(utc('2013-10-27T05:00'))
})

test('instant() and shown() are mirrors in every zone, at every time', () => {
  const names = ['Pacific/Apia', 'Pacific/Kwajalein', 'Africa/Casablanca', 'Antarctica/Troll', 'Asia/Gaza']
  const zones = fc.constantFrom(...Intl.supportedValuesOf('timeZone'), ...names.flatMap((name) => Array(40).fill(name)))
  const times = fc.integer({ min: utc('1950-01-01T00:00'), max: utc('2090-01-01T00:00') })
  fc.assert(
    fc.property(zones, times, fc.integer({ min: -30 * HOUR, max: 30 * HOUR }), (name, t, apart) => {
      const zone = zoneOf(name as string)
      const local = t + apart
      expect(zone.instant(local) > t).toBe(local > zone.shown(t))
      expect(zone.shown(t)).toBeGreaterThanOrEqual(zone.local(t))
      expect(zone.shown(zone.instant(local))).toBeGreaterThanOrEqual(local)
      expect(zone.local(zone.instant(local))).toBeGreaterThanOrEqual(local)
    }),
    { numRuns: 3000 },
  )
})

test.each(['Mars/Base', '', 'Europe/Rom', '+02:00', 'UTC+2', 'x'.repeat(200), 7, null])('%j is not a zone', (name) => {
  expect(() => zoneOf(name as string)).toThrow(
    expect.objectContaining({
      code: 'ERR_INVALID_SCHEDULE',
      message: expect.stringMatching(/^timezone: .* is not a time zone$/),
    }),
  )
})

test('more zones than are remembered answer the same when they are made again', () => {
  const zones = Intl.supportedValuesOf('timeZone').slice(0, 100)
  const t = utc('2026-07-01T00:00')
  const first = zones.map((name) => zoneOf(name).local(t))
  expect(zones.map((name) => zoneOf(name).local(t))).toEqual(first)
})
