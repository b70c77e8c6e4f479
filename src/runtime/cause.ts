import type { Reason, TaskState } from '../../machines/index.js'
import type { TaskUnit } from './unit.js'

/** What a follow-up knows of the task it follows. */
export interface Cause {
  readonly id: string
  /** RUNNING: a machine made this task on its way. */
  readonly state: 'RUNNING' | 'FINISHED' | 'FAILED' | 'TERMINATED'
  readonly result?: unknown
  readonly error?: { readonly name: string; readonly message: string; readonly code?: string }
  /** Why a TERMINATED one was stopped. */
  readonly reason?: Reason
  /** Of a kind with `api: false`: the HTTP API does not show this cause. */
  readonly api?: false
}

/** What a follow-up knows of the task that ended. */
export function causeOf(unit: TaskUnit): Cause {
  const { result, error, reason } = unit.context
  const state = unit.state as Extract<TaskState, 'FINISHED' | 'FAILED' | 'TERMINATED'>
  const common = { id: unit.id, state, ...hiddenOf(unit) }
  if (state === 'FINISHED') return { ...common, result }
  const why = reason === undefined ? {} : { reason }
  if (error === undefined) return { ...common, ...why }
  const { name, message, code } = error
  return { ...common, ...why, error: { name, message, ...(code === undefined ? {} : { code }) } }
}

/** The mark of a hidden kind: its task may be gone when somebody looks at what followed it. */
export function hiddenOf({ kind }: TaskUnit): Pick<Cause, 'api'> {
  return kind.api ? {} : { api: false }
}
