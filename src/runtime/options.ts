import type { RetryPolicy } from '../../machines/index.js'
import { DEFAULT_RETRY, type Intensity } from '../../machines/index.js'
import { type Duration, durationMs } from '../model/duration.js'
import { HoldfastError, shown } from '../model/errors.js'
import type { AnyDefinition, RetryOptions, TaskLog } from './define.js'

/** Options of one route. */
export interface RouteOptions {
  /** How many of its tasks run at once, 1 to 10,000. Default 10. */
  readonly concurrency?: number
  /** How many tasks may be queued; enqueue answers ERR_QUEUE_FULL beyond. Default 1,000,000. */
  readonly queueLimit?: number
}

/** Bounds, each with its named answer. */
export interface Limits {
  /** Bytes of an input as JSON. Default 256 KiB; ERR_TOO_LARGE. */
  readonly input?: number
  /** Bytes of a result as JSON. Default 256 KiB; the run fails with ERR_TOO_LARGE. */
  readonly result?: number
  /** Bytes of a machine's state as JSON: context, children, timers. Default 256 KiB; the run fails with ERR_TOO_LARGE. */
  readonly state?: number
  /** Bytes of an event or emitted event as JSON. Default 64 KiB; ERR_TOO_LARGE. */
  readonly event?: number
  /** Tasks in memory; beyond it those that came longest ago sleep on disk. Default 20,000, some 30 MB. */
  readonly live?: number
  /** Events waiting for one task. Default 1,000; ERR_MAILBOX_FULL. */
  readonly mailbox?: number
  /** Emitted events kept. Default 10,000; the oldest go. */
  readonly emitted?: number
}

/** Options of a runtime. */
export interface RuntimeOptions<Tasks extends readonly AnyDefinition[] = readonly AnyDefinition[]> {
  /** The directory of the store; made when it is not there. One process owns it. */
  readonly path: string
  readonly tasks: Tasks
  readonly routes?: Readonly<Record<string, RouteOptions>>
  /** Defaults of every kind. */
  readonly retry?: RetryOptions
  readonly limits?: Limits
  /** How many deaths of the process within one boot a task may have had a part in. Default 3. */
  readonly interruptions?: number
  /** How a supervisor bears dying parts. Default 5 restarts in a minute. */
  readonly supervision?: { readonly restarts?: number; readonly within?: Duration }
  /** Where the runtime and its tasks log. Default: warnings and errors to the console. */
  readonly log?: TaskLog
}

export interface Settings {
  readonly routes: ReadonlyMap<string, Required<RouteOptions>>
  readonly retry: RetryPolicy
  readonly limits: Required<Limits>
  readonly interruptions: number
  readonly intensity: Intensity
  readonly log: TaskLog
}

const OPTIONS = ['path', 'tasks', 'routes', 'retry', 'limits', 'interruptions', 'supervision', 'log']
const LIMITS: Required<Limits> = {
  input: 256 * 1024,
  result: 256 * 1024,
  state: 256 * 1024,
  event: 64 * 1024,
  live: 20_000,
  mailbox: 1_000,
  emitted: 10_000,
}
export const DEFAULT_ROUTE: Required<RouteOptions> = { concurrency: 10, queueLimit: 1_000_000 }

const consoleLog: TaskLog = {
  debug: () => undefined,
  info: () => undefined,
  warn: (message, data) => console.warn(message, ...(data ? [data] : [])),
  error: (message, data) => console.error(message, ...(data ? [data] : [])),
}

