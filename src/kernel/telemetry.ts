/**
 * Telemetry points: node:diagnostics_channel, so nothing is paid while nobody listens. They are what observability,
 * waiting in tests, and crash points stand on; the table is docs/reference/telemetry.md's source.
 */
import { type Channel, channel } from 'node:diagnostics_channel'

export const POINTS = {
  'store.open': 'the store was opened: { created, repaired? }',
  'store.degraded': 'a commit failed, no work is taken: { error }',
  'store.recovered': 'the store is back and was read: { afterMs }',
  'commit.begin': 'a batch is about to be written: { ops, steps }',
  'commit.end': 'the batch is on disk, its effects have not run: { ops, steps }',
  'commit.failed': 'the batch was refused: { error }',
  'effect.failed': 'an effect threw after its commit: { error }',
  'task.step': 'a task made a transition, not yet committed: { id, kind, event, from, to }',
  'task.committed': 'the step of a task is on disk, its effects run next: { id, kind, from, to }',
  'run.start': 'a processor is about to be called: { id, kind, attempt }',
  'run.end': 'a processor settled: { id, kind, outcome }',
  'run.late': 'a run settled after its task was stopped; the outcome is ignored: { id, kind }',
  'isolation.started': 'a thread or process for processors was started: { in, id, memoryMb }',
  'isolation.ended': 'a thread or process for processors is gone: { in, id, code, signal }',
  'machine.step': "a user's machine moved, not yet committed: { id, event }",
  'machine.effect': "a held effect of a user's machine is about to run: { id, effect }",
  'task.activated': 'a dormant task was read back: { id }',
  'task.passivated': 'a task was put to sleep: { id }',
  'task.migrated': 'a machine goes on in another version, and that is on disk: { id, kind, from, to, dropped, begun }',
  'task.quarantined': 'a record cannot be restored and was set aside: { id, code, reason, at }',
  'task.failed': 'a task failed for good, and that is on disk: { id, kind, attempt, error }',
  'task.terminated': 'a task was stopped for good, and that is on disk: { id, kind, attempt, reason }',
  'task.emitted': 'an emitted event is on disk: { taskId, kind, runId, seq, at, event }',
  'clock.stepped': 'the wall clock was found to have jumped: { byMs }',
  'clock.doubted': 'the wall clock is not trusted, wall-clock schedules hold: { reason, wall, highest }',
  'clock.trusted': 'the wall clock is trusted (again): { reason, wall }',
  'schedule.ticked': 'a tick made a task, and is on disk: { id, at, task }',
  'schedule.skipped': 'ticks made no task, and that is on disk: { id, at, count, reason }',
  'schedule.fault': 'a tick could not make its task: { id, at, error }',
  'gate.opened': 'a gate is open: { gate }',
  'gate.closed': 'a gate is closed, its routes hold: { gate, reason }',
  'gate.fault': 'a gate could not be asked (it counts as closed), or flaps: { gate, error }',
  'device.moved': 'a device made a step, and what is kept of it is on disk: { device, state }',
  'device.news': 'something happened to a device: { device, type, at, edge?, whileAway? }',
  'device.fault': 'a device failed, or a task of it could not be made: { device, error }',
  'route.paused': 'a route was paused by hand, and that is on disk: { route }',
  'route.resumed': 'a paused route goes on, and that is on disk: { route }',
  'flow.released': 'tasks that waited for another one are told of its end: { id, count }',
  'retention.swept': 'ended tasks past their policy are out of the store: { removed, tookMs }',
  'store.compacted': 'the space of removed records was given back: { tookMs }',
  'backup.made': 'a backup is whole: { entries, bytes, tookMs }',
  'restore.step': 'a restore has come so far, and that is on disk: { step }',
  'repair.step': 'a repair has come so far, and that is on disk: { step }',
  'store.checked': 'what a repaired store holds was made to fit together: { rebuilt, dropped, quarantined, lost }',
  'wear.exceeded': 'more was written today than the budget: { bytes, fsyncs, budget }',
  'recovery.begin': 'the directory of records is read: {}',
  'recovery.end': 'recovered: { queued, waiting, running, quarantined, tookMs }',
  'supervisor.restarted': 'a supervised part died and was started anew: { child, error }',
  'supervisor.escalated': 'a part died too often: { child, error }',
  'part.started': 'a part that is plugged in has started: { part }',
  'runtime.ready': 'the runtime takes work: {}',
  'runtime.stopping': 'the runtime takes nothing more, what runs has some time left: { drainMs }',
  'runtime.drained': 'nothing runs any more, what was interrupted is kept: { interrupted }',
  'runtime.stopped': 'the runtime has stopped: {}',
} as const

export type Point = keyof typeof POINTS

const channels = Object.fromEntries(Object.keys(POINTS).map((name) => [name, channel(`holdfast:${name}`)])) as Record<
  Point,
  Channel
>

/** True when somebody listens: for what would cost something to prepare. */
export function heeded(point: Point): boolean {
  return channels[point].hasSubscribers
}

/** Publishes a fact; `data` is only built when somebody listens. */
export function tell(point: Point, data: () => object): void {
  const to = channels[point]
  if (to.hasSubscribers) to.publish(data())
}
