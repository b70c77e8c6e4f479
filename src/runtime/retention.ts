/** How long ended tasks are kept, and how many of them: what users write, checked, and when a sweep is due by it. */
import { type Duration, durationMs } from '../model/duration.js'
import { onlyKnown, whole } from './checks.js'
import { END_STATES, type EndState } from './ends.js'

/** How long tasks in an end state are kept. What passes either bound goes, the oldest first. */
export interface Keep {
  /** Time since they ended, on the steady hand: a step of the wall clock removes nothing. `false`: no bound. Default 7 days. */
  readonly age?: Duration | false
  /** How many of this state are kept, 0 to 100,000,000. `false`: no bound. Default 100,000. */
  readonly count?: number | false
}

/** What is kept of ended tasks, by end state; what is left out has its default. */
export interface RetentionOptions {
  readonly finished?: Keep
  readonly failed?: Keep
  readonly terminated?: Keep
}

/** A checked policy; Infinity where there is no bound. */
export interface Policy {
  readonly ageMs: number
  readonly count: number
}

export type Policies = Readonly<Record<EndState, Policy>>

export const DEFAULT_POLICY: Policy = { ageMs: 7 * 86_400_000, count: 100_000 }
const MINUTE_MS = 60_000
const HOUR_MS = 3_600_000
/** Beyond this many, or a hundredth of the bound, the surplus goes at once. */
const SURPLUS = 100

/** @throws ERR_INVALID_OPTION, ERR_INVALID_DURATION */
export function policiesOf(options: RetentionOptions = {}): Policies {
  onlyKnown(options, ['finished', 'failed', 'terminated'], 'retention')
  const policies = END_STATES.map((state) => {
    const name = state.toLowerCase() as keyof RetentionOptions
    return [state, policyOf(options[name] ?? {}, `retention.${name}`)] as const
  })
  return Object.fromEntries(policies) as Record<EndState, Policy>
}

function policyOf(keep: Keep, where: string): Policy {
  onlyKnown(keep, ['age', 'count'], where)
  const { age = DEFAULT_POLICY.ageMs, count = DEFAULT_POLICY.count } = keep
  return {
    ageMs: age === false ? Number.POSITIVE_INFINITY : durationMs(age, `${where}.age`),
    count: count === false ? Number.POSITIVE_INFINITY : whole(count, `${where}.count`, 0, 100_000_000),
  }
}

/**
 * What has ended and passed its bound waits for others to go with it, so that a sweep costs one commit and not one a
 * task: for a hundredth of the age, at least a minute and at most an hour.
 */
export function gatheringMs({ ageMs }: Policy): number {
  return Math.min(Math.max(ageMs / 100, MINUTE_MS), HOUR_MS)
}

/** How long a surplus waits: what is small for a minute, what is great not at all. */
export function patienceMs({ count }: Policy, surplus: number): number {
  if (surplus <= 0) return Number.POSITIVE_INFINITY
  return surplus > Math.max(SURPLUS, count / 100) ? 0 : MINUTE_MS
}
