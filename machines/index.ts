/** The statecharts of holdfast: what happens. What it does is in src. */
export { type ButtonContext, type ButtonEvent, type ButtonOptions, buttonMachine } from './button.js'
export { type ContactContext, type ContactEvent, type ContactOptions, contactMachine } from './contact.js'
export {
  type Commanded,
  type DeviceContext,
  type DeviceError,
  type DeviceEvent,
  type DeviceInput,
  type Found,
  type LineEvent,
  type Moment,
  type News,
  SEEKING,
} from './device.js'
export {
  type DimmerCommand,
  type DimmerContext,
  type DimmerEvent,
  type DimmerMemory,
  type DimmerOptions,
  dimmerMachine,
} from './dimmer.js'
export { type Interruption, simpleEdge } from './edges.js'
export {
  FLAPS,
  type GateContext,
  type GateEvent,
  type GatePolicy,
  gateMachine,
} from './gate.js'
export { begun, HISTORY_FIRST, HISTORY_LATEST } from './history.js'
export { type InputContext, type InputEvent, type InputOptions, inputMachine } from './input.js'
export {
  type InterlockCommand,
  type InterlockContext,
  type InterlockEvent,
  type InterlockMemory,
  type InterlockOptions,
  interlockMachine,
} from './interlock.js'
export type { HoldMemory, HoldOptions, LevelMemory } from './level.js'
export { type ManifestContext, type ManifestEvent, manifestMachine } from './manifest.js'
export { type MotionContext, type MotionEvent, type MotionMemory, type MotionOptions, motionMachine } from './motion.js'
export {
  type OutputCommand,
  type OutputContext,
  type OutputEvent,
  type OutputMemory,
  type OutputOptions,
  outputMachine,
} from './output.js'
export { type Overlap, planOf, type SkipReason, type TickPlan } from './plan.js'
export {
  DEFAULT_INTENSITY,
  DEFAULT_RETRY,
  type Intensity,
  type RetryPolicy,
  retryDelayMs,
  tooIntense,
} from './policy.js'
export { atMostEmpty, nextTokenAt, type Rate, rateOf, spent, tokens } from './rate.js'
export { type RouterEvent, routerMachine } from './router.js'
export {
  type Jump,
  type ScheduleContext,
  type ScheduleEntry,
  type ScheduleEvent,
  type ScheduleRules,
  scheduleMachine,
} from './schedule.js'
export {
  type SensorContext,
  type SensorEvent,
  type SensorMemory,
  type SensorOptions,
  sensorMachine,
} from './sensor.js'
export {
  type ChildSpec,
  type SupervisorContext,
  type SupervisorEvent,
  type SupervisorInput,
  supervisorMachine,
} from './supervisor.js'
export {
  type Due,
  type HistoryEntry,
  type Now,
  type Reason,
  type TaskContext,
  type TaskError,
  type TaskEvent,
  type TaskState,
  taskMachine,
} from './task.js'
export {
  type MissedPolicy,
  MOST_COUNTED,
  NO_TICKS,
  ON_TIME_MS,
  type Spans,
  spread,
  type Ticks,
  type Times,
  tickId,
  ticksDue,
  untouched,
} from './ticks.js'
export { startable, type WorkerContext, type WorkerEvent, workerMachine } from './worker.js'
export type { Threshold, Zone } from './zone.js'
