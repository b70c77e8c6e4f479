/**
 * Tasks on their way to a daemon. Each has its id before it is sent, made like the daemon makes them: a request whose
 * answer was lost is sent again, and finds the tasks that it made. `replace`, `debounce` and `throttle` keep the id of the
 * task that is there, so such a call is not sent twice.
 */
import { customAlphabet } from 'nanoid'
import { HoldfastError } from '../model/errors.js'
import { invalid } from '../runtime/checks.js'
import type { NewTask } from '../runtime/runtime.js'
import { taskOnWire } from './wire.js'

export interface Batch {
  readonly tasks: readonly object[]
  /** The ids that were made here. */
  readonly own: ReadonlySet<string>
  /** Sent twice it makes each task once. */
  readonly safe: boolean
}

const MOST = 10_000
const REFUSES_ID = ['replace', 'debounce', 'throttle', 'fingerprint'] as const
const random = customAlphabet('0123456789abcdefghijklmnopqrstuvwxyz', 12)

/** @throws ERR_INVALID_OPTION, ERR_TOO_MANY, ERR_NOT_JSON, ERR_INVALID_DATE */
export function batchOf(tasks: readonly NewTask[], wallMs: number): Batch {
  if (!Array.isArray(tasks)) throw invalid('tasks', 'a list', tasks)
  if (tasks.length > MOST) throw new HoldfastError('ERR_TOO_MANY', `${tasks.length} tasks, the limit is ${MOST}`)
  const own = new Set<string>()
  let safe = true
  const sent = tasks.map((task: NewTask, i) => {
    if (typeof task !== 'object' || task === null) throw invalid(`tasks[${i}]`, '{ kind, input, ...options }', task)
    if (task.id !== undefined) return taskOnWire(task)
    // A fingerprint without an id is refused, like in the process.
    if (REFUSES_ID.some((name) => (task[name] ?? false) !== false)) {
      safe = false
      return taskOnWire(task)
    }
    const id = Math.floor(wallMs).toString(36).padStart(9, '0') + random()
    own.add(id)
    return taskOnWire({ ...task, id })
  })
  return { tasks: sent, own, safe }
}
