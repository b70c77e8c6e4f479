/** holdfast: every task is an XState actor that survives the power cut. */
import { join } from 'node:path'
import type { Invitation } from './api/guests.js'
import { type ApiOptions, apiSettings } from './api/options.js'
import { checkDeviceGates, type DeviceOptions, pluggedDevices } from './devices/plug.js'
import { deviceTasks } from './devices/tasks.js'
import { SystemClock } from './kernel/system-clock.js'
import { HoldfastError } from './model/errors.js'
import { type BackupOptions, type BackupReport, type BackupTarget, backupClosed } from './runtime/backups.js'
import type { AnyDefinition } from './runtime/define.js'
import type { Devices } from './runtime/devices.js'
import { checkStore, type MachineCheck } from './runtime/machine-check.js'
import { logOf, type RuntimeOptions as Options } from './runtime/options.js'
import type { Part } from './runtime/part.js'
import { type RepairOptions, type RepairReport, repairWith } from './runtime/repair.js'
import { Runtime } from './runtime/runtime.js'
import { diskStore } from './store/disk.js'
import { exists } from './store/durable.js'

/** Options of a runtime. */
export interface RuntimeOptions<Tasks extends readonly AnyDefinition[] = readonly AnyDefinition[]>
  extends Options<Tasks>,
    DeviceOptions {
  /** Speaks HTTP over a unix socket, and over TCP when asked for. Default: it does not. */
  readonly api?: ApiOptions | false
}

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
  const { api, devices, gpio, ...own } = options ?? {}
  const clock = new SystemClock()
  const hardware = devices || gpio ? pluggedDevices({ devices, gpio }, own.gates) : undefined
  if (!hardware) checkDeviceGates(own.gates, new Map())
  // The last to come is the first to go: nobody is let in before the devices are there.
  const plugged = [...(hardware ? [hardware] : []), ...(api ? [apiPart(api, clock, options)] : [])]
  const given = typeof options === 'object' && options !== null ? withDevices(own as Options<Tasks>, hardware) : options
  return new Runtime(given, { store: diskStore(path), clock, plugged, ...(hardware ? { devices: hardware } : {}) })
}

/** Devices bring kinds of their own: `device.read`, `device.write`, `device.pulse`. */
function withDevices<Tasks extends readonly AnyDefinition[]>(
  options: Options<Tasks>,
  hardware: Devices | undefined,
): Options<Tasks> {
  if (!hardware || !Array.isArray(options.tasks)) return options
  return { ...options, tasks: [...options.tasks, ...deviceTasks(hardware)] as never }
}

/**
 * What would become of the tasks in a store with these definitions, before a daemon starts with them; nothing of them
 * is changed. No daemon may have the store open: stop it, or look at a store restored from a backup.
 * @throws ERR_NOT_FOUND, ERR_STORE_LOCKED, ERR_STORE_CORRUPT, ERR_STORE_IO, and what createRuntime throws
 * @example const { versions } = await checkMachines({ path: '/var/lib/portal', tasks: [upload] })
 */
export async function checkMachines(
  options: Pick<Options, 'path' | 'tasks' | 'limits' | 'retry'> & { readonly signal?: AbortSignal },
): Promise<MachineCheck> {
  const { path, tasks, limits, retry, signal } = options
  if (!(await exists(join(path, 'db')))) throw new HoldfastError('ERR_NOT_FOUND', `there is no store in ${path}`)
  const store = diskStore(path)
  await store.open()
  try {
    const asked = { tasks, ...(limits ? { limits } : {}), ...(retry ? { retry } : {}) }
    return await checkStore(store, asked, signal)
  } finally {
    await store.close()
  }
}

/** What inspectors are told by is loaded when the first of them comes. */
const inspector: Invitation = async (host) => new (await import('./inspect/door.js')).Door(host)

/** What the API is made of is loaded by those that want it. */
function apiPart(options: ApiOptions, clock: SystemClock, { log, path }: Pick<Options, 'log' | 'path'>): Part {
  const settings = apiSettings(options)
  let part: Part | undefined
  return {
    name: 'api',
    async start(runtime, desk) {
      const { ApiPart } = await import('./api/part.js')
      part = new ApiPart(settings, { clock, log: logOf(log), path, inspector })
      await part.start(runtime, desk)
    },
    async stop() {
      await part?.stop()
    },
  }
}

/**
 * A backup of a store that no daemon has open; one that is open is backed up by its runtime.
 * @throws ERR_NOT_FOUND, ERR_EXISTS, ERR_STORE_LOCKED, ERR_STORE_CORRUPT, ERR_STORE_IO, ERR_INVALID_OPTION
 * @example await backup({ path: '/var/lib/portal', to: { file: '/mnt/usb/portal.tar' } })
 */
export async function backup(
  options: { readonly path: string; readonly to: BackupTarget } & BackupOptions,
): Promise<BackupReport> {
  const { path, to, ...rest } = options
  return backupClosed(diskStore(path), new SystemClock(), to, rest)
}

/**
 * Repairs a store while no daemon has it open: every checksum is checked, damaged blocks are taken out, and what is left is
 * made to fit together; what cannot be a task any more is set aside. The store as it was is kept beside it, the newest two.
 * One in which nothing is wrong is not changed by a byte.
 * @throws ERR_NOT_FOUND, ERR_STORE_LOCKED, ERR_STORE_CORRUPT, ERR_STORE_IO, ERR_FORMAT_NEWER, ERR_INVALID_OPTION
 * @example const { damage, lost, quarantined } = await repair({ path: '/var/lib/portal' })
 */
