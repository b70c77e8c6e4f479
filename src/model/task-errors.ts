/** What whoever waits for a task is told: its result, or the error by which it came to none. */
import type { TaskState } from '../../machines/index.js'
import { HoldfastError, type StoredError } from './errors.js'

interface Ended {
  readonly id: string
  readonly result?: unknown
  readonly error?: StoredError | undefined
  readonly reason?: string | undefined
}

/** How a task ended, as its result. @throws TaskFailed, TaskTerminated */
export function resultOf(state: TaskState, ended: Ended): unknown {
  if (state === 'FINISHED') return ended.result
  throw state === 'FAILED' ? new TaskFailed(ended) : new TaskTerminated(ended)
}

/** finished() rejects with it when the task is dead. `error` is what the last attempt threw. */
export class TaskFailed extends HoldfastError {
  override readonly name = 'TaskFailed'
  readonly taskId: string
  readonly error: StoredError | undefined
  constructor({ id, error }: { readonly id: string; readonly error?: StoredError | undefined }) {
    super('ERR_TASK_FAILED', `task ${id} failed: ${error?.message ?? 'no message'}`, { cause: error })
    this.taskId = id
    this.error = error
  }
}

/** finished() rejects with it when the task was stopped. `reason` says by what. */
export class TaskTerminated extends HoldfastError {
  override readonly name = 'TaskTerminated'
  readonly taskId: string
  readonly reason: string
  constructor({ id, reason = '' }: { readonly id: string; readonly reason?: string | undefined }) {
    super('ERR_TASK_TERMINATED', `task ${id} was terminated: ${reason || 'no reason'}`)
    this.taskId = id
    this.reason = reason
  }
}
