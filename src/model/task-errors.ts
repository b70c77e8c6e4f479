/** The errors by which whoever waits for a task learns that it came to no result. */
import { HoldfastError, type StoredError } from './errors.js'

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
