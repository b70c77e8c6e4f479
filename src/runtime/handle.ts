import type { TaskView } from './task-view.js'

/** A task as enqueue answers it. */
export interface TaskHandle<Result = unknown> {
  readonly id: string
  /** False when a task with the same key or id was there already: this is that one. */
  readonly created: boolean
  /**
   * The result, when the task has ended and that is durable.
   * @throws TaskFailed, TaskTerminated, ERR_NOT_FOUND when it was removed, ERR_STOPPED when the runtime stops first,
   * the reason of the signal when that is aborted
   */
  finished(options?: { readonly signal?: AbortSignal }): Promise<Result>
  /** The task as it is on disk now. */
  get(): Promise<TaskView | undefined>
}
