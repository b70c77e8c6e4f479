import { type Duration, durationMs } from '../model/duration.js'
import { HoldfastError } from '../model/errors.js'

/** What a run came to, as data. */
export type Outcome =
  | { readonly type: 'finish'; readonly result: unknown }
  | { readonly type: 'fail'; readonly error: unknown; readonly terminal: boolean; readonly afterMs?: number }
  | { readonly type: 'snooze'; readonly ms: number }
  /** The disk failed under the run, which is no fault of its own. */
  | { readonly type: 'interrupt' }

/** Comes back later: return or throw it from a processor. No attempt is spent. */
export class Snooze {
  readonly ms: number
  constructor(ms: number) {
    this.ms = ms
  }
}

/**
 * An outcome that puts the task back for a while without spending an attempt.
 * @throws ERR_INVALID_DURATION
 * @example return snooze('10m')
 */
export function snooze(time: Duration): Snooze {
  return new Snooze(durationMs(time, 'snooze'))
}

/** Throw it when no retry can help: the task is dead at once, whatever attempts are left. */
export class TerminalError extends Error {
  override readonly name = 'TerminalError'
}

/** Throw it to fail this attempt and set the delay of the next one (a server's Retry-After, say). */
export class RetryAfter extends Error {
  override readonly name = 'RetryAfter'
  readonly afterMs: number
  constructor(time: Duration, message = 'retry later', options?: ErrorOptions) {
    super(message, options)
    this.afterMs = durationMs(time, 'RetryAfter')
  }
}

/** What a processor returned, as an outcome. */
export function returned(value: unknown): Outcome {
  return value instanceof Snooze ? { type: 'snooze', ms: value.ms } : { type: 'finish', result: value }
}

const DISK: ReadonlySet<string> = new Set(['ERR_COMMIT_UNKNOWN', 'ERR_DEGRADED', 'ERR_STORE_IO', 'ERR_STORE_CLOSED'])

/** What a processor threw, as an outcome. */
export function thrown(error: unknown): Outcome {
  if (error instanceof Snooze) return { type: 'snooze', ms: error.ms }
  if (error instanceof RetryAfter) return { type: 'fail', error, terminal: false, afterMs: error.afterMs }
  if (error instanceof HoldfastError && DISK.has(error.code)) return { type: 'interrupt' }
  return { type: 'fail', error, terminal: error instanceof TerminalError }
}
