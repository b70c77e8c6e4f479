/** Policy arithmetic for every policy anybody can write, not for a few examples. */
import { describe, expect, test } from 'vitest'
import { DEFAULT_RETRY, type RetryPolicy, retryDelayMs, tooIntense } from '../../machines/index.js'
import fc from '../support/fast-check.js'

const CENTURY_MS = 100 * 365 * 86_400_000
const policies: fc.Arbitrary<RetryPolicy> = fc.record({
  attempts: fc.integer({ min: 1, max: 1_000 }),
  delayMs: fc.integer({ min: 0, max: CENTURY_MS }),
  backoff: fc.constantFrom('exponential', 'linear', 'constant'),
  maxDelayMs: fc.integer({ min: 0, max: CENTURY_MS }),
  jitter: fc.double({ min: 0, max: 1, noNaN: true }),
})
const failures = fc.integer({ min: 0, max: 100_000 })
const chance = fc.double({ min: 0, max: 1, noNaN: true })
const steady = (policy: RetryPolicy, n: number) => retryDelayMs({ ...policy, jitter: 0 }, n, 0.5)

describe('the delay of a retry', () => {
  test('is whole, at least nothing and never above maxDelay', () => {
    fc.assert(
      fc.property(policies, failures, chance, (policy, n, random) => {
        const delayMs = retryDelayMs(policy, n, random)
        expect(Number.isInteger(delayMs)).toBe(true)
        expect(delayMs).toBeGreaterThanOrEqual(0)
        expect(delayMs).toBeLessThanOrEqual(policy.maxDelayMs)
      }),
    )
  })

  test('stays within ± jitter of the delay without it', () => {
    fc.assert(
      fc.property(policies, failures, chance, (policy, n, random) => {
        const plain = steady({ ...policy, maxDelayMs: CENTURY_MS * 2 ** 60 }, n)
        const low = Math.min(plain * (1 - policy.jitter), policy.maxDelayMs)
        const high = Math.min(plain * (1 + policy.jitter), policy.maxDelayMs)
        const delayMs = retryDelayMs(policy, n, random)
        // Half a millisecond of rounding, and what a double can hold of a century.
        const slack = 1 + plain * Number.EPSILON * 8
        expect(delayMs).toBeGreaterThanOrEqual(low - slack)
        expect(delayMs).toBeLessThanOrEqual(high + slack)
      }),
    )
  })

  test('never shrinks from one failure to the next', () => {
    fc.assert(
      fc.property(policies, failures, (policy, n) => {
        expect(steady(policy, n + 1)).toBeGreaterThanOrEqual(steady(policy, n))
      }),
    )
  })

  test('grows with the chance, from one end of the jitter to the other', () => {
    fc.assert(
      fc.property(policies, failures, chance, chance, (policy, n, a, b) => {
        const [low, high] = a < b ? [a, b] : [b, a]
        expect(retryDelayMs(policy, n, low)).toBeLessThanOrEqual(retryDelayMs(policy, n, high))
      }),
    )
  })

  test('doubles, climbs or stays as its back-off says', () => {
    const policy = { ...DEFAULT_RETRY, delayMs: 1_000, jitter: 0 }
    const first = (backoff: RetryPolicy['backoff']) =>
      [1, 2, 3, 4].map((n) => retryDelayMs({ ...policy, backoff }, n, 0))
    expect(first('exponential')).toEqual([1_000, 2_000, 4_000, 8_000])
    expect(first('linear')).toEqual([1_000, 2_000, 3_000, 4_000])
    expect(first('constant')).toEqual([1_000, 1_000, 1_000, 1_000])
  })
})

test('a supervisor bears as many restarts as its intensity says, and not one more', () => {
  const intensity = { restarts: 3, withinMs: 60_000 }
  expect([0, 1, 2, 3, 4].map((restarts) => tooIntense(intensity, restarts))).toEqual([false, false, false, true, true])
  expect(tooIntense({ restarts: 0, withinMs: 60_000 }, 0)).toBe(true)
})
