import type { StandardSchemaV1 } from '@standard-schema/spec'
import type { AnyStateMachine, InputFrom, OutputFrom } from 'xstate'
import type { Reason, TaskState } from '../../machines/index.js'
import type { Duration, Instant } from '../model/duration.js'
import { HoldfastError } from '../model/errors.js'
import type { Isolate } from './isolation.js'
import type { MachineDefinition, MachineMaker } from './machine-maker.js'
import type { OnGateClose } from './options.js'
import type { Snooze } from './outcome.js'
import type { MachineVersion, VersionsDefinition } from './versions.js'

/** How failed attempts are repeated. Defaults: 1 attempt; then 1 s, exponential, at most 1 h, jitter 0.2. */
export interface RetryOptions {
  readonly attempts?: number
  readonly delay?: Duration
  readonly backoff?: 'exponential' | 'linear' | 'constant'
  readonly maxDelay?: Duration
  /** 0 to 1: the delay is spread over ± this part of itself. */
  readonly jitter?: number
}

/**
 * At most `limit` starts per `per`: a token bucket that is spent evenly and keeps up to `burst` tokens (default `limit`).
 * No window of length `per` sees more than `limit` + `burst` starts; `burst: 1` spaces them evenly.
 */
export interface RateLimitOptions {
  /** 1 to 1,000,000. */
  readonly limit: number
  /** 1 ms or more. */
  readonly per: Duration
  /** 1 to 1,000,000. Default `limit`. */
  readonly burst?: number
}

/**
 * How many tasks of a kind run at once, in all routes together: a number for the whole kind, or a limit for each key.
 * `by` gives the key of a task whose enqueue names no `concurrencyKey`; without a key a task is not limited so.
 */
export type ConcurrencyOptions<Input = never> =
  | number
  | {
      /** Tasks of one key at once, 1 to 10,000. Default 1. */
      readonly limit?: number
      /** Called when the task is made, follow-ups included; 1 to 512 characters. It has to be pure and quick. */
      by?(input: Input): string | undefined
    }

/** A task to be made when another one ends. Without `input` it gets the parent's result (onSuccess) or error (onFailure). */
export interface FollowUp extends Omit<EnqueueOptions, 'dependsOn'> {
  readonly kind: string
  readonly input?: unknown
}

/** When a task is on disk: before enqueue resolves, or with the next commit. */
export type Durability = 'commit' | 'lazy'

/** What a task waits for. */
export interface DependsOn {
  readonly tasks: readonly string[]
  /**
   * What becomes of it when one of them ends FAILED or TERMINATED for good: it is TERMINATED `cancelled`, that end
   * counts like any other, or it waits until somebody retries that one and it finishes. Default `cancel`.
   */
  readonly failed?: 'cancel' | 'run' | 'wait'
}

/** One of the tasks that a task depends on, as it is on disk. `state` is undefined when it was removed. */
export interface Dependency {
  readonly id: string
  readonly state: TaskState | undefined
  readonly result?: unknown
  readonly error?: { readonly name: string; readonly message: string; readonly code?: string; readonly stack?: string }
  readonly reason?: Reason
}

