import type { RetryPolicy } from '../../machines/index.js'
import { DEFAULT_RETRY, type Intensity } from '../../machines/index.js'
import { type Duration, durationMs } from '../model/duration.js'
import { checkName, invalid, onlyKnown, whole } from './checks.js'
import type { AnyDefinition } from './define.js'
import type { RateLimitOptions, RetryOptions } from './enqueue-options.js'
import type { GateDefinition } from './gates/condition.js'
import type { MultitaskOptions } from './isolation.js'
import type { TaskLog } from './log.js'
import { type Policies, policiesOf, type RetentionOptions } from './retention.js'
import type { ScheduleDefinition } from './schedule.js'
import { budgetOf, type CheckedBudget, type WearBudget } from './wear.js'

/** Options of one route. */
export interface RouteOptions {
  /** How many of its tasks run at once, 1 to 10,000. Default 10. */
  readonly concurrency?: number
  /** How many tasks may be queued; enqueue answers ERR_QUEUE_FULL beyond. Default 1,000,000. */
  readonly queueLimit?: number
  /** Names of gates: while one of them is closed the route starts nothing. Default none. */
  readonly gates?: readonly string[]
  /** What becomes of its running functions when one of their gates closes. Default `continue`. */
  readonly onGateClose?: OnGateClose
  /** How fast its tasks start. Default: as fast as there are slots. */
  readonly rateLimit?: RateLimitOptions
}

/** A rate limit with every default filled in. */
export interface RateLimit {
  readonly limit: number
  readonly perMs: number
  readonly burst: number
}

/** Options of one route with every default filled in. */
export interface RouteSettings {
  readonly concurrency: number
  readonly queueLimit: number
  readonly gates: readonly string[]
  readonly onGateClose: OnGateClose
  readonly rateLimit?: RateLimit
}

/**
 * `interrupt`: the function is told by its signal, and its task goes back to its queue without a spent attempt, to run
 * again when the gate is open. Machines, and tasks of at most once, go on in any case.
 */
export type OnGateClose = 'interrupt' | 'continue'

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
  /** Tasks in memory, and up to a tenth more; beyond it those sleep on disk that were just written and wait, then the oldest. Default 20,000, some 30 MB. */
  readonly live?: number
  /** Events waiting for one task. Default 1,000; ERR_MAILBOX_FULL. */
  readonly mailbox?: number
  /** Emitted events kept. Default 10,000; the oldest go. */
  readonly emitted?: number
  /** Schedules, from code and by the API. Default 100,000; ERR_TOO_MANY. */
  readonly schedules?: number
}

/** Options of a runtime. */
export interface RuntimeOptions<Tasks extends readonly AnyDefinition[] = readonly AnyDefinition[]> {
  /** The directory of the store; made when it is not there. One process owns it. */
  readonly path: string
  readonly tasks: Tasks
  readonly routes?: Readonly<Record<string, RouteOptions>>
  /** Conditions by name, for `gates` of routes and kinds: online(), clockSynced(), diskFree(), file(), gate(). */
  readonly gates?: Readonly<Record<string, GateDefinition>>
  /** Defaults of every kind. */
  readonly retry?: RetryOptions
  readonly limits?: Limits
  /** How long ended tasks are kept. Default 7 days, and 100,000 of each end state. */
  readonly retention?: RetentionOptions
  /** How long a commit waits for others to share its fsync, up to 1 s: less wear for more latency. Default 0. */
  readonly commitWindow?: Duration
  /** A budget of what may be written on a day; the runtime warns when it is passed. Default: none. */
  readonly wear?: WearBudget
  /** How many deaths of the process within one boot a task may have had a part in. Default 3. */
  readonly interruptions?: number
  /** How a supervisor bears dying parts. Default 5 restarts in a minute. */
  readonly supervision?: { readonly restarts?: number; readonly within?: Duration }
  /** Schedules from code, by their names; what is left out here at a later start is removed. */
  readonly schedules?: Readonly<Record<string, ScheduleDefinition>>
  /** `hold`: how long schedules by the time of day wait for a clock that cannot be trusted. Default 10 minutes. */
  readonly clock?: { readonly hold?: Duration }
  /** Threads and processes of kinds that have a `module`. */
  readonly multitask?: MultitaskOptions
  /** Where the runtime and its tasks log. Default: warnings and errors to the console. */
  readonly log?: TaskLog
}

export interface Settings {
  readonly routes: ReadonlyMap<string, RouteSettings>
  readonly retry: RetryPolicy
  readonly limits: Required<Limits>
  readonly retention: Policies
  readonly commitWindowMs: number
  readonly wear: CheckedBudget
  readonly interruptions: number
  readonly intensity: Intensity
  readonly holdMs: number
  readonly log: TaskLog
}