/** Checked options with every default filled in. @throws ERR_INVALID_OPTION, ERR_INVALID_DURATION */
export function settingsOf(options: RuntimeOptions): Settings {
  if (typeof options !== 'object' || options === null) throw invalid('options', 'an object', options)
  onlyKnown(options, OPTIONS, 'createRuntime')
  if (typeof options.path !== 'string' || options.path === '') throw invalid('path', 'a directory', options.path)
  if (!Array.isArray(options.tasks)) throw invalid('tasks', 'a list of definitions', options.tasks)
  const routes = new Map<string, Required<RouteOptions>>([['default', DEFAULT_ROUTE]])
  onlyKnown(options.routes ?? {}, Object.keys(options.routes ?? {}), 'routes')
  for (const [name, route] of Object.entries(options.routes ?? {})) {
    checkName(name, 'routes')
    onlyKnown(route, ['concurrency', 'queueLimit'], `routes.${name}`)
    routes.set(name, {
      concurrency: whole(route.concurrency ?? DEFAULT_ROUTE.concurrency, `routes.${name}.concurrency`, 1, 10_000),
      queueLimit: whole(route.queueLimit ?? DEFAULT_ROUTE.queueLimit, `routes.${name}.queueLimit`, 1, 10_000_000),
    })
  }
  onlyKnown(options.limits ?? {}, Object.keys(LIMITS), 'limits')
  const limits = { ...LIMITS, ...options.limits }
  for (const [name, value] of Object.entries(limits)) whole(value, `limits.${name}`, 1, 2 ** 31)
  onlyKnown(options.supervision ?? {}, ['restarts', 'within'], 'supervision')
  const { restarts = 5, within = '1m' } = options.supervision ?? {}
  return {
    routes,
    retry: retryPolicy(options.retry, DEFAULT_RETRY, 'retry'),
    limits,
    interruptions: whole(options.interruptions ?? 3, 'interruptions', 0, 1_000_000),
    intensity: {
      restarts: whole(restarts, 'supervision.restarts', 0, 1000),
      withinMs: durationMs(within, 'supervision.within'),
    },
    log: logOf(options.log),
  }
}

/** A log that cannot throw: a line that is lost must not fail a task, or a step. The console without one. */
export function logOf(log: TaskLog = consoleLog): TaskLog {
  const level = (name: keyof TaskLog) => {
    if (typeof log[name] !== 'function') throw invalid(`log.${name}`, 'a function', log[name])
    return (message: string, data?: object) => {
      try {
        log[name](message, data)
      } catch {}
    }
  }
  return { debug: level('debug'), info: level('info'), warn: level('warn'), error: level('error') }
}

/** A retry policy from what was asked and what holds otherwise. */
export function retryPolicy(asked: RetryOptions | undefined, otherwise: RetryPolicy, where: string): RetryPolicy {
  if (asked === undefined) return otherwise
  onlyKnown(asked, ['attempts', 'delay', 'backoff', 'maxDelay', 'jitter'], where)
  const backoff = asked.backoff ?? otherwise.backoff
  if (!['exponential', 'linear', 'constant'].includes(backoff)) {
    throw invalid(`${where}.backoff`, "'exponential', 'linear' or 'constant'", backoff)
  }
  const jitter = asked.jitter ?? otherwise.jitter
  if (typeof jitter !== 'number' || !(jitter >= 0 && jitter <= 1)) throw invalid(`${where}.jitter`, '0 to 1', jitter)
  return {
    attempts: whole(asked.attempts ?? otherwise.attempts, `${where}.attempts`, 1, 1_000_000),
    delayMs: asked.delay === undefined ? otherwise.delayMs : durationMs(asked.delay, `${where}.delay`),
    maxDelayMs: asked.maxDelay === undefined ? otherwise.maxDelayMs : durationMs(asked.maxDelay, `${where}.maxDelay`),
    backoff,
    jitter,
  }
}

export function invalid(option: string, expected: string, found: unknown): HoldfastError {
  return new HoldfastError('ERR_INVALID_OPTION', `${option}: expected ${expected}, found ${shown(found)}`)
}

/** @throws ERR_INVALID_OPTION for a key that is not among `known` */
export function onlyKnown(given: object, known: readonly string[], where: string): void {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) throw invalid(where, 'an object', given)
  for (const key of Object.keys(given)) {
    if (known.includes(key)) continue
    throw new HoldfastError('ERR_INVALID_OPTION', `${where}: unknown option '${key}'`, {
      hint: `Known here: ${known.join(', ')}.`,
    })
  }
}

export function whole(value: unknown, option: string, least: number, most: number): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) return value
  throw invalid(option, `a whole number from ${least} to ${most}`, value)
}

const NAME = /^[A-Za-z0-9][A-Za-z0-9._:@/+-]{0,127}$/

/** Ids and the names of kinds, routes and groups: printable, short, and safe in a key. @throws ERR_INVALID_ID */
export function checkName(value: unknown, option: string): string {
  if (typeof value === 'string' && NAME.test(value)) return value
  throw new HoldfastError('ERR_INVALID_ID', `${option}: ${shown(value)} is not a usable name`)
}

/** Dedupe keys may be any text: file names, addresses. @throws ERR_INVALID_ID */
export function checkKey(value: unknown): string {
  if (typeof value === 'string' && value.length > 0 && value.length <= 512) return value
  throw new HoldfastError('ERR_INVALID_ID', `key: ${shown(value)} is not a text of 1 to 512 characters`)
}