/** Options of one task; what is left out comes from its definition. */
export interface EnqueueOptions {
  /** 1 to 128 characters; a fresh, sortable one when left out. */
  readonly id?: string
  /** Not before this time on the wall clock. A time in the past runs at once. */
  readonly runAt?: Instant
  /** Not before this much time has passed (monotonic: a clock step does not fire it). */
  readonly in?: Duration
  /** 0 to 9, higher first. Default 4. */
  readonly priority?: number
  readonly route?: string
  /** A label that verbs can select by. What a task makes is of its group; `null` leaves it. */
  readonly group?: string | null
  /** While a task of this kind with the same key has not ended, enqueue returns that one. */
  readonly key?: string
  /**
   * No more tasks of this kind with the same concurrency key run at once than its definition says, 1 when it says
   * nothing: one upload a camera at a time. 1 to 512 characters.
   */
  readonly concurrencyKey?: string
  /** With `key`: the task of that key that waits becomes this one; one that runs goes on, and another is made. */
  readonly replace?: boolean
  /**
   * With `key`: runs when this much time has passed without another such call (monotonic), and at the latest `max` after
   * the first; the last input wins.
   */
  readonly debounce?: Duration | { readonly wait: Duration; readonly max?: Duration }
  /** With `key`: at most one task in so much time (monotonic). Within it, enqueue returns the last one, ended or not. */
  readonly throttle?: Duration
  /** The ids of tasks that have to end first: FINISHED, or as `failed` says. At most 1,000. */
  readonly dependsOn?: readonly string[] | DependsOn
  /** TERMINATED `expired` when it has not started within this time. */
  readonly expiresIn?: Duration
  readonly onSuccess?: FollowUp | readonly FollowUp[]
  /** Made once, when the task is dead: not at each failed attempt. */
  readonly onFailure?: FollowUp | readonly FollowUp[]
  readonly retry?: RetryOptions
  readonly timeout?: Duration
  readonly heartbeat?: Duration
  /** `at-most-once` never starts twice, whatever the outcome, except by hand. Default `at-least-once`. */
  readonly delivery?: 'at-least-once' | 'at-most-once'
  /**
   * `lazy` is for what may be lost in a cut (readings): enqueue resolves before it is on disk, and it gets there with the
   * next commit of others, or within 5 s. Not together with at-most-once. Default `commit`.
   */
  readonly durability?: Durability
  readonly paused?: boolean
  /** With `id`: 1 to 64 characters. A task with the same id and another fingerprint is another one: ERR_DUPLICATE_ID. */
  readonly fingerprint?: string
}

/** What a follow-up knows of the task it follows. */
export interface Cause {
  readonly id: string
  /** RUNNING: a machine made this task on its way. */
  readonly state: 'RUNNING' | 'FINISHED' | 'FAILED' | 'TERMINATED'
  readonly result?: unknown
  readonly error?: { readonly name: string; readonly message: string; readonly code?: string }
  /** Why a TERMINATED one was stopped. */
  readonly reason?: Reason
  /** Of a kind with `api: false`: the HTTP API does not show this cause. */
  readonly api?: false
}

export interface TaskLog {
  debug(message: string, data?: object): void
  info(message: string, data?: object): void
  warn(message: string, data?: object): void
  error(message: string, data?: object): void
}

/** What a processor sees of the task it runs. */
export interface RunningTask<Input = unknown, Settings = Readonly<Record<string, unknown>>> {
  readonly id: string
  readonly kind: string
  readonly input: Input
  /** 1 for the first run. */
  readonly attempt: number
  readonly group: string | undefined
  readonly cause: Cause | undefined
  /** The settings of the kind as they were when the run began; frozen. */
  readonly settings: Settings
  /** The schedule that made it, and for which moment. */
  readonly schedule: { readonly id: string; readonly at: string } | undefined
  /**
   * Aborted when the run is cancelled, timed out, silent too long, drained, or interrupted by a gate; `signal.reason` is an
   * Error whose `code` says which.
   */
  readonly signal: AbortSignal
  readonly log: TaskLog
  /** Tells that the run is alive; volatile. */
  heartbeat(): void
  /** Sets the progress that a view shows while the task runs; volatile, and a heartbeat too. */
  progress(value: unknown): void
  /** An event for whoever watches; resolves when it is durable. @throws ERR_RUN_OVER after the run */
  emit(event: { readonly type: string; readonly [key: string]: unknown }): Promise<void>
  /**
   * A task that is made in the same commit as this run's success, all or none; resolves with its id.
   * Discarded when the run throws, snoozes or is interrupted. @throws ERR_RUN_OVER after the run
   * It is of this task's group unless it names another one.
   */
  enqueue(kind: string, input?: unknown, options?: EnqueueOptions): Promise<string>
  /** What this task depended on, with results and errors, in the order of `dependsOn`. */
  dependencies(): Promise<readonly Dependency[]>
}

/** Settings of a kind: values that are changed while the runtime runs, and survive it. */
export interface SettingsOptions {
  /** Any Standard Schema; without one, any JSON object will do. */
  readonly schema?: StandardSchemaV1
  /** What holds where nothing was set; it has to fit the schema. Default `{}`. */
  readonly defaults?: object
}