export async function repair(options: RepairOptions): Promise<RepairReport> {
  return repairWith(new SystemClock(), options)
}

export type { HistoryEntry, Reason, TaskState } from '../machines/index.js'
export type { ApiLimits, ApiOptions, TcpOptions } from './api/options.js'
export type { Bias, Drive } from './devices/backend.js'
export type { Bound, DeviceFollowUp, DeviceTask } from './devices/definitions/bound.js'
export { type ButtonOptions, button } from './devices/definitions/button.js'
export { type ContactOptions, contact } from './devices/definitions/contact.js'
export { type InputOptions, input } from './devices/definitions/input.js'
export { type InterlockOptions, interlock } from './devices/definitions/interlock.js'
export { type MotionOptions, motion } from './devices/definitions/motion.js'
export { type PwmOptions, pwm } from './devices/definitions/pwm.js'
export type { SensorOptions, Threshold } from './devices/definitions/sensor.js'
export {
  cpuTemperature,
  type DhtOptions,
  type Ds18b20Options,
  dht,
  ds18b20,
  type SysfsOptions,
  sysfs,
  throttling,
  underVoltage,
} from './devices/definitions/sensors.js'
export { led, relay, type SwitchOptions } from './devices/definitions/switch.js'
export type { DeviceDefinition, DeviceDefinitions } from './devices/definitions.js'
export type { GpioOptions } from './devices/gpio.js'
export type { StoredChild, StoredSnapshot } from './kernel/refit.js'
export type { Duration, Instant } from './model/duration.js'
export { CODES, type ErrorCode, HoldfastError, type Issue, type StoredError } from './model/errors.js'
export type { ScheduleTimes } from './model/recurrence.js'
export type { Size } from './model/size.js'
export { TaskFailed, TaskTerminated } from './model/task-errors.js'
export type { BackupOptions, BackupReport, BackupTarget } from './runtime/backups.js'
export type { RateView } from './runtime/bucket.js'
export type { Cause } from './runtime/cause.js'
export type {
  AnyDefinition,
  Definition,
  InputOf,
  KindOf,
  ModuleDefinition,
  ResultOf,
  SettingsOf,
  SettingsOptions,
} from './runtime/define.js'
export { defineTask } from './runtime/define.js'
export type { Dependency } from './runtime/dependencies.js'
export type { DependsOn } from './runtime/depends-on.js'
export type { DeviceCommand, DeviceNews, DeviceView } from './runtime/devices.js'
export type {
  ConcurrencyOptions,
  Durability,
  EnqueueOptions,
  FollowUp,
  RateLimitOptions,
  RetryOptions,
} from './runtime/enqueue-options.js'
export type { EmittedEvent, EventQuery } from './runtime/events.js'
export { type ClockSyncedOptions, clockSynced } from './runtime/gates/clock-synced.js'
export { any, every } from './runtime/gates/combined.js'
export type { GateDefinition, GateOptions } from './runtime/gates/condition.js'
export { type DeviceGateOptions, device } from './runtime/gates/device.js'
export { type DiskFreeOptions, diskFree } from './runtime/gates/disk-free.js'
export { type FileOptions, file } from './runtime/gates/file.js'
export type { GateView } from './runtime/gates/gates.js'
export { gate, type LogicOptions } from './runtime/gates/logic.js'
export { type OnlineOptions, online } from './runtime/gates/online.js'
export type { TaskHandle } from './runtime/handle.js'
export type { Isolate, IsolatePlace, MultitaskOptions } from './runtime/isolation.js'
export type { KindView } from './runtime/kind-control.js'
export type { LeasedTask, LeaseFailure, LeaseRequest } from './runtime/lease-request.js'
export type { Load } from './runtime/load.js'
export type { TaskLog } from './runtime/log.js'
export type { CheckedVersion, MachineCheck } from './runtime/machine-check.js'
export type { MachineGiven, MachineMaker } from './runtime/machine-maker.js'
export type { NamedPart, StateView, TransitionView } from './runtime/machine-view.js'
export type { Moved, Observer, Ticked } from './runtime/observers.js'
export type { Limits, OnGateClose, RateLimit, RouteOptions } from './runtime/options.js'
export { RetryAfter, type Snooze, snooze, TerminalError } from './runtime/outcome.js'
export type { Quarantined } from './runtime/quarantine.js'
export type { FindQuery, TaskQuery } from './runtime/query.js'
export type { RepairOptions, RepairReport } from './runtime/repair.js'
export { type RestoreOptions, type RestoreReport, restore } from './runtime/restore.js'
export type { Keep, RetentionOptions } from './runtime/retention.js'
export type { RouteView } from './runtime/route-control.js'
export type { RunningTask } from './runtime/running-task.js'
export type { NewTask, Runtime } from './runtime/runtime.js'
export type { MachineDefinitionView, MachineView } from './runtime/runtime-machines.js'
export type { MissedName, ScheduleDefinition, ScheduledTask } from './runtime/schedule.js'
export type { ScheduleEvent, ScheduleView } from './runtime/schedule-view.js'
export type { ScheduleList } from './runtime/schedules.js'
export type { MachineRef, TaskActor, TaskCommand } from './runtime/shows.js'
export type { TaskView } from './runtime/task-view.js'
export type { Scope, TokenView } from './runtime/tokens.js'
export type { Reschedule, Selection, SendOptions } from './runtime/verbs.js'
export type { MachineVersion, Migration, Migrations } from './runtime/versions.js'
export type { WearBudget, WearReport } from './runtime/wear.js'
export type { WorkerView } from './runtime/workers.js'
export { type OnProgress, type StoreReport, verify } from './store/verify.js'
