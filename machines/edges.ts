/**
 * The edges that nearly every task walks, as plain functions of its record. The task machine's actions are made of
 * them; `simpleEdge` is the same walk as a table, for whoever steps many tasks and cannot pay for a machine's step
 * each time. test/unit holds the table and the machine equal, from every state by every event.
 */
import type { HistoryEntry, Now, TaskContext, TaskEvent, TaskState } from './task.js'

/** History keeps the first and the latest entries. */
export const HISTORY_FIRST = 8
export const HISTORY_LATEST = 24

export function entered({ history }: TaskContext, state: TaskState, now: Now): readonly HistoryEntry[] {
  const entry = { state, at: now.wall }
  const [a, b, c, d] = history
  // The steps of nearly every task: a list of its very length, where a spread makes one with room for seventeen.
  if (history.length === 1 && a) return [a, entry]
  if (history.length === 2 && a && b) return [a, b, entry]
  if (history.length === 3 && a && b && c) return [a, b, c, entry]
  if (history.length === 4 && a && b && c && d) return [a, b, c, d, entry]
  const all = [...history, entry]
  if (all.length <= HISTORY_FIRST + HISTORY_LATEST) return all
  return [...all.slice(0, HISTORY_FIRST), ...all.slice(-HISTORY_LATEST)]
}

export function spooled(context: TaskContext, { now }: TaskEvent) {
  return { history: entered(context, 'SPOOLED', now) }
}

export function queued(context: TaskContext, { now }: TaskEvent) {
  return { due: null, history: entered(context, 'QUEUED', now) }
}

export function started(context: TaskContext, event: TaskEvent) {
  return {
    attempt: context.attempt + 1,
    version: (event.type === 'start' ? event.version : undefined) ?? context.version,
    // It has started in time: neither a snooze nor a retry can make it expire.
    expires: null,
    deadline: event.type === 'start' && event.timeoutMs !== null ? event.now.steady + event.timeoutMs : null,
    history: entered(context, 'RUNNING', event.now),
  }
}

export function finished(context: TaskContext, event: TaskEvent) {
  return {
    result: event.type === 'finish' ? event.result : null,
    error: undefined,
    reason: undefined,
    deadline: null,
    endedAt: event.now.wall,
    history: entered(context, 'FINISHED', event.now),
  }
}

type Interruption = Extract<TaskEvent, { readonly type: 'interrupt' }>

/** The process died so often while it ran that it is not begun again; one of at most once never is. */
export function isFatal(context: TaskContext, event: Interruption): boolean {
  return context.atMostOnce || (event.counted && context.interruptions + 1 > event.limit)
}

export function counted(context: TaskContext, event: Interruption) {
  return { interruptions: event.forgiven ? 0 : context.interruptions + (event.counted ? 1 : 0) }
}

export function requeued(context: TaskContext, { now }: TaskEvent) {
  return { deadline: null, history: entered(context, 'QUEUED', now) }
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
      return { state: 'SPOOLED', context: { ...context, ...spooled(context, event) }, port: undefined }
    case 'due':
      if (state !== 'SPOOLED' || context.paused || context.pending > 0) return undefined
      return { state: 'QUEUED', context: { ...context, ...queued(context, event) }, port: undefined }
    case 'start':
      if (state !== 'QUEUED' || context.paused) return undefined
      return { state: 'RUNNING', context: { ...context, ...started(context, event) }, port: 'run' }
    case 'finish':
      if (state !== 'RUNNING') return undefined
      return { state: 'FINISHED', context: { ...context, ...finished(context, event) }, port: 'settle' }
    case 'interrupt':
      // A hundred thousand of them may be the first thing that a start does.
      if (state !== 'RUNNING' || event.resumes || isFatal(context, event)) return undefined
      return {
        state: 'QUEUED',
        context: { ...context, ...counted(context, event), ...requeued(context, event) },
        port: undefined,
      }
    default:
      return undefined
  }
}