/** What a processor reads as `task.settings`. */
export type SettingsOf<Options> = Options extends { readonly schema: infer Schema extends StandardSchemaV1 }
  ? Readonly<StandardSchemaV1.InferOutput<Schema>>
  : Options extends { readonly defaults: infer Defaults }
    ? Readonly<Defaults>
    : Readonly<Record<string, unknown>>

export interface CommonDefinition<
  Kind extends string,
  Input = never,
  Settings extends SettingsOptions = SettingsOptions,
> {
  readonly kind: Kind
  /** Names that the kind had before: their tasks, keys and settings go on under this one. */
  readonly aliases?: readonly string[]
  readonly concurrency?: ConcurrencyOptions<Input>
  /** How fast tasks of the kind start, in all routes together. */
  readonly rateLimit?: RateLimitOptions
  readonly settings?: Settings
  /** False: for the HTTP API the kind and its tasks are not there. Not for remote kinds. Default true. */
  readonly api?: boolean
  readonly route?: string
  readonly retry?: RetryOptions
  /** Longest time of one attempt. */
  readonly timeout?: Duration
  /** Longest silence of a running task before it is AWOL. */
  readonly heartbeat?: Duration
  readonly delivery?: 'at-least-once' | 'at-most-once'
  /** See EnqueueOptions. */
  readonly durability?: Durability
  readonly priority?: number
  /** Names of gates: while one of them is closed no task of the kind starts; others of its route do. Default none. */
  readonly gates?: readonly string[]
  /** What becomes of a running function when a gate of its kind or route closes. Default: as its route says. */
  readonly onGateClose?: OnGateClose
  /** The version of the processor; what a machine of another one has stored needs `versions` or `migrate`. Default 1. */
  readonly version?: number
}

type MaybePromise<T> = T | Promise<T>

/** A task played by a function. */
export interface FunctionDefinition<
  Kind extends string,
  Schema extends StandardSchemaV1,
  Result,
  Settings extends SettingsOptions = SettingsOptions,
> extends CommonDefinition<Kind, StandardSchemaV1.InferInput<Schema>, Settings> {
  /** Any Standard Schema: zod, valibot, arktype. Checked at enqueue and again at the run. */
  readonly input?: Schema
  run(task: RunningTask<StandardSchemaV1.InferOutput<Schema>, SettingsOf<Settings>>): MaybePromise<Result | Snooze>
  /** Called instead of `run` after an interrupted attempt. */
  recover?(task: RunningTask<StandardSchemaV1.InferOutput<Schema>, SettingsOf<Settings>>): MaybePromise<Result | Snooze>
}

/** A task played by a function in a thread or process of its own. */
export interface ModuleDefinition<Kind extends string> extends CommonDefinition<Kind> {
  /**
   * A file: URL or an absolute path. Its default export, or its export `run`, is called with the {@link RunningTask};
   * its export `recover`, if there is one, instead of it after an interrupted attempt. Input, result and all that the
   * task is asked for are JSON.
   */
  readonly module: URL | string
  /** Default: `multitask.isolate` of the runtime. */
  readonly isolate?: Isolate
}

/** A task for a worker in another process or on another host: it stays QUEUED until one leases it. */
export interface RemoteDefinition<Kind extends string, Schema extends StandardSchemaV1> extends CommonDefinition<Kind> {
  readonly input?: Schema
  readonly remote: true
}

/** What defineTask gives: a definition that knows the types of its input and result. */
export interface Definition<Kind extends string = string, Input = unknown, Result = unknown> {
  readonly kind: Kind
  readonly options: CommonDefinition<Kind>
  readonly schema: StandardSchemaV1 | undefined
  readonly machine: AnyStateMachine | MachineMaker<AnyStateMachine> | undefined
  readonly versions?: readonly MachineVersion[]
  readonly module: URL | string | undefined
  readonly run: ((task: RunningTask<never>) => unknown) | undefined
  readonly recover: ((task: RunningTask<never>) => unknown) | undefined
  readonly remote?: true
  /** Types only; never set. */
  readonly $types?: { readonly input: Input; readonly result: Result }
}