const OPTIONS = [
  'path', 'tasks', 'routes', 'gates', 'schedules', 'clock', 'retry', 'limits', 'retention', 'commitWindow', 'wear',
  'interruptions', 'supervision', 'multitask', 'log',
] // biome-ignore format: a table
/** Who wires a runtime takes these out of the options: they plug in what the runtime does not know. */
const PLUGGED = ['devices', 'gpio', 'api']
const LONGEST_WINDOW_MS = 1_000
const LIMITS: Required<Limits> = {
  input: 256 * 1024,
  result: 256 * 1024,
  state: 256 * 1024,
  event: 64 * 1024,
  live: 20_000,
  mailbox: 1_000,
  emitted: 10_000,
  schedules: 100_000,
}
export const DEFAULT_ROUTE: RouteSettings = {
  concurrency: 10,
  queueLimit: 1_000_000,
  gates: [],
  onGateClose: 'continue',
}

const consoleLog: TaskLog = {
  debug: () => undefined,
  info: () => undefined,
  warn: (message, data) => console.warn(message, ...(data ? [data] : [])),
  error: (message, data) => console.error(message, ...(data ? [data] : [])),
}

/** Checked options with every default filled in. @throws ERR_INVALID_OPTION, ERR_INVALID_DURATION */
export function settingsOf(options: RuntimeOptions): Settings {
  if (typeof options !== 'object' || options === null) throw invalid('options', 'an object', options)
  onlyKnown(options, OPTIONS, 'createRuntime', PLUGGED)
  if (typeof options.path !== 'string' || options.path === '') throw invalid('path', 'a directory', options.path)
  if (!Array.isArray(options.tasks)) throw invalid('tasks', 'a list of definitions', options.tasks)
  const routes = new Map<string, RouteSettings>([['default', DEFAULT_ROUTE]])
  onlyKnown(options.routes ?? {}, Object.keys(options.routes ?? {}), 'routes')
  for (const [name, route] of Object.entries(options.routes ?? {})) {
    checkName(name, 'routes')
    onlyKnown(route, ['concurrency', 'queueLimit', 'gates', 'onGateClose', 'rateLimit'], `routes.${name}`)
    routes.set(name, {
      concurrency: whole(route.concurrency ?? DEFAULT_ROUTE.concurrency, `routes.${name}.concurrency`, 1, 10_000),
      queueLimit: whole(route.queueLimit ?? DEFAULT_ROUTE.queueLimit, `routes.${name}.queueLimit`, 1, 10_000_000),
      gates: gateNames(route.gates ?? [], `routes.${name}.gates`),
      onGateClose: onGateClose(route.onGateClose ?? 'continue', `routes.${name}.onGateClose`),
      ...(route.rateLimit === undefined ? {} : { rateLimit: rateLimitOf(route.rateLimit, `routes.${name}.rateLimit`) }),
    })
  }
  onlyKnown(options.limits ?? {}, Object.keys(LIMITS), 'limits')
  const limits = { ...LIMITS, ...options.limits }
  for (const [name, value] of Object.entries(limits)) whole(value, `limits.${name}`, 1, 2 ** 31)
  onlyKnown(options.supervision ?? {}, ['restarts', 'within'], 'supervision')
  onlyKnown(options.clock ?? {}, ['hold'], 'clock')
  onlyKnown(options.schedules ?? {}, Object.keys(options.schedules ?? {}), 'schedules')
  const { restarts = 5, within = '1m' } = options.supervision ?? {}
  return {
    routes,
    retry: retryPolicy(options.retry, DEFAULT_RETRY, 'retry'),
    limits,
    retention: policiesOf(options.retention),
    commitWindowMs: windowOf(options.commitWindow ?? 0),
    wear: budgetOf(options.wear),
    interruptions: whole(options.interruptions ?? 3, 'interruptions', 0, 1_000_000),
    intensity: {
      restarts: whole(restarts, 'supervision.restarts', 0, 1000),
      withinMs: durationMs(within, 'supervision.within'),
    },
    holdMs: durationMs(options.clock?.hold ?? '10m', 'clock.hold'),
    log: logOf(options.log),
  }
}

function windowOf(window: Duration): number {
  const ms = durationMs(window, 'commitWindow')
  if (ms <= LONGEST_WINDOW_MS) return ms
  throw invalid('commitWindow', `at most ${LONGEST_WINDOW_MS} ms`, window)
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

/** The gates that a route or a kind names; whether there are such gates is looked at when all are known. */
export function gateNames(names: unknown, option: string): readonly string[] {
  if (!Array.isArray(names) || names.length > 100) throw invalid(option, 'a list of up to 100 names of gates', names)
  for (const name of names) if (typeof name !== 'string') throw invalid(option, 'names of gates', name)
  return [...new Set(names as string[])]
}

export function onGateClose(value: unknown, option: string): OnGateClose {
  if (value === 'interrupt' || value === 'continue') return value
  throw invalid(option, "'interrupt' or 'continue'", value)
}

/** A checked rate limit. @throws ERR_INVALID_OPTION, ERR_INVALID_DURATION */
export function rateLimitOf(asked: RateLimitOptions, where: string): RateLimit {
  onlyKnown(asked, ['limit', 'per', 'burst'], where)
  const limit = whole(asked.limit, `${where}.limit`, 1, 1_000_000)
  const perMs = durationMs(asked.per, `${where}.per`)
  if (perMs === 0) throw invalid(`${where}.per`, 'a duration of 1 ms or more', asked.per)
  return { limit, perMs, burst: whole(asked.burst ?? limit, `${where}.burst`, 1, 1_000_000) }
}
