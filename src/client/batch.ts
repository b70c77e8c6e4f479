/**
 * Tasks on their way to a daemon. Each has its id before it is sent, made like the daemon makes them: a request whose
 * answer was lost is sent again, and finds the tasks that it made. `replace`, `debounce` and `throttle` keep the id of the
 * task that is there, so such a call is not sent twice.
 */
import { freshTaskId } from '../model/task-id.js'
import { checkTasks } from '../runtime/checks.js'
import type { NewTask } from '../runtime/runtime.js'
import { taskOnWire } from './wire.js'

export interface Batch {
  readonly tasks: readonly object[]
  /** The ids that were made here. */
  readonly own: ReadonlySet<string>
  /** Sent twice it makes each task once. */
  readonly safe: boolean
}

const REFUSES_ID = ['replace', 'debounce', 'throttle', 'fingerprint'] as const

/** @throws ERR_INVALID_OPTION, ERR_TOO_MANY, ERR_NOT_JSON, ERR_INVALID_DATE */
export function batchOf(tasks: readonly NewTask[], wallMs: number): Batch {
  checkTasks(tasks)
  const own = new Set<string>()
  let safe = true
  const sent = tasks.map((task) => {
    if (task.id !== undefined) return taskOnWire(task)
    // A fingerprint without an id is refused, like in the process.
    if (REFUSES_ID.some((name) => (task[name] ?? false) !== false)) {
      safe = false
      return taskOnWire(task)
    }
    const id = freshTaskId(wallMs)
    own.add(id)
    return taskOnWire({ ...task, id })
  })
  return { tasks: sent, own, safe }
}
