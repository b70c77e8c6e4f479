import type { StandardSchemaV1 } from '@standard-schema/spec'
import type { AnyStateMachine, InputFrom, OutputFrom } from 'xstate'
import type { Duration } from '../model/duration.js'
import { HoldfastError } from '../model/errors.js'
import type { ConcurrencyOptions, Durability, RateLimitOptions, RetryOptions } from './enqueue-options.js'
import type { Isolate } from './isolation.js'
import type { MachineDefinition, MachineMaker } from './machine-maker.js'
import type { OnGateClose } from './options.js'
import type { Snooze } from './outcome.js'
import type { RunningTask } from './running-task.js'
import type { MachineVersion, VersionsDefinition } from './versions.js'

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
