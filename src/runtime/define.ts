import type { StandardSchemaV1 } from '@standard-schema/spec'
import type { AnyStateMachine, InputFrom, OutputFrom } from 'xstate'
import type { Reason } from '../../machines/index.js'
import type { Duration, Instant } from '../model/duration.js'
import { HoldfastError } from '../model/errors.js'
import type { Snooze } from './outcome.js'

/** How failed attempts are repeated. Defaults: 1 attempt; then 1 s, exponential, at most 1 h, jitter 0.2. */
export interface RetryOptions {
  readonly attempts?: number
  readonly delay?: Duration
  readonly backoff?: 'exponential' | 'linear' | 'constant'
  readonly maxDelay?: Duration
  /** 0 to 1: the delay is spread over ± this part of itself. */
  readonly jitter?: number
}

/** A task to be made when another one ends. Without `input` it gets the parent's result (onSuccess) or error (onFailure). */
export interface FollowUp extends EnqueueOptions {
  readonly kind: string
  readonly input?: unknown
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
  /** A label that verbs can select by. */
  readonly group?: string
  /** While a task of this kind with the same key has not ended, enqueue returns that one. */
  readonly key?: string
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
  readonly paused?: boolean
  /** With `id`: 1 to 64 characters. A task with the same id and another fingerprint is another one: ERR_DUPLICATE_ID. */
  readonly fingerprint?: string
}

/** What a follow-up knows of the task it follows. */
export interface Cause {
  readonly id: string
  readonly state: 'FINISHED' | 'FAILED' | 'TERMINATED'
  readonly result?: unknown
  readonly error?: { readonly name: string; readonly message: string; readonly code?: string }
  /** Why a TERMINATED one was stopped. */
  readonly reason?: Reason
}

export interface TaskLog {
  debug(message: string, data?: object): void
  info(message: string, data?: object): void
  warn(message: string, data?: object): void
  error(message: string, data?: object): void
}

/** What a processor sees of the task it runs. */
export interface RunningTask<Input = unknown> {
  readonly id: string
  readonly kind: string
  readonly input: Input
  /** 1 for the first run. */
  readonly attempt: number
  readonly group: string | undefined
  readonly cause: Cause | undefined
  /** Aborted when the run is cancelled, timed out, silent too long or drained; `signal.reason` is an Error that says which. */
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
   */
  enqueue(kind: string, input?: unknown, options?: EnqueueOptions): Promise<string>
}

interface CommonDefinition<Kind extends string> {
  readonly kind: Kind
  readonly route?: string
  readonly retry?: RetryOptions
  /** Longest time of one attempt. */
  readonly timeout?: Duration
  /** Longest silence of a running task before it is AWOL. */
  readonly heartbeat?: Duration
  readonly delivery?: 'at-least-once' | 'at-most-once'
  readonly priority?: number
  /** The version of the processor; a machine's stored records of another version are quarantined. Default 1. */
  readonly version?: number
}

type MaybePromise<T> = T | Promise<T>

/** A task played by a function. */
export interface FunctionDefinition<Kind extends string, Schema extends StandardSchemaV1, Result>
  extends CommonDefinition<Kind> {
  /** Any Standard Schema: zod, valibot, arktype. Checked at enqueue and again at the run. */
  readonly input?: Schema
  run(task: RunningTask<StandardSchemaV1.InferOutput<Schema>>): MaybePromise<Result | Snooze>
  /** Called instead of `run` after an interrupted attempt. */
  recover?(task: RunningTask<StandardSchemaV1.InferOutput<Schema>>): MaybePromise<Result | Snooze>
}

/** A task played by a machine: it starts when the task enters RUNNING, its output is the result. */
export interface MachineDefinition<Kind extends string, Machine extends AnyStateMachine>
  extends CommonDefinition<Kind> {
  readonly input?: StandardSchemaV1
  readonly machine: Machine
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
  readonly machine: AnyStateMachine | undefined
  readonly run: ((task: RunningTask<never>) => unknown) | undefined
  readonly recover: ((task: RunningTask<never>) => unknown) | undefined
  readonly remote?: true
  /** Types only; never set. */
  readonly $types?: { readonly input: Input; readonly result: Result }
}

/** Defines a kind of task with a function or an XState v5 machine as its processor, or one for remote workers. */
export function defineTask<const Kind extends string, Schema extends StandardSchemaV1 = StandardSchemaV1>(
  definition: RemoteDefinition<Kind, Schema>,
): Definition<Kind, StandardSchemaV1.InferInput<Schema>, unknown>
export function defineTask<const Kind extends string, Schema extends StandardSchemaV1, Result>(
  definition: FunctionDefinition<Kind, Schema, Result> & { readonly input: Schema },
): Definition<Kind, StandardSchemaV1.InferInput<Schema>, Exclude<Awaited<Result>, Snooze>>
export function defineTask<const Kind extends string, Machine extends AnyStateMachine>(
  definition: MachineDefinition<Kind, Machine>,
): Definition<Kind, InputFrom<Machine>, OutputFrom<Machine>>
export function defineTask<const Kind extends string, Result, Input = unknown>(
  definition: CommonDefinition<Kind> & {
    readonly input?: never
    run(task: RunningTask<Input>): MaybePromise<Result | Snooze>
    recover?(task: RunningTask<Input>): MaybePromise<Result | Snooze>
  },
): Definition<Kind, Input, Exclude<Awaited<Result>, Snooze>>
export function defineTask(definition: object): Definition {
  if (typeof definition !== 'object' || definition === null) {
    throw new HoldfastError('ERR_INVALID_DEFINITION', 'defineTask: expected { kind, run } or { kind, machine }')
  }
  const { input, machine, run, recover, remote, ...options } = definition as Partial<
    FunctionDefinition<string, never, unknown>
  > &
    Partial<MachineDefinition<string, AnyStateMachine>> &
    Partial<RemoteDefinition<string, never>>
  const { kind = '' } = options
  return {
    kind,
    options: { ...options, kind },
    schema: input,
    machine,
    run,
    recover,
    ...(remote === undefined ? {} : { remote }),
  }
}

export type AnyDefinition = Definition<string, never, unknown> | Definition
/** The kinds of a list of definitions. */
export type KindOf<Tasks extends readonly AnyDefinition[]> = Tasks[number]['kind']
export type InputOf<Tasks extends readonly AnyDefinition[], Kind> =
  Extract<Tasks[number], { readonly kind: Kind }> extends Definition<string, infer Input, unknown> ? Input : unknown
export type ResultOf<Tasks extends readonly AnyDefinition[], Kind> =
  Extract<Tasks[number], { readonly kind: Kind }> extends Definition<string, infer _, infer Result> ? Result : unknown