/**
 * Defines a kind of task with a function, a module, or an XState v5 machine as its processor, or for workers elsewhere.
 * @example defineTask<'resize', { file: string }, { width: number }>({ kind: 'resize', module: new URL('./resize.js', import.meta.url) })
 */
export function defineTask<const Kind extends string, Schema extends StandardSchemaV1 = StandardSchemaV1>(
  definition: RemoteDefinition<Kind, Schema>,
): Definition<Kind, StandardSchemaV1.InferInput<Schema>, unknown>
export function defineTask<
  const Kind extends string,
  Schema extends StandardSchemaV1,
  Result,
  Settings extends SettingsOptions = SettingsOptions,
>(
  definition: FunctionDefinition<Kind, Schema, Result, Settings> & { readonly input: Schema },
): Definition<Kind, StandardSchemaV1.InferInput<Schema>, Exclude<Awaited<Result>, Snooze>>
export function defineTask<
  const Kind extends string,
  Machine extends AnyStateMachine,
  Settings extends SettingsOptions = SettingsOptions,
>(definition: MachineDefinition<Kind, Machine, Settings>): Definition<Kind, InputFrom<Machine>, OutputFrom<Machine>>
export function defineTask<const Kind extends string, Machine extends AnyStateMachine>(
  definition: VersionsDefinition<Kind, Machine>,
): Definition<Kind, InputFrom<Machine>, OutputFrom<Machine>>
export function defineTask<
  const Kind extends string,
  Result,
  Input = unknown,
  Settings extends SettingsOptions = SettingsOptions,
>(
  definition: CommonDefinition<Kind, Input, Settings> & {
    readonly input?: never
    run(task: RunningTask<Input, SettingsOf<Settings>>): MaybePromise<Result | Snooze>
    recover?(task: RunningTask<Input, SettingsOf<Settings>>): MaybePromise<Result | Snooze>
  },
): Definition<Kind, Input, Exclude<Awaited<Result>, Snooze>>
export function defineTask<const Kind extends string, Schema extends StandardSchemaV1, Result = unknown>(
  definition: ModuleDefinition<Kind> & { readonly input: Schema },
): Definition<Kind, StandardSchemaV1.InferInput<Schema>, Result>
export function defineTask<const Kind extends string, Input = unknown, Result = unknown>(
  definition: ModuleDefinition<Kind> & { readonly input?: never },
): Definition<Kind, Input, Result>
export function defineTask(definition: object): Definition {
  if (typeof definition !== 'object' || definition === null) {
    const expected = 'defineTask: expected { kind, run }, { kind, module } or { kind, machine }'
    throw new HoldfastError('ERR_INVALID_DEFINITION', expected)
  }
  const { input, machine, versions, module, run, recover, remote, ...options } = definition as Partial<
    FunctionDefinition<string, never, unknown>
  > &
    Partial<ModuleDefinition<string>> &
    Partial<MachineDefinition<string, AnyStateMachine>> &
    Partial<Pick<VersionsDefinition<string, AnyStateMachine>, 'versions'>> &
    Partial<RemoteDefinition<string, never>>
  const { kind = '' } = options
  const defined = { kind, options: { ...options, kind }, schema: input, machine, module, run, recover }
  return { ...defined, ...(versions === undefined ? {} : { versions }), ...(remote === undefined ? {} : { remote }) }
}

export type AnyDefinition = Definition<string, never, unknown> | Definition
/** The kinds of a list of definitions. */
export type KindOf<Tasks extends readonly AnyDefinition[]> = Tasks[number]['kind']
export type InputOf<Tasks extends readonly AnyDefinition[], Kind> =
  Extract<Tasks[number], { readonly kind: Kind }> extends Definition<string, infer Input, unknown> ? Input : unknown
export type ResultOf<Tasks extends readonly AnyDefinition[], Kind> =
  Extract<Tasks[number], { readonly kind: Kind }> extends Definition<string, infer _, infer Result> ? Result : unknown
