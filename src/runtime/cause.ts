import type { TaskState } from '../../machines/index.js'
import type { Cause } from './define.js'
import type { TaskUnit } from './unit.js'

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
