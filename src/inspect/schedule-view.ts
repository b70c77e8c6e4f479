/** A schedule as an actor. */
import type { ScheduleView } from '../runtime/schedule-view.js'
import { scheduleAddress } from './address.js'
import type { ActorMessage, SnapshotView } from './messages.js'

export function scheduleActor(view: ScheduleView, began: ActorMessage['began']): ActorMessage {
  return {
    type: 'actor',
    id: scheduleAddress(view.id),
    what: 'schedule',
    name: view.id,
    began,
    kind: view.task.kind,
    machine: 'holdfast:schedule',
    snapshot: scheduleSnapshot(view),
  }
}

/** Without the template of its tasks, which may name what is hidden: GET /v1/schedules/{id} has it. */
export function scheduleSnapshot({ state, next, last, waiting, counters }: ScheduleView): SnapshotView {
  return {
    status: state === 'ended' ? 'done' : 'active',
    value: state,
    context: { ...(next ? { next } : {}), ...(last ? { last } : {}), waiting, counters },
  }
}
