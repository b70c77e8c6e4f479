/** holdfast: every task is an XState actor that survives the power cut. */
import { SystemClock } from './kernel/system-clock.js'
import type { AnyDefinition } from './runtime/define.js'
import type { RuntimeOptions } from './runtime/options.js'
import { Runtime } from './runtime/runtime.js'
import { diskStore } from './store/disk.js'

/**
 * A runtime on the directory `options.path`; nothing happens before start().
 * @throws ERR_INVALID_OPTION, ERR_INVALID_DEFINITION, ERR_INVALID_MACHINE, ERR_DUPLICATE_KIND, ERR_INVALID_DURATION
 * @example
 * const runtime = createRuntime({ path: '/var/lib/portal', tasks: [upload] })
 * await runtime.start()
 */
export function createRuntime<const Tasks extends readonly AnyDefinition[]>(
  options: RuntimeOptions<Tasks>,
): Runtime<Tasks> {
  // A path that is none is refused by the runtime, with all other options.
  const path = typeof options?.path === 'string' ? options.path : ''
  return new Runtime(options, { store: diskStore(path), clock: new SystemClock() })
}

export type { HistoryEntry, Reason, TaskState } from '../machines/index.js'
export type { Duration, Instant } from './model/duration.js'
export { CODES, type ErrorCode, HoldfastError, type Issue, type StoredError } from './model/errors.js'
export type { RateView } from './runtime/bucket.js'
export type {
  AnyDefinition,
  Cause,
  ConcurrencyOptions,
  Definition,
  EnqueueOptions,
  FollowUp,
  InputOf,
  KindOf,
  RateLimitOptions,
  ResultOf,
  RetryOptions,
  RunningTask,
  SettingsOf,
  SettingsOptions,
  TaskLog,
} from './runtime/define.js'
export { defineTask } from './runtime/define.js'
export type { EmittedEvent, EventQuery } from './runtime/events.js'
export { type ClockSyncedOptions, clockSynced } from './runtime/gates/clock-synced.js'
export { any, every } from './runtime/gates/combined.js'
export type { GateDefinition, GateOptions } from './runtime/gates/condition.js'
export { type DiskFreeOptions, diskFree } from './runtime/gates/disk-free.js'
export { type FileOptions, file } from './runtime/gates/file.js'
export type { GateView } from './runtime/gates/gates.js'
export { gate, type LogicOptions } from './runtime/gates/logic.js'
export { type OnlineOptions, online } from './runtime/gates/online.js'
export type { TaskHandle } from './runtime/handle.js'
export type { KindView } from './runtime/kind-control.js'
export type { Limits, OnGateClose, RateLimit, RouteOptions, RuntimeOptions } from './runtime/options.js'
export { RetryAfter, type Snooze, snooze, TerminalError } from './runtime/outcome.js'
export type { RouteView } from './runtime/route-control.js'
export type { NewTask, Runtime } from './runtime/runtime.js'
export type { Quarantined } from './runtime/shelf.js'
export type { MachineRef, TaskActor, TaskCommand } from './runtime/shows.js'
export type { Reschedule, Selection } from './runtime/verbs.js'
export type { FindQuery, TaskQuery, TaskView } from './runtime/views.js'
export { TaskFailed, TaskTerminated } from './runtime/waiters.js'
