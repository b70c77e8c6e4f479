/** The statecharts of holdfast: what happens. What it does is in src. */
export { HISTORY_FIRST, HISTORY_LATEST, simpleEdge } from './edges.js'
export {
  FLAPS,
  type GateContext,
  type GateEvent,
  type GatePolicy,
  gateMachine,
} from './gate.js'
export { type ManifestContext, type ManifestEvent, manifestMachine } from './manifest.js'
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
export { type WorkerContext, type WorkerEvent, workerMachine } from './worker.js'
