/** The life of a task as an actor: its state, and what of its record is for whoever looks. */
import type { TaskContext, TaskState } from '../../machines/index.js'
import { isoTime } from '../model/duration.js'
import type { TaskExtras } from '../model/record.js'
import { taskAddress } from './address.js'
import type { ActorMessage, SnapshotView } from './messages.js'
import { plain, withoutStack } from './plain.js'

/** Longer ones are left out: GET /v1/tasks/{id} has them. */
export const LONGEST_CONTEXT = 64 * 1024

export interface TaskFacts {
  readonly kind: string
  readonly state: TaskState
  readonly context: TaskContext
  readonly extras: TaskExtras
}

export function taskActor({ kind, state, context, extras }: TaskFacts, began: ActorMessage['began']): ActorMessage {
  const { cause, schedule } = extras
  return {
    type: 'actor',
    id: taskAddress(context.id),
    what: 'task',
    name: `${kind} ${context.id}`,
    began,
    task: context.id,
    kind,
    machine: 'holdfast:task',
    ...(cause && !isHidden(cause) ? { cause: taskAddress(cause.id) } : {}),
    ...(schedule ? { schedule: `schedule:${schedule.id}` } : {}),
    snapshot: taskSnapshot(state, context),
  }
}

export function taskSnapshot(state: TaskState, c: TaskContext): SnapshotView {
  const over = state === 'FINISHED' || ((state === 'FAILED' || state === 'TERMINATED') && c.retryAt === null)
  return {
    status: over ? 'done' : 'active',
    value: state,
    ...contextOf({
      route: c.route,
      priority: c.priority,
      attempt: c.attempt,
      interruptions: c.interruptions,
      paused: c.paused,
      runAt: isoTime(c.runAt),
      createdAt: isoTime(c.createdAt),
      ...(c.pending > 0 ? { pending: c.pending } : {}),
      ...(c.retryAt === null ? {} : { retryAt: isoTime(c.retryAt) }),
      ...(c.endedAt === null ? {} : { endedAt: isoTime(c.endedAt) }),
      ...(c.reason ? { reason: c.reason } : {}),
      ...(c.error ? { error: withoutStack(c.error) } : {}),
      ...(c.result === undefined ? {} : { result: c.result }),
    }),
  }
}

/** A context that can be sent, or how long it is. */
export function contextOf(context: unknown): Pick<SnapshotView, 'context' | 'left'> {
  const copy = plain(context)
  const bytes = bytesIn(context) ?? bytesIn(copy) ?? 0
  return bytes > LONGEST_CONTEXT ? { left: bytes } : { context: copy }
}

/** None for what is no JSON. */
function bytesIn(value: unknown): number | undefined {
  try {
    return Buffer.byteLength(JSON.stringify(value) ?? '')
  } catch {
    return undefined
  }
}

/** What a hidden task came to is not told by what followed it. */
function isHidden(cause: object): boolean {
  return (cause as { api?: boolean }).api === false
}
