/**
 * Keeps a flood out of the log: of each sort of line the first ones of a while go through, and the others are counted
 * and told as one. No alarm is set before there is something to count.
 */
import type { Alarm, Clock } from '../kernel/clock.js'

/** So many lines of a sort in so long. */
const LINES = 20
const WHILE_MS = 10_000

interface Burst {
  readonly since: number
  lines: number
  /** Tells how many more there were. */
  sum: (more: number) => void
  alarm: Alarm | undefined
}

export class Bursts {
  readonly #clock: Clock
  readonly #bursts = new Map<string, Burst>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** True for a line that goes through; of the others `sum` is told at the end. `sort` is one of a closed set. */
  pass(sort: string, sum: (more: number) => void): boolean {
    const now = this.#clock.steady()
    let burst = this.#bursts.get(sort)
    if (!burst || (!burst.alarm && now - burst.since >= WHILE_MS)) {
      burst = { since: now, lines: 0, sum, alarm: undefined }
      this.#bursts.set(sort, burst)
    }
    burst.sum = sum
    if (++burst.lines <= LINES) return true
    burst.alarm ??= this.#clock.alarm('steady', burst.since + WHILE_MS, () => this.#end(sort))
    return false
  }

  /** What is counted is told now. */
  close(): void {
    for (const sort of [...this.#bursts.keys()]) this.#end(sort)
  }

  #end(sort: string): void {
    const burst = this.#bursts.get(sort)
    this.#bursts.delete(sort)
    burst?.alarm?.clear()
    if (burst && burst.lines > LINES) burst.sum(burst.lines - LINES)
  }
}
