/** The arithmetic of ticks beside arrays that are looked through one by one. */
import { expect, test } from 'vitest'
import { MOST_COUNTED, ON_TIME_MS, spread, type Times, tickId, ticksDue, untouched } from '../../machines/index.js'
import fc from '../support/fast-check.js'

const of = (instants: readonly number[]): Times => ({
  next: (after) => instants.find((at) => at > after),
  last: (at) => instants.findLast((each) => each <= at),
})
const MINUTE = 60_000
const missed = (policy: 'skip' | 'first' | 'last' | 'all', windowMs = 1e9, limit = 100) => ({ policy, windowMs, limit })
const minutes = of(Array.from({ length: 3000 }, (_, n) => n * MINUTE))

test('what was dealt with is passed over in both directions', () => {
  const instants = fc.uniqueArray(fc.integer({ min: 0, max: 60 })).map((all) => all.sort((a, b) => a - b))
  const spans = fc.array(fc.tuple(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 0, max: 30 })), { maxLength: 5 })
  fc.assert(
    fc.property(instants, spans, fc.integer({ min: -1, max: 61 }), (all, given, at) => {
      const dealt = given.map(([after, length]) => [after, after + length] as const)
      const left = all.filter((each) => !dealt.some(([after, upTo]) => each > after && each <= upTo))
      const times = untouched(of(all), dealt)
      expect([times.next(at), times.last(at)]).toEqual([of(left).next(at), of(left).last(at)])
    }),
  )
})

test('a tick that is a minute late is on time; later, it was missed', () => {
  for (const [late, make] of [
    [0, [MINUTE]],
    [ON_TIME_MS - 1, [MINUTE]],
  ] as const)
    expect(ticksDue(minutes, 0, MINUTE + late, missed('skip'), null).make).toEqual(make)
  const hours = of([3_600_000, 7_200_000])
  expect(ticksDue(hours, 0, 3_600_000 + ON_TIME_MS, missed('skip'), null).make).toEqual([3_600_000])
  expect(ticksDue(hours, 0, 3_600_000 + ON_TIME_MS + 1, missed('skip'), null)).toEqual({
    make: [], passed: 1, more: false, upTo: 3_600_000, lapsed: 3_600_000,
  }) // biome-ignore format: an answer
})

test('of those that are not made the latest is known', () => {
  const lapsed = (policy: 'skip' | 'first' | 'last' | 'all', late = 0, limit = 2) =>
    ticksDue(minutes, 0, 5 * MINUTE + late, { ...missed(policy), limit }, null).lapsed
  expect([lapsed('skip', ON_TIME_MS - 1), lapsed('last'), lapsed('all')]).toEqual([4, 4, 3].map((n) => n * MINUTE))
  expect([lapsed('first'), lapsed('all', 0, 5)]).toEqual([4 * MINUTE, undefined])
})

test('years of instants are asked for a bounded number of times', () => {
  let asked = 0
  const everySecond: Times = {
    next: (after) => {
      asked++
      return Math.floor(after / 1000) * 1000 + 1000
    },
    last: (at) => {
      asked++
      return Math.floor(at / 1000) * 1000
    },
  }
  const now = 56 * 365 * 86_400_000
  for (const policy of ['skip', 'first', 'last', 'all'] as const) {
    asked = 0
    const due = ticksDue(everySecond, 0, now, missed(policy), null)
    expect([due.passed + due.make.length, due.more, due.upTo]).toEqual([MOST_COUNTED, true, now])
    expect(asked).toBeLessThan(MOST_COUNTED + 110)
  }
})

test('nothing is due before its time, nor after the end', () => {
  expect(ticksDue(minutes, MINUTE, 2 * MINUTE - 1, missed('all'), null).upTo).toBeNull()
  expect(ticksDue(minutes, 0, 9 * MINUTE, missed('all'), 2 * MINUTE).make).toEqual([MINUTE, 2 * MINUTE])
})

test('ids of ticks are usable, of one length, and those of the steady hand are others', () => {
  expect(tickId('a', 'wall', 0)).toBe('a@1970-01-01T00:00:00.000Z')
  expect(tickId('a', 'steady', 0)).toBe('a@+1970-01-01T00:00:00.000Z')
  expect(tickId('x'.repeat(90), 'steady', 8e15).length).toBeLessThanOrEqual(128)
})

test('a spread is the same for an id, within its bound, and even over many', () => {
  const all = Array.from({ length: 10_000 }, (_, n) => spread(tickId('s', 'wall', n * MINUTE), 1000))
  expect(spread('one', 1000)).toBe(spread('one', 1000))
  for (const at of all) expect(at >= 0 && at < 1000).toBe(true)
  const tenths = Array.from({ length: 10 }, (_, n) => all.filter((at) => Math.floor(at / 100) === n).length)
  for (const count of tenths) expect(Math.abs(count - 1000)).toBeLessThan(150)
})
