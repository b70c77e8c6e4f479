import type { Reason, RetryPolicy, TaskState } from '../../machines/index.js'
import type { StoredMachine } from '../kernel/stage.js'
import { isoTime } from '../model/duration.js'
import type { TaskExtras, TaskRecord } from '../model/record.js'
import type { Cause } from './cause.js'
import type { Kinds } from './kinds.js'

/** A task as clients see it; times are ISO 8601. */
export interface TaskView {
  readonly id: string
  readonly kind: string
  readonly state: TaskState
  readonly route: string
  readonly priority: number
  readonly input: unknown
  readonly attempt: number
  readonly attempts: number
  readonly result?: unknown
  readonly error?: { readonly name: string; readonly message: string; readonly code?: string; readonly stack?: string }
  readonly reason?: Reason
  readonly retryAt?: string
  readonly runAt: string
  readonly paused: boolean
  /** How many of the tasks it depends on are still awaited; not there when none is. */
  readonly pending?: number
  /** What it depends on, in the order asked; get() shows it, find() does not. */
  readonly dependsOn?: readonly string[]
  readonly group?: string
  readonly key?: string
  readonly concurrencyKey?: string
  readonly cause?: Cause
  /** The schedule that made it, and for which moment. */
  readonly schedule?: string
  readonly scheduledAt?: string
  /** The device that made it, the event that it made it by, and when that was. */
  readonly device?: string
  readonly deviceEvent?: string
  readonly deviceAt?: string
  readonly progress?: unknown
  readonly history: readonly { readonly state: TaskState; readonly at: string }[]
  readonly createdAt: string
  readonly endedAt?: string
  /** A machine task: the version of its machine, its value and context, and its timers with their due times. */
  readonly machine?: {
    readonly version: number
    readonly value: unknown
    readonly context: unknown
    readonly timers: readonly { id: string; due: string }[]
  }
}

/** What a view shows beside the record. */
export interface Seen {
  readonly kinds: Kinds
  readonly clock: { wall(): number; steady(): number }
  readonly progress: (id: string) => unknown
}

/** A record as clients see it. */
export function viewOf(
  { state, context: c, extras, machine }: TaskRecord,
  input: string | undefined,
  { kinds, clock, progress: progressOf }: Seen,
): TaskView {
  const kind = kinds.find(c.kind)
  const retry = (extras.retry as RetryPolicy | undefined) ?? kind?.retry
  const progress = state === 'RUNNING' ? progressOf(c.id) : undefined
  return {
    id: c.id,
    kind: kinds.nameOf(c.kind),
    state,
    route: c.route,
    priority: c.priority,
    input: input === undefined ? undefined : JSON.parse(input),
    attempt: c.attempt,
    attempts: retry?.attempts ?? 1,
    ...(c.result === undefined ? {} : { result: c.result }),
    ...(c.error ? { error: c.error } : {}),
    ...(c.reason ? { reason: c.reason } : {}),
    ...(c.retryAt === null ? {} : { retryAt: isoTime(c.retryAt) }),
    runAt: isoTime(c.runAt),
    paused: c.paused,
    ...(c.pending > 0 ? { pending: c.pending } : {}),
    ...(extras.group === undefined ? {} : { group: extras.group }),
    ...(extras.key === undefined ? {} : { key: extras.key }),
    ...(extras.concurrencyKey === undefined ? {} : { concurrencyKey: extras.concurrencyKey }),
    ...(extras.cause ? { cause: extras.cause as Cause } : {}),
    ...(extras.device ? deviceOf(extras.device) : {}),
    ...(extras.schedule ? { schedule: extras.schedule.id, scheduledAt: isoTime(extras.schedule.at) } : {}),
    ...(progress === undefined ? {} : { progress }),
    history: c.history.map(({ state: entered, at }) => ({ state: entered, at: isoTime(at) })),
    createdAt: isoTime(c.createdAt),
    ...(c.endedAt === null ? {} : { endedAt: isoTime(c.endedAt) }),
    ...(machine === undefined ? {} : { machine: machineOf(machine, c.version, clock) }),
  }
}

function machineOf(text: string, version: number, clock: Seen['clock']): NonNullable<TaskView['machine']> {
  const { snapshot, timers } = JSON.parse(text) as StoredMachine & { snapshot: { value: unknown; context: unknown } }
  const ahead = clock.wall() - clock.steady()
  return {
    version,
    value: snapshot.value,
    context: snapshot.context,
    timers: timers.map(({ id, due }) => ({ id, due: isoTime(due + ahead) })),
  }
}

function deviceOf({ id, event, at }: NonNullable<TaskExtras['device']>) {
  return { device: id, deviceEvent: event, deviceAt: isoTime(at) }
}
