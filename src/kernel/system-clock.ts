import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { Heap } from '../model/heap.js'
import { type Alarm, type Clock, type ClockMark, type Hand, steadyAt } from './clock.js'

/** A wall-clock wait looks this often whether the wall clock stepped: nothing tells a process when it does. */
const LOOK_MS = 30_000
/** Slewing by NTP is slower than this between two looks; a greater difference is a step. */
const STEP_MS = 1_000
/** setTimeout fires at once beyond 2^31-1 ms; longer waits are taken in stages. */
const LONGEST_MS = 2 ** 31 - 1

interface Wait {
  readonly at: number
  readonly order: number
  fire: (() => void) | undefined
}

/** The clock of the board: one timer for each hand, however many wait. */
export class SystemClock implements Clock {
  readonly boot = bootId()
  readonly #waits: Record<Hand, Heap<Wait>> = { wall: new Heap(earlier), steady: new Heap(earlier) }
  readonly #dead: Record<Hand, number> = { wall: 0, steady: 0 }
  readonly #timers: Record<Hand, { timer: NodeJS.Timeout; at: number } | undefined> = {
    wall: undefined,
    steady: undefined,
  }
  readonly #listeners: ((byMs: number) => void)[] = []
  #base = Date.now() - monotonic()
  #drift = Date.now() - monotonic()
  #order = 0

  wall(): number {
    return Date.now()
  }

  steady(): number {
    return this.#base + monotonic()
  }

  resume(mark: ClockMark | undefined): void {
    const mono = monotonic()
    this.#base = steadyAt(mark, Date.now(), mono, this.boot) - mono
  }

  mark(): ClockMark {
    const mono = monotonic()
    return { wall: Date.now(), steady: this.#base + mono, mono, boot: this.boot }
  }

  alarm(hand: Hand, at: number, fire: () => void): Alarm {
    const wait: Wait = { at, order: this.#order++, fire }
    const waits = this.#waits[hand]
    waits.push(wait)
    if (waits.peek() === wait) this.#arm(hand)
    return {
      clear: () => {
        if (!wait.fire) return
        wait.fire = undefined
        if (++this.#dead[hand] > 64 && this.#dead[hand] * 2 > waits.size) {
          waits.retain((each) => each.fire !== undefined)
          this.#dead[hand] = 0
        }
        if (waits.peek() === wait || waits.size === 0) this.#arm(hand)
      },
    }
  }

  onStep(listener: (byMs: number) => void): void {
    this.#listeners.push(listener)
  }

  close(): void {
    for (const hand of ['wall', 'steady'] as const) {
      clearTimeout(this.#timers[hand]?.timer)
      this.#timers[hand] = undefined
      this.#waits[hand].clear()
    }
  }

  #now(hand: Hand): number {
    return hand === 'wall' ? Date.now() : this.steady()
  }

  /** Sets the one timer of a hand for its first wait; a wall wait is cut into looks. */
  #arm(hand: Hand): void {
    const waits = this.#waits[hand]
    for (let first = waits.peek(); first && !first.fire; first = waits.peek()) {
      waits.pop()
      this.#dead[hand] = Math.max(0, this.#dead[hand] - 1)
    }
    const first = waits.peek()
    const armed = this.#timers[hand]
    if (!first) {
      clearTimeout(armed?.timer)
      this.#timers[hand] = undefined
      return
    }
    if (armed?.at === first.at) return
    clearTimeout(armed?.timer)
    const ms = Math.min(Math.max(0, Math.ceil(first.at - this.#now(hand))), hand === 'wall' ? LOOK_MS : LONGEST_MS)
    this.#timers[hand] = { at: first.at, timer: setTimeout(() => this.#ring(hand), ms) }
  }

  #ring(hand: Hand): void {
    this.#timers[hand] = undefined
    if (hand === 'wall') this.#look()
    const waits = this.#waits[hand]
    const now = this.#now(hand)
    // Only what is due now: a wait set by one that fires belongs to the next turn, or two could starve the loop.
    const due: Wait[] = []
    for (let first = waits.peek(); first && (first.at <= now || !first.fire); first = waits.peek()) {
      waits.pop()
      if (first.fire) due.push(first)
      else this.#dead[hand] = Math.max(0, this.#dead[hand] - 1)
    }
    this.#arm(hand)
    for (const wait of due) {
      const fire = wait.fire
      wait.fire = undefined
      fire?.()
    }
  }

  #look(): void {
    const drift = Date.now() - monotonic()
    const byMs = Math.round(drift - this.#drift)
    this.#drift = drift
    if (Math.abs(byMs) < STEP_MS) return
    for (const listener of this.#listeners) listener(byMs)
  }
}

function earlier(a: Wait, b: Wait): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order)
}

/** What performance.now(), which reads the same clock, began to count at. */
const BEGAN_MS = Number(process.hrtime.bigint() / 1_000n) / 1_000 - performance.now()

/** Milliseconds since the boot: CLOCK_MONOTONIC, the same for every process of a boot. */
function monotonic(): number {
  return Math.floor(BEGAN_MS + performance.now())
}

/**
 * The first twelve digits of the kernel's id of this boot: it is part of every commit. Without one (no Linux) each process
 * counts as a boot of its own, and no death counts.
 */
function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').slice(0, 13)
  } catch {
    return randomUUID()
  }
}
