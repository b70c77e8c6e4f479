/**
 * Policy arithmetic: pure functions of their arguments, so that a machine's decisions can be replayed.
 * Back-off with jitter follows the usual scheme (delay × 2^n, capped, then spread by ± jitter):
 * https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 */

/** How failed attempts are repeated; all lengths in milliseconds. */
export interface RetryPolicy {
  /** How many failures a task may have before it is dead; 1 means no retry. */
  readonly attempts: number
  readonly delayMs: number
  readonly backoff: 'exponential' | 'linear' | 'constant'
  readonly maxDelayMs: number
  /** 0 to 1: the delay is spread evenly over ± this part of itself. */
  readonly jitter: number
}

export const DEFAULT_RETRY: RetryPolicy = {
  attempts: 1,
  delayMs: 1_000,
  backoff: 'exponential',
  maxDelayMs: 3_600_000,
  jitter: 0.2,
}

/**
 * Milliseconds to wait after the n-th failure (n from 1). `random` is 0 to 1: the only chance in it, made outside.
 * The result is whole, at least 0, and never above `maxDelayMs`.
 */
export function retryDelayMs(policy: RetryPolicy, failures: number, random: number): number {
  const n = Math.max(1, failures)
  const factor = policy.backoff === 'exponential' ? 2 ** Math.min(n - 1, 52) : policy.backoff === 'linear' ? n : 1
  const spread = 1 + policy.jitter * (2 * random - 1)
  return Math.max(0, Math.round(Math.min(policy.delayMs * factor * spread, policy.maxDelayMs)))
}

/** How many restarts in which time a supervisor bears. */
export interface Intensity {
  readonly restarts: number
  readonly withinMs: number
}

export const DEFAULT_INTENSITY: Intensity = { restarts: 5, withinMs: 60_000 }

/** True when one more restart is more than the supervisor bears; `restarts` are those of the last `withinMs`. */
export function tooIntense(intensity: Intensity, restarts: number): boolean {
  return restarts >= intensity.restarts
}
