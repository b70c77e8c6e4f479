/**
 * Who waits for the end of which task. A few are waited for one by one, with long polls. Where there are more than there
 * are connections, one event stream tells which of the others have moved, and those that ended are looked at.
 */
import { HoldfastError } from '../model/errors.js'
import { STORED_STATES } from '../model/record.js'
import { checkName } from '../runtime/checks.js'
import type { TaskView } from '../runtime/task-view.js'
import { bad } from './answer.js'
import type { Caller } from './caller.js'
import { whenHalted } from './halt.js'
import { watch } from './watch.js'

interface Waiter {
  resolve(view: TaskView): void
  reject(error: unknown): void
}

interface Awaited {
  readonly waiters: Set<Waiter>
  /** Nobody waits for it any more. */
  readonly left: AbortController
}

const POLL_MS = 30_000
/** Longer than a lazy task needs to be on disk. */
const LAZY_MS = 10_000
/** A daemon that stops answers at once: it is not asked again as fast. */
const PAUSE_MS = 100

export class Ends {
  readonly #caller: Caller
  readonly #awaited = new Map<string, Awaited>()
  /** Long polls on their way. */
  #polls = 0
  /** Those without a long poll. */
  readonly #crowd = new Set<string>()
  /** Those of the crowd that may have ended. */
  readonly #moved = new Set<string>()
  #looks = 0
  #stream: AbortController | undefined
  #open = false

  constructor(caller: Caller) {
    this.#caller = caller
  }

  /** The task when it has ended. @throws ERR_NOT_FOUND, as Caller.ask */
  wait(id: string, signal: AbortSignal | undefined): Promise<TaskView> {
    return new Promise((resolve, reject) => {
      checkName(id, 'id')
      signal?.throwIfAborted()
      const there = this.#awaited.get(id)
      const awaited = there ?? { waiters: new Set(), left: new AbortController() }
      const leave = whenHalted([signal], (reason) => {
        awaited.waiters.delete(waiter)
        if (awaited.waiters.size === 0 && this.#awaited.get(id) === awaited) this.#forget(id)
        reject(reason)
      })
      const settled = <Value>(settle: (value: Value) => void) => {
        return (value: Value) => {
          leave()
          settle(value)
        }
      }
      const waiter: Waiter = { resolve: settled(resolve), reject: settled(reject) }
      awaited.waiters.add(waiter)
      if (there) return
      this.#awaited.set(id, awaited)
      if (this.#polls < this.#caller.connections) void this.#poll(id, awaited)
      else this.#joinCrowd(id)
    })
  }

  async #poll(id: string, { left }: Awaited): Promise<void> {
    this.#polls++
    const { clock } = this.#caller
    try {
      for (;;) {
        const begun = clock.steady()
        const view = await this.#look(id, left.signal, POLL_MS)
        if (isEnd(view)) return this.#settle(id, view)
        if (clock.steady() - begun < PAUSE_MS) await this.#caller.pause(PAUSE_MS, left.signal)
      }
    } catch (error) {
      if (!left.signal.aborted) this.#fail([id], error)
    } finally {
      this.#polls--
    }
  }

  async #look(id: string, signal: AbortSignal, waitMs = 0): Promise<TaskView> {
    const query = waitMs === 0 ? {} : { wait: waitMs }
    const path = `/v1/tasks/${encodeURIComponent(id)}`
    const answer = await this.#caller.ask({ method: 'GET', path, query, waitMs, patient: true, signal })
    const view = answer.object<TaskView>()
    if ((STORED_STATES as readonly string[]).includes(view.state)) return view
    throw bad('a task without a state')
  }

  #joinCrowd(id: string): void {
    this.#crowd.add(id)
    if (this.#open) this.#seen(id)
    if (this.#stream) return
    this.#stream = new AbortController()
    void this.#listen(this.#stream)
  }

  async #listen({ signal }: AbortController): Promise<void> {
    try {
      for await (const told of watch(this.#caller, { type: 'task', signal }, true)) {
        if (told.type === 'open') {
          this.#open = true
          for (const id of this.#crowd) this.#seen(id)
        } else if (told.type === 'task' && this.#crowd.has(told.id)) {
          if (['FINISHED', 'FAILED', 'TERMINATED'].includes(told.to)) this.#seen(told.id)
        }
      }
    } catch (error) {
      if (!signal.aborted) this.#fail([...this.#crowd], error)
    }
  }

  #seen(id: string): void {
    this.#moved.add(id)
    if (this.#looks < this.#caller.connections) void this.#lookAtMoved()
  }

  async #lookAtMoved(): Promise<void> {
    this.#looks++
    for (const id of this.#moved) {
      this.#moved.delete(id)
      const awaited = this.#awaited.get(id)
      if (!awaited) continue
      const { signal } = awaited.left
      try {
        // One that may be lost is not on disk yet: only who waits for it is not told that it is not there.
        const view = await this.#look(id, signal).catch((error) => {
          if (!(error instanceof HoldfastError) || error.code !== 'ERR_NOT_FOUND') throw error
          return this.#look(id, signal, LAZY_MS)
        })
        if (isEnd(view)) this.#settle(id, view)
      } catch (error) {
        if (!signal.aborted) this.#fail([id], error)
      }
    }
    this.#looks--
  }

  #settle(id: string, view: TaskView): void {
    for (const { resolve } of this.#forget(id)) resolve(view)
  }

  #fail(ids: readonly string[], error: unknown): void {
    for (const id of ids) for (const { reject } of this.#forget(id)) reject(error)
  }

  #forget(id: string): Iterable<Waiter> {
    const awaited = this.#awaited.get(id)
    this.#awaited.delete(id)
    awaited?.left.abort()
    if (this.#crowd.delete(id) && this.#crowd.size === 0) {
      this.#stream?.abort()
      this.#stream = undefined
      this.#open = false
    }
    return awaited?.waiters ?? []
  }
}

/** It has a result, or will have none unless somebody puts it back. */
function isEnd({ state, retryAt }: TaskView): boolean {
  return state === 'FINISHED' || ((state === 'FAILED' || state === 'TERMINATED') && retryAt === undefined)
}
