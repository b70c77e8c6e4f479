/**
 * What the daemon and a thread or process say to each other: plain data that survives JSON. What a processor gives is
 * turned into JSON where it runs, by the rules of the daemon, so both say the same of what is not JSON; what comes out
 * of a thread or process is looked at before it is believed.
 */
import { CODES, type ErrorCode, HoldfastError, type Issue, type StoredError, storedError } from '../model/errors.js'
import { RetryAfter, Snooze, TerminalError } from './outcome.js'

/** The file descriptor of the channel, in a process. */
export const CHANNEL = 3

export const LEVELS = ['debug', 'info', 'warn', 'error'] as const
export type Level = (typeof LEVELS)[number]
/** Level, message, and the data as JSON. */
export type LogLine = readonly [level: Level, message: string, data: string | null]

/** An error that crosses: `sort` says which of our classes it is of. */
export interface PortableError extends StoredError {
  readonly sort?: 'holdfast' | 'terminal' | 'retry-after'
  readonly hint?: string
  readonly issues?: readonly Issue[]
  readonly afterMs?: number
}

/** What a run came to: the result as JSON, or a snooze, or what was thrown. */
export type Ending = { readonly result: string } | { readonly snoozeMs: number } | { readonly error: PortableError }

/** From the daemon. */
export type Down =
  | {
      readonly type: 'run'
      readonly module: string
      readonly interrupted: boolean
      /** `{ input, facts }` of the task in V8's own format, in base64: JSON would lose dates that a schema made. */
      readonly task: string
      readonly limits: { readonly input: number; readonly result: number; readonly event: number }
    }
  | { readonly type: 'abort'; readonly message: string; readonly code: string }
  | { readonly type: 'answer'; readonly call: number; readonly id?: string; readonly error?: PortableError }
  /** One of the `signs` was taken in: another may be sent. */
  | { readonly type: 'heard' }
  | { readonly type: 'leave' }

/** From the thread or process. */
export type Up =
  /** The module is about to be loaded. */
  | { readonly type: 'begun' }
  | { readonly type: 'signs'; readonly progress?: string; readonly lines: readonly LogLine[]; readonly dropped: number }
  | { readonly type: 'emit'; readonly call: number; readonly event: string }
  | {
      readonly type: 'enqueue'
      readonly call: number
      readonly kind: string
      readonly input: string | null
      readonly options: string | null
    }
  /** `spent`: nothing else can be run there. */
  | { readonly type: 'end'; readonly ending: Ending; readonly spent: boolean }
  /** An error that nobody caught is about to end it. */
  | { readonly type: 'dying'; readonly error: PortableError }

/** A word out of a thread or process; `undefined` for what is none. */
export function wordOf(said: unknown): Up | undefined {
  if (typeof said !== 'object' || said === null) return undefined
  const word = said as { [key: string]: unknown }
  const known = CHECKS[word.type as Up['type']]
  return typeof word.type === 'string' && Object.hasOwn(CHECKS, word.type) && known(word) ? (said as Up) : undefined
}

type Check = (word: { readonly [key: string]: unknown }) => boolean
const text = (value: unknown) => typeof value === 'string'
const textOrNull = (value: unknown) => value === null || text(value)
const count = (value: unknown) => typeof value === 'number' && Number.isInteger(value) && value >= 0

const CHECKS: Readonly<Record<Up['type'], Check>> = {
  begun: () => true,
  signs: ({ progress, lines, dropped }) =>
    (progress === undefined || json(progress)) && count(dropped) && Array.isArray(lines) && lines.every(logLine),
  emit: ({ call, event }) => count(call) && json(event),
  enqueue: ({ call, kind, input, options }) =>
    count(call) && text(kind) && (input === null || json(input)) && (options === null || json(options)),
  end: ({ ending, spent }) => typeof spent === 'boolean' && isEnding(ending),
  dying: ({ error }) => isError(error),
}

function logLine(line: unknown): boolean {
  return Array.isArray(line) && LEVELS.includes(line[0]) && text(line[1]) && textOrNull(line[2])
}

function isEnding(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  const { result, snoozeMs, error } = value as { [key: string]: unknown }
  if (result !== undefined) return json(result)
  if (snoozeMs !== undefined) return Number.isFinite(snoozeMs) && Number(snoozeMs) >= 0
  return isError(error)
}

function isError(value: unknown): boolean {
  const { name, message, afterMs = 0 } = (value ?? {}) as { [key: string]: unknown }
  return text(name) && text(message) && Number.isFinite(afterMs) && Number(afterMs) >= 0
}

function json(value: unknown): boolean {
  if (typeof value !== 'string') return false
  try {
    JSON.parse(value)
    return true
  } catch {
    return false
  }
}

/** An error as it crosses. Our classes are known by name: the module may have another copy of them. */
export function portable(thrown: unknown): PortableError {
  const data = storedError(thrown)
  const { hint, issues, afterMs } = (thrown ?? {}) as { hint?: unknown; issues?: readonly Issue[]; afterMs?: unknown }
  if (data.name === 'TerminalError') return { ...data, sort: 'terminal' }
  if (data.name === 'RetryAfter' && Number.isFinite(afterMs) && Number(afterMs) >= 0)
    return { ...data, sort: 'retry-after', afterMs: Number(afterMs) }
  if (data.name !== 'HoldfastError' || typeof hint !== 'string') return data
  return { ...data, sort: 'holdfast', hint, ...(issues && { issues }) }
}

/** The error that crossed, of its class again; its stack is that of the other side. */
export function revived(data: PortableError): Error {
  const error = reviveAs(data)
  const { name, code, stack } = data
  for (const [key, value] of Object.entries({ name, code, stack })) {
    if (value !== undefined) Object.defineProperty(error, key, { value, configurable: true, writable: true })
  }
  return error
}

function reviveAs({ sort, message, code, hint, issues, afterMs }: PortableError): Error {
  if (sort === 'terminal') return new TerminalError(message)
  if (sort === 'retry-after') return new RetryAfter(afterMs ?? 0, message)
  if (sort === 'holdfast' && code !== undefined && Object.hasOwn(CODES, code)) {
    return new HoldfastError(code as ErrorCode, message, { ...(hint && { hint }), ...(issues && { issues }) })
  }
  return new Error(message)
}

/** The milliseconds of a snooze, be it of our class or of another copy of it. */
export function snoozeMs(value: unknown): number | undefined {
  if (value instanceof Snooze) return value.ms
  const { constructor: made, ms } = (value ?? {}) as { constructor?: { name?: string }; ms?: unknown }
  return made?.name === 'Snooze' && typeof ms === 'number' && Number.isFinite(ms) && ms >= 0 ? ms : undefined
}
