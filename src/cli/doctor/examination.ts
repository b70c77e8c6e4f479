import { CHECKS, type Check } from './checks.js'
import { type Finding, Findings } from './finding.js'
import type { Place } from './place.js'
import { inTime } from './time-limit.js'

/** Longest time of a check. */
export const LIMIT_MS = 10_000

export interface Examining {
  readonly checks?: readonly Check[]
  readonly limitMs?: number
  readonly signal?: AbortSignal
}

/** Runs the checks one after the other: what measures the disk is not to be disturbed. One that fails is a finding. */
export async function* examine(
  place: Place,
  { checks = CHECKS, limitMs = LIMIT_MS, signal }: Examining = {},
): AsyncGenerator<Finding> {
  for (const { name, run } of checks) {
    try {
      yield* await inTime(run(place), place.deep ? Number.POSITIVE_INFINITY : limitMs, signal)
    } catch (error) {
      signal?.throwIfAborted()
      const { message, hint } = error as { message?: string; hint?: string }
      yield new Findings(name).fault(message ?? String(error), hint)
    }
  }
}
