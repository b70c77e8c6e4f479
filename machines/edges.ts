/**
 * The edges that nearly every task walks, as plain functions of its record. The task machine's actions are made of
 * them; `simpleEdge` is the same walk as a table, for whoever steps many tasks and cannot pay for a machine's step
 * each time. test/unit holds the table and the machine equal, from every state by every event.
 */
import { entered } from './history.js'
import type { TaskContext, TaskEvent, TaskState } from './task.js'

/** A record that a step is being made of: a copy that nobody else has. To write into one takes half of merging two. */
type Copy = { -readonly [Name in keyof TaskContext]: TaskContext[Name] }

export function spooled(copy: Copy, { now }: TaskEvent): TaskContext {
  copy.history = entered(copy, 'SPOOLED', now)
  return copy
}

export function queued(copy: Copy, { now }: TaskEvent): TaskContext {
  copy.due = null
  copy.history = entered(copy, 'QUEUED', now)
  return copy
}

export function started(copy: Copy, event: TaskEvent): TaskContext {
  copy.attempt++
  copy.version = (event.type === 'start' ? event.version : undefined) ?? copy.version
  // It has started in time: neither a snooze nor a retry can make it expire.
  copy.expires = null
  copy.deadline = event.type === 'start' && event.timeoutMs !== null ? event.now.steady + event.timeoutMs : null
  copy.history = entered(copy, 'RUNNING', event.now)
  return copy
}

export function finished(copy: Copy, event: TaskEvent): TaskContext {
  copy.result = event.type === 'finish' ? event.result : null
  copy.error = undefined
  copy.reason = undefined
  copy.deadline = null
  copy.endedAt = event.now.wall
  copy.history = entered(copy, 'FINISHED', event.now)
  return copy
}

export type Interruption = Extract<TaskEvent, { readonly type: 'interrupt' }>

/** The process died so often while it ran that it is not begun again; one of at most once never is. */
export function isFatal(context: TaskContext, event: Interruption): boolean {
  return context.atMostOnce || (event.counted && context.interruptions + 1 > event.limit)
}

export function counted(copy: Copy, event: Interruption): TaskContext {
  copy.interruptions = event.forgiven ? 0 : copy.interruptions + (event.counted ? 1 : 0)
  return copy
}

export function requeued(copy: Copy, { now }: TaskEvent): TaskContext {
  copy.deadline = null
  copy.history = entered(copy, 'QUEUED', now)
  return copy
}

/** Where a simple edge leads, and the port it asks for. */
export interface SimpleEdge {
  readonly state: TaskState
  readonly context: TaskContext
  readonly port: 'run' | 'settle' | undefined
}

/** The step of a simple edge, or `undefined` where only the machine knows. */
export function simpleEdge(state: TaskState, context: TaskContext, event: TaskEvent): SimpleEdge | undefined {
  switch (event.type) {
    case 'accept':
      if (state !== 'NONE') return undefined
      return { state: 'SPOOLED', context: spooled({ ...context }, event), port: undefined }
    case 'due':
      if (state !== 'SPOOLED' || context.paused || context.pending > 0) return undefined
      return { state: 'QUEUED', context: queued({ ...context }, event), port: undefined }
    case 'start':
      if (state !== 'QUEUED' || context.paused) return undefined
      return { state: 'RUNNING', context: started({ ...context }, event), port: 'run' }
    case 'finish':
      if (state !== 'RUNNING') return undefined
      return { state: 'FINISHED', context: finished({ ...context }, event), port: 'settle' }
    case 'interrupt':
      // A hundred thousand of them may be the first thing that a start does.
      if (state !== 'RUNNING' || event.resumes || isFatal(context, event)) return undefined
      return {
        state: 'QUEUED',
        context: requeued(counted({ ...context }, event), event),
        port: undefined,
      }
    default:
      return undefined
  }
}
