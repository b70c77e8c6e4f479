/**
 * Turns at files that may be slow: a reading of a sensor takes up to a second, in one of the four threads that all of Node
 * shares. So one at a time on a bus, and few in all. A call that does not come back keeps its thread; those who wait for
 * it are told so, and do not wait.
 */
import type { Alarm, Clock } from '../../kernel/clock.js'
import { HoldfastError } from '../../model/errors.js'

interface Turn {
  readonly bus: string
  /** What is done, for messages. */
  readonly what: string
  begin(): void
  fail(why: string): void
  /** It took too long, and has not come back. */
  stuck: boolean
}

export class Turns {
  readonly #clock: Clock
  readonly #atOnce: number
  readonly #longestMs: number
  readonly #running = new Set<Turn>()
  #waiting: Turn[] = []

  /** `atOnce` on all buses together; after `longestMs` a turn is given up. */
  constructor(clock: Clock, atOnce: number, longestMs: number) {
    this.#clock = clock
    this.#atOnce = atOnce
    this.#longestMs = longestMs
  }

  /**
   * Does something when it is its turn. `signal` gives it up, `longestMs` too.
   * @throws ERR_READING for one that was given up or cannot have its turn, and what `work` throws
   */
  take<T>(bus: string, what: string, work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    return new Promise((resolve, reject) => {
      let alarm: Alarm | undefined
      const over = () => {
        alarm?.clear()
        signal?.removeEventListener('abort', aborted)
        this.#running.delete(turn)
        this.#waiting = this.#waiting.filter((each) => each !== turn)
        this.#next()
      }
      const fail = (why: string) => {
        reject(new HoldfastError('ERR_READING', `${what}: ${why}`))
        if (!this.#running.has(turn)) over()
      }
      const aborted = () => fail('it was given up')
      const late = () => {
        turn.stuck = true
        fail(`no answer within ${this.#longestMs / 1_000} s`)
        this.#next()
      }
      const turn: Turn = {
        bus,
        what,
        stuck: false,
        begin: () => {
          alarm = this.#clock.alarm('steady', this.#clock.steady() + this.#longestMs, late)
          work().finally(over).then(resolve, reject)
        },
        fail,
      }
      if (signal?.aborted) return aborted()
      signal?.addEventListener('abort', aborted, { once: true })
      this.#waiting.push(turn)
      this.#next()
    })
  }

  #next(): void {
    for (const turn of [...this.#waiting]) {
      // One that failed has let others go on already.
      if (!this.#waiting.includes(turn)) continue
      const holders = [...this.#running]
      const before = holders.find(({ bus }) => bus === turn.bus)
      const full = holders.length >= this.#atOnce
      if (!before && !full) {
        this.#waiting = this.#waiting.filter((each) => each !== turn)
        this.#running.add(turn)
        turn.begin()
      } else if (before?.stuck) turn.fail(`${before.what} has not come back`)
      else if (full && holders.every(({ stuck }) => stuck)) turn.fail(`${holders[0]?.what} has not come back`)
    }
  }
}
