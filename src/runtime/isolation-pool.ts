/**
 * The pool of cells: at most `workers` threads and processes at once, made when they are asked for, used again by runs
 * that ask for the same sort, ended when they were idle for a while. Who comes when all are busy waits in line. One
 * that is being ended counts until it is really gone: its memory is not free before.
 */
import type { Alarm, Clock } from '../kernel/clock.js'
import type { Isolation, Multitask } from './isolation.js'
import type { Cell } from './isolation-cell.js'
import { Guard } from './isolation-guard.js'
import { ProcessCell } from './isolation-process.js'
import { ThreadCell } from './isolation-thread.js'
import type { TaskLog } from './log.js'

/** After a kill a cell is gone at once, unless the kernel or native code holds it. */
const STUCK_MS = 5_000

/** Log lines that were gathered. */
const SPARE = 16 * 1024 * 1024

interface Limits {
  readonly input: number
  readonly result: number
  readonly event: number
}

interface Waiting {
  readonly isolation: Isolation
  readonly resolve: (cell: Cell) => void
  readonly reject: (error: unknown) => void
}

export class IsolationPool {
  readonly #multitask: Multitask
  readonly #clock: Clock
  readonly #log: TaskLog
  readonly #longest: number
  readonly #guard: Guard
  /** All that are there, the idle ones with the alarm that ends them, longest idle first. */
  readonly #cells = new Set<Cell>()
  readonly #idle = new Map<Cell, Alarm>()
  readonly #leaving = new Map<Cell, Alarm>()
  #waiting: Waiting[] = []
  #closed = false

  constructor(parts: { multitask: Multitask; clock: Clock; log: TaskLog; limits: Limits }) {
    this.#multitask = parts.multitask
    this.#clock = parts.clock
    this.#log = parts.log
    // The JSON of a word holds the JSON of a value: each quote of it twice over, and the options of a follow-up.
    this.#longest = SPARE + 10 * Math.max(parts.limits.input, parts.limits.result, parts.limits.event)
    this.#guard = new Guard((error) =>
      this.#log.warn('the guard of the processes is gone: one that blocks its loop may outlive a killed daemon', {
        error: String(error),
      }),
    )
  }

  /** A cell that is nobody else's, in the order of the calls. @throws what the signal says; what the system says */
  lend(isolation: Isolation, signal: AbortSignal): Promise<Cell> {
    return new Promise((resolve, reject) => {
      if (signal.aborted || this.#closed) {
        reject(signal.reason)
        return
      }
      const give = () => {
        this.#waiting = this.#waiting.filter((each) => each !== waiting)
        reject(signal.reason)
        this.#serve()
      }
      const done = <T>(settle: (value: T) => void) => {
        return (value: T) => {
          signal.removeEventListener('abort', give)
          settle(value)
        }
      }
      const waiting = { isolation, resolve: done(resolve), reject: done(reject) }
      signal.addEventListener('abort', give)
      this.#waiting.push(waiting)
      this.#serve()
    })
  }

  /** It can be used again. */
  back(cell: Cell): void {
    cell.tenant = undefined
    if (!this.#cells.has(cell) || this.#leaving.has(cell)) return
    if (this.#closed) {
      this.end(cell, this.#multitask.graceMs)
      return
    }
    const alarm = this.#clock.alarm('steady', this.#clock.steady() + this.#multitask.idleMs, () => {
      this.#idle.delete(cell)
      this.end(cell, this.#multitask.graceMs)
    })
    this.#idle.set(cell, alarm)
    this.#serve()
  }

  /** It is not used again: it is asked to leave, and killed when it has not after the time. */
  end(cell: Cell, graceMs: number): void {
    this.#idle.get(cell)?.clear()
    this.#idle.delete(cell)
    if (!this.#cells.has(cell) || this.#leaving.has(cell)) return
    const alarm = this.#clock.alarm('steady', this.#clock.steady() + graceMs, () => cell.kill())
    this.#leaving.set(cell, alarm)
    cell.post({ type: 'leave' })
  }

  /** Ends all; those that are busy are ended by the runs that have them. Resolves when they are gone. */
  async close(): Promise<void> {
    this.#closed = true
    for (const cell of [...this.#idle.keys()]) this.end(cell, this.#multitask.graceMs)
    while (this.#cells.size > 0) {
      const cells = [...this.#cells]
      const longest = Math.max(this.#multitask.graceMs, ...cells.map((cell) => cell.graceMs))
      if (await this.#within(longest + STUCK_MS, Promise.all(cells.map((cell) => cell.gone)))) continue
      const ids = cells.filter((cell) => this.#cells.has(cell)).map((cell) => cell.id)
      this.#log.error('these could not be ended and are left behind', { isolated: ids })
      for (const cell of this.#cells) cell.unref()
      return
    }
  }

  /** The first in line has what it asks for, if there is room. */
  #serve(): void {
    for (let first = this.#waiting[0]; first && !this.#closed; first = this.#waiting[0]) {
      const cell = this.#found(first.isolation) ?? this.#room(first)
      if (!cell) return
      this.#waiting.shift()
      if (cell !== 'refused') first.resolve(cell)
    }
  }

  #found({ in: place, memoryMb }: Isolation): Cell | undefined {
    // The one that was used last: the others come to their end.
    const found = [...this.#idle.keys()].findLast((cell) => cell.in === place && cell.memoryMb === memoryMb)
    if (!found) return undefined
    this.#idle.get(found)?.clear()
    this.#idle.delete(found)
    return found
  }

  /** A new one; when there is no room, one of another sort that is idle makes some. */
  #room({ isolation, reject }: Waiting): Cell | 'refused' | undefined {
    if (this.#cells.size >= this.#multitask.workers) {
      const [longestIdle] = this.#idle.keys()
      // One that is on its way out makes room already.
      if (longestIdle && this.#leaving.size === 0) this.end(longestIdle, this.#multitask.graceMs)
      return undefined
    }
    try {
      return this.#made(isolation)
    } catch (error) {
      reject(error)
      return 'refused'
    }
  }

  #made(isolation: Isolation): Cell {
    const cell =
      isolation.in === 'thread'
        ? new ThreadCell(isolation, this.#log)
        : new ProcessCell(isolation, this.#log, this.#guard, this.#longest)
    this.#cells.add(cell)
    void cell.gone.then(() => {
      this.#cells.delete(cell)
      this.#leaving.get(cell)?.clear()
      this.#leaving.delete(cell)
      this.#idle.get(cell)?.clear()
      this.#idle.delete(cell)
      this.#serve()
    })
    return cell
  }

  /** True when it came in time. */
  #within(ms: number, all: Promise<unknown>): Promise<boolean> {
    return new Promise((resolve) => {
      const alarm = this.#clock.alarm('steady', this.#clock.steady() + ms, () => resolve(false))
      void all.then(() => {
        alarm.clear()
        resolve(true)
      })
    })
  }
}
