/** The arithmetic of rate limits: whatever is asked when, a window never sees more than its limit and its burst. */
import { describe, expect, test } from 'vitest'
import { atMostEmpty, nextTokenAt, type Rate, rateOf, spent, tokens } from '../../machines/index.js'
import fc from '../support/fast-check.js'

const START = Date.UTC(2026, 0, 1)
const limits = fc.record({
  limit: fc.integer({ min: 1, max: 50 }),
  perMs: fc.integer({ min: 1, max: 3_600_000 }),
  burst: fc.integer({ min: 1, max: 50 }),
})
const of = ({ limit, perMs, burst }: { limit: number; perMs: number; burst: number }) => rateOf(limit, perMs, burst)
/** Pauses between those that ask, some far shorter than an interval and some far longer. */
const pauses = fc.array(fc.oneof(fc.constant(0), fc.nat(20), fc.nat(10_000), fc.nat(10_000_000)), { maxLength: 200 })

/** When tokens were spent by those that asked after each pause, as greedily as can be. */
function spends(rate: Rate, gaps: readonly number[]): number[] {
  const times: number[] = []
  let now = START
  let tat = 0
  for (const gap of gaps) {
    now += gap
    if (tokens(rate, tat, now) === 0) continue
    tat = spent(rate, tat, now)
    times.push(now)
  }
  return times
}

describe('a rate limit', () => {
  test('lets no more than limit + burst start in any window', () => {
    fc.assert(
      fc.property(limits, pauses, (limit, gaps) => {
        const times = spends(of(limit), gaps)
        let first = 0
        for (const [i, time] of times.entries()) {
          while (time - (times[first] as number) > limit.perMs) first++
          expect(i - first + 1).toBeLessThanOrEqual(limit.limit + limit.burst)
        }
      }),
    )
  })

  test('keeps its pace: who asks at every moment a token is said to come gets one, and not before', () => {
    fc.assert(
      fc.property(limits, fc.integer({ min: 1, max: 200 }), (limit, count) => {
        const rate = of(limit)
        let tat = 0
        let now = START
        let waits = 0
        for (let i = 0; i < count; i++) {
          if (tokens(rate, tat, now) === 0) {
            const next = Math.ceil(nextTokenAt(rate, tat))
            expect(next).toBeGreaterThan(now)
            expect(tokens(rate, tat, next - 1)).toBe(0)
            now = next
            waits++
          }
          expect(tokens(rate, tat, now)).toBeGreaterThan(0)
          tat = spent(rate, tat, now)
        }
        const least = Math.max(0, count - limit.burst) * rate.intervalMs
        expect(now - START).toBeGreaterThanOrEqual(Math.floor(least))
        // A wait ends on a whole millisecond: less than one is lost in each.
        expect(now - START).toBeLessThanOrEqual(least + waits)
      }),
    )
  })

  test('says how many can start at once, and that many can', () => {
    fc.assert(
      fc.property(limits, pauses, (limit, gaps) => {
        const rate = of(limit)
        let now = START
        let tat = 0
        for (const gap of gaps) {
          now += gap
          const before = tokens(rate, tat, now)
          expect(before).toBeLessThanOrEqual(rate.burst)
          if (before === 0) continue
          tat = spent(rate, tat, now)
          expect(tokens(rate, tat, now)).toBe(before - 1)
        }
      }),
    )
  })

  test('that was idle is full again, and no fuller', () => {
    const rate = rateOf(10, 60_000, 3)
    let tat = 0
    for (let i = 0; i < 3; i++) tat = spent(rate, tat, START)
    expect(tokens(rate, tat, START)).toBe(0)
    expect(tokens(rate, tat, START + 5_999)).toBe(0)
    expect(tokens(rate, tat, START + 6_000)).toBe(1)
    expect(tokens(rate, tat, START + 18_000)).toBe(3)
    expect(tokens(rate, tat, START + 1e9)).toBe(3)
  })

  test('that was read back waits no longer than an empty bucket would, whatever was stored', () => {
    fc.assert(
      fc.property(limits, fc.double({ min: 0, max: 1e15, noNaN: true }), (limit, stored) => {
        const rate = of(limit)
        const tat = atMostEmpty(rate, stored, START)
        expect(tat).toBeLessThanOrEqual(stored)
        expect(nextTokenAt(rate, tat)).toBeLessThanOrEqual(START + rate.intervalMs + 1e-3)
      }),
    )
  })
})
