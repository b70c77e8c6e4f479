import type { TaskState } from '../../machines/index.js'
import type { Cause } from './define.js'
import type { TaskUnit } from './unit.js'

/** What a follow-up knows of the task that ended. */
export function causeOf(unit: TaskUnit): Cause {
  const { result, error, reason } = unit.context
  const state = unit.state as Extract<TaskState, 'FINISHED' | 'FAILED' | 'TERMINATED'>
  if (state === 'FINISHED') return { id: unit.id, state, result }
  const why = reason === undefined ? {} : { reason }
  if (error === undefined) return { id: unit.id, state, ...why }
  const { name, message, code } = error
  return { id: unit.id, state, ...why, error: { name, message, ...(code === undefined ? {} : { code }) } }
}
