import type { TaskContext, TaskState } from '../../machines/index.js'
import type { HoldfastError } from '../model/errors.js'
import { resultOf } from '../model/task-errors.js'

interface Waiter {
  resolve(result: unknown): void
  reject(error: unknown): void
}

/** Who waits for the end of which task. They outlive a failing disk. */
export class Waiters {
  readonly #waiting = new Map<string, Waiter[]>()

  /** @throws the signal's reason when it is aborted first: then nobody is left behind who waits */
  wait(id: string, signal?: AbortSignal): Promise<unknown> {
    return new Promise((resolve, reject) => {
      // One signal may be waited with for ever: whoever was answered does not stay with it.
      const over = () => signal?.removeEventListener('abort', halt)
      const waiter: Waiter = {
        resolve: (result) => {
          over()
          resolve(result)
        },
        reject: (error) => {
          over()
          reject(error)
        },
      }
      const halt = () => this.#leave(id, waiter, signal?.reason)
      const waiters = this.#waiting.get(id)
      if (waiters) waiters.push(waiter)
      else this.#waiting.set(id, [waiter])
      signal?.addEventListener('abort', halt, { once: true })
    })
  }

  #leave(id: string, waiter: Waiter, reason: unknown): void {
    const others = this.#waiting.get(id)?.filter((each) => each !== waiter)
    if (others?.length) this.#waiting.set(id, others)
    else this.#waiting.delete(id)
    waiter.reject(reason)
  }

  ids(): string[] {
    return [...this.#waiting.keys()]
  }

  settle(id: string, state: TaskState, context: TaskContext): void {
    const waiters = this.#waiting.get(id)
    if (!waiters) return
    this.#waiting.delete(id)
    for (const { resolve, reject } of waiters) {
      try {
        resolve(resultOf(state, context))
      } catch (error) {
        reject(error)
      }
    }
  }

  /** Nobody will know any more: the runtime stops, or the task was removed. */
  giveUp(id: string, error: HoldfastError): void {
    const waiters = this.#waiting.get(id) ?? []
    this.#waiting.delete(id)
    for (const { reject } of waiters) reject(error)
  }
}
