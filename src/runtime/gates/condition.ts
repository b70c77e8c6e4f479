/**
 * What a gate stands for: a definition, which users make and name in the options, and its live condition, which a
 * runtime makes of it. When a condition is asked, how often, and what an answer leads to is machines/gate's business.
 */
import type { GatePolicy } from '../../../machines/index.js'
import type { Clock } from '../../kernel/clock.js'
import { type Duration, durationMs } from '../../model/duration.js'
import { whole } from '../checks.js'
import type { Signals } from '../signals.js'

/** How a gate is asked. */
export interface GateOptions {
  /** While it is open and tasks wait for it, it is asked again after this time. Default 30 s. */
  readonly interval?: Duration
  /** The longest pause between two questions while it is closed; the first is 1 s, then it doubles. Default 5 m. */
  readonly maxInterval?: Duration
  /** A question without an answer after this time counts as a bad one. Default 5 s. */
  readonly timeout?: Duration
  /** Bad answers in a row that close it, 1 to 100. */
  readonly failures?: number
  /** Good answers in a row that open it after it was closed, 1 to 100. Default 1. */
  readonly successes?: number
}

export const GATE_OPTIONS = ['interval', 'maxInterval', 'timeout', 'failures', 'successes']

export interface Answer {
  readonly open: boolean
  /** Why it is closed, in a few words. */
  readonly reason?: string
  /** The condition tells by itself when the answer changes: it need not be asked again. */
  readonly lasting?: boolean
}

/** The state of a gate that another one is made of. */
export interface PartState {
  /** `undefined` while it is being asked. */
  readonly open: boolean | undefined
  readonly reason: string | null
}

/** What a condition finds around it. */
export interface ConditionHost {
  readonly clock: Clock
  /** The directory of the store. */
  readonly path: string
  /** What parts say of the world. */
  readonly signals: Signals
  /** The highest time of day that was known at the last commit before this start, and 0 when there was none. */
  readonly lastWall: number
  /** How long a clock that cannot be trusted is not: `clock.hold`. */
  readonly holdMs: number
  /** The answer may be another one now. */
  changed(): void
  /** Something is wrong that does not keep it from answering. */
  fault(error: unknown): void
  part(name: string): PartState
}

/** The condition of one gate in one runtime. All but `ask` are optional. */
export interface Condition {
  /**
   * Asks; `undefined` when the answer is not there yet, and `changed` will say when it is. Whatever it throws makes the
   * gate closed. The signal is aborted when nobody waits for the answer any more.
   */
  ask(signal: AbortSignal): Answer | undefined | Promise<Answer>
  /** Somebody needs it from now on, or nobody any more: what watches, watches in between. */
  wake?(): void
  sleep?(): void
  /** With the runtime. */
  start?(): void
  stop?(): void
}

/** What `online`, `file`, `gate` and the others return. */
export class GateDefinition {
  readonly policy: GatePolicy
  readonly timeoutMs: number
  /** The gates it is made of: names, or definitions without one. */
  readonly parts: readonly (string | GateDefinition)[]
  /** Its live condition; `names` are those of its parts. */
  readonly make: (host: ConditionHost, names: readonly string[]) => Condition

  constructor(
    options: { readonly policy: GatePolicy; readonly timeoutMs: number },
    make: (host: ConditionHost, names: readonly string[]) => Condition,
    parts: readonly (string | GateDefinition)[] = [],
  ) {
    this.policy = options.policy
    this.timeoutMs = options.timeoutMs
    this.parts = parts
    this.make = make
  }
}

interface Defaults {
  readonly interval?: Duration
  readonly maxInterval?: Duration
  readonly freshForMs?: number
  readonly failures?: number
}

/** The policy of a gate, checked. @throws ERR_INVALID_OPTION, ERR_INVALID_DURATION naming `where` */
export function policyOf(options: GateOptions, where: string, defaults: Defaults = {}) {
  const ms = (option: 'interval' | 'maxInterval' | 'timeout', otherwise: Duration) => {
    const length = durationMs(options[option] ?? otherwise, `${where}.${option}`)
    // Nothing asks in a loop.
    return whole(length, `${where}.${option}`, 10, Number.MAX_SAFE_INTEGER)
  }
  const count = (option: 'failures' | 'successes', otherwise: number) =>
    whole(options[option] ?? otherwise, `${where}.${option}`, 1, 100)
  const maxIntervalMs = ms('maxInterval', defaults.maxInterval ?? '5m')
  const intervalMs = ms('interval', defaults.interval ?? '30s')
  return {
    timeoutMs: ms('timeout', '5s'),
    policy: {
      intervalMs,
      delayMs: Math.min(1_000, maxIntervalMs),
      maxIntervalMs,
      // Who is to be asked every second is not believed for half a minute.
      freshForMs: Math.min(defaults.freshForMs ?? 0, intervalMs),
      failures: count('failures', defaults.failures ?? 1),
      successes: count('successes', 1),
    },
  }
}
