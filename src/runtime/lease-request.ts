/** What workers in other processes say: their requests, checked, and their failures, as what a processor throws. */
import { type Duration, durationMs } from '../model/duration.js'
import { HoldfastError } from '../model/errors.js'
import type { Cause } from './cause.js'
import { checkName, invalid, onlyKnown, whole } from './checks.js'
import type { Kinds } from './kinds.js'
import { RetryAfter, TerminalError } from './outcome.js'

/** What a worker asks for. */
export interface LeaseRequest {
  /** The worker's own name. */
  readonly worker: string
  /** What it can do, what it prefers first; 1 to 100. */
  readonly kinds: readonly string[]
  /** At most this many tasks, 1 to 100. Default 1. */
  readonly max?: number
  /** How long to wait when there is nothing, at most 60 s. Default 0. */
  readonly wait?: Duration
}

/** A task for a worker. */
export interface LeasedTask {
  /** To be named with each heartbeat, success and failure. */
  readonly lease: string
  readonly id: string
  readonly kind: string
  readonly input: unknown
  readonly attempt: number
  readonly group?: string
  readonly cause?: Cause
  /** The settings of its kind as they are now. */
  readonly settings: object
  /** Milliseconds: silent for longer, the lease is lost and the task AWOL. */
  readonly heartbeatMs: number
  /** Milliseconds left of its time limit; none without one. */
  readonly timeoutMs?: number
}

/** Why a worker could not do it. */
export interface LeaseFailure {
  readonly error: { readonly message: string; readonly name?: string; readonly code?: string }
  /** Not before this much time has passed. Default: the retry policy of the task. */
  readonly retryIn?: Duration
  /** No retry can help. */
  readonly terminal?: boolean
}

const LONGEST_WAIT_MS = 60_000
const MOST_KINDS = 100
const MOST_AT_ONCE = 100

/** A request with its defaults filled in. @throws ERR_UNKNOWN_KIND, ERR_INVALID_OPTION, ERR_INVALID_ID, ERR_INVALID_DURATION */
export function checkedRequest(known: Kinds, request: LeaseRequest) {
  onlyKnown(request, ['worker', 'kinds', 'max', 'wait'], 'lease')
  const { kinds, max = 1, wait = 0 } = request
  if (!Array.isArray(kinds) || kinds.length < 1 || kinds.length > MOST_KINDS)
    throw invalid('kinds', `1 to ${MOST_KINDS} kinds`, kinds)
  for (const name of kinds) {
    if (known.get(name, true).remote) continue
    throw new HoldfastError('ERR_INVALID_OPTION', `kinds: '${name}' is done by the daemon itself`, {
      hint: 'Only kinds of defineTask({ kind, remote: true }) can be leased.',
    })
  }
  const waitMs = durationMs(wait, 'wait')
  if (waitMs > LONGEST_WAIT_MS) throw invalid('wait', 'at most 60 s', wait)
  return { worker: checkName(request.worker, 'worker'), kinds, max: whole(max, 'max', 1, MOST_AT_ONCE), waitMs }
}

/** A worker's failure as what a processor throws; it has no stack, for it was not thrown here. */
export function failureError(failure: LeaseFailure): Error {
  onlyKnown(failure, ['error', 'retryIn', 'terminal'], 'failure')
  const { error: given, retryIn, terminal } = failure
  onlyKnown(given, ['message', 'name', 'code'], 'failure.error')
  const { message, name = 'Error', code } = given
  for (const [key, value] of Object.entries({ message, name, code: code ?? '' })) {
    if (typeof value !== 'string') throw invalid(`failure.error.${key}`, 'a text', value)
  }
  if (terminal !== undefined && typeof terminal !== 'boolean') throw invalid('terminal', 'true or false', terminal)
  if (terminal && retryIn !== undefined) throw invalid('retryIn', 'no `terminal` beside it', retryIn)
  const error = terminal
    ? new TerminalError(message)
    : retryIn === undefined
      ? new Error(message)
      : new RetryAfter(retryIn, message)
  Reflect.deleteProperty(error, 'stack')
  return Object.assign(error, { name, ...(code === undefined ? {} : { code }) })
}
