/**
 * Writes lines to a descriptor beside the event loop, one write at a time: what comes meanwhile shares the next. A reader
 * who is slow holds nothing up; past a bound lines are not kept, and how many is told. A log that cannot be written is
 * no reason to end.
 */
import { write, writeSync } from 'node:fs'
import type { Alarm, Clock } from '../kernel/clock.js'

/** Bytes that wait for a reader. */
const MOST_WAITING = 1024 * 1024
/** How soon a reader who had no room is tried again. */
const AGAIN_MS = 50
/** At the end the reader has so long to take what is left. */
const LAST_MS = 1_000

export class LineWriter {
  readonly #fd: number
  readonly #clock: Clock
  readonly #lost: (lines: number) => void
  #waiting: string[] = []
  #size = 0
  #flying: Buffer | undefined
  #again: Alarm | undefined
  #dropped = 0
  /** Nobody reads any more. */
  #gone = false
  #idle: (() => void)[] = []
  readonly #exit = () => this.#last()

  /** `lost`: so many lines were not kept; called when there is room for a line that says so. */
  constructor(fd: number, clock: Clock, lost: (lines: number) => void) {
    this.#fd = fd
    this.#clock = clock
    this.#lost = lost
    process.on('exit', this.#exit)
  }

  write(line: string): void {
    if (this.#gone) return
    if (this.#size + line.length > MOST_WAITING) {
      this.#dropped++
      return
    }
    this.#waiting.push(line)
    this.#size += line.length
    if (!this.#flying) this.#next()
  }

  /** Resolves when all is written, or its reader did not take it in a second. */
  async close(): Promise<void> {
    if (this.#flying) {
      await new Promise<void>((resolve) => {
        const late = this.#clock.alarm('steady', this.#clock.steady() + LAST_MS, resolve)
        this.#idle.push(() => {
          late.clear()
          resolve()
        })
      })
    }
    this.#again?.clear()
    this.#gone = true
    process.off('exit', this.#exit)
  }

  #next(): void {
    this.#flying = undefined
    if (this.#waiting.length === 0) {
      for (const resolve of this.#idle.splice(0)) resolve()
      return
    }
    this.#flying = Buffer.from(this.#waiting.join(''))
    this.#waiting = []
    this.#size = 0
    this.#write(this.#flying)
    const lost = this.#dropped
    this.#dropped = 0
    if (lost > 0) this.#lost(lost)
  }

  #write(bytes: Buffer): void {
    this.#flying = bytes
    write(this.#fd, bytes, (error, written) => {
      if (this.#gone) return
      if (!error) {
        if (written < bytes.length) this.#write(bytes.subarray(written))
        else this.#next()
      } else if (error.code === 'EAGAIN') {
        this.#again = this.#clock.alarm('steady', this.#clock.steady() + AGAIN_MS, () => this.#write(bytes))
      } else {
        this.#gone = error.code === 'EPIPE'
        if (this.#gone) this.#waiting = []
        this.#next()
      }
    })
  }

  /** The process ends in the middle of something: what has not left yet is tried once. */
  #last(): void {
    try {
      writeSync(this.#fd, this.#waiting.join(''))
    } catch {
      // Nobody takes it.
    }
  }
}
