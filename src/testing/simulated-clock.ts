/**
 * A clock in the hands of a test. It moves by advance() alone: what falls due on the way fires in the order of time,
 * as it would have. An alarm set for the past fires on the next turn of the loop, as the contract of a clock says.
 * There are no timers here, and nothing reads the time of day.
 */
import { type Alarm, type Clock, type ClockMark, type Hand, steadyAt } from '../kernel/clock.js'

interface Wait {
  readonly hand: Hand
  readonly at: number
  readonly order: number
  readonly fire: () => void
  /** It was due already when it was set: it belongs to the next turn, or one that sets itself would never end. */
  readonly late: boolean
}

interface Beginning {
  readonly wall?: number
  readonly mono?: number
  readonly boot?: string
}

export const SIMULATED_START = Date.UTC(2026, 0, 1)

export class SimulatedClock implements Clock {
  readonly boot: string
  #wall: number
  /** Milliseconds since the boot. */
  #mono: number
  /** What the steady hand is ahead of the time since the boot. */
  #base: number
  #order = 0
  #closed = false
  readonly #waits = new Set<Wait>()
  readonly #listeners: ((byMs: number) => void)[] = []

  constructor({ wall = SIMULATED_START, mono = 1_000, boot = 'boot-1' }: Beginning = {}) {
    this.boot = boot
    this.#wall = wall
    this.#mono = mono
    this.#base = wall - mono
  }

  wall(): number {
    return this.#wall
  }

  steady(): number {
    return this.#base + this.#mono
  }

  resume(mark: ClockMark | undefined): void {
    this.#base = steadyAt(mark, this.#wall, this.#mono, this.boot) - this.#mono
  }

  mark(): ClockMark {
    return { wall: this.#wall, steady: this.steady(), mono: this.#mono, boot: this.boot }
  }

  alarm(hand: Hand, at: number, fire: () => void): Alarm {
    const late = at <= (hand === 'wall' ? this.#wall : this.steady())
    const wait = { hand, at, order: this.#order++, fire, late }
    if (!this.#closed) this.#waits.add(wait)
    if (late) this.#fireSoon()
    return { clear: () => void this.#waits.delete(wait) }
  }

  onStep(listener: (byMs: number) => void): void {
    this.#listeners.push(listener)
  }

  close(): void {
    this.#closed = true
    this.#waits.clear()
  }

  /** How many alarms are set. */
  get waiting(): number {
    return this.#waits.size
  }

  /** Milliseconds until the next alarm; Infinity when none is set. */
  get next(): number {
    return Math.min(Number.POSITIVE_INFINITY, ...[...this.#waits].map((wait) => Math.max(0, this.#away(wait))))
  }

  /** Time passes on both hands; alarms fire at their time, the earliest first, those set on the way too. */
  advance(ms: number): void {
    const until = this.#mono + ms
    for (let first = this.#first(until); first; first = this.#first(until)) {
      this.#pass(Math.max(0, this.#away(first)))
      this.#waits.delete(first)
      first.fire()
    }
    this.#pass(until - this.#mono)
  }

  /** Somebody sets the time of day: the wall hand alone moves, and whoever listens is told. */
  stepWall(byMs: number): void {
    this.#wall += byMs
    for (const listener of this.#listeners) listener(byMs)
    this.#fireSoon()
  }

  /** The clock as the next process of the same boot finds it; this one stops. */
  restart(): SimulatedClock {
    this.close()
    return new SimulatedClock({ wall: this.#wall, mono: this.#mono, boot: this.boot })
  }

  /** The clock as it is found after a reboot; `wall` is what a board without a battery believes by then. */
  reboot({ offFor, wall = this.#wall + offFor }: { readonly offFor: number; readonly wall?: number }): SimulatedClock {
    this.close()
    const [, name = '', count = '1'] = /^(.*?)(\d*)$/.exec(this.boot) ?? []
    return new SimulatedClock({ wall, mono: 0, boot: `${name}${Number(count) + 1}` })
  }

  #away({ hand, at }: Wait): number {
    return at - (hand === 'wall' ? this.#wall : this.steady())
  }

  #pass(ms: number): void {
    this.#wall += ms
    this.#mono += ms
  }

  /** The first alarm up to some time since the boot. */
  #first(until: number): Wait | undefined {
    let first: Wait | undefined
    for (const wait of this.#waits) {
      if (wait.late || this.#mono + this.#away(wait) > until) continue
      if (!first || this.#away(wait) < this.#away(first)) first = wait
    }
    return first
  }

  #fireSoon(): void {
    setImmediate(() => {
      const due = [...this.#waits].filter((wait) => this.#away(wait) <= 0)
      due.sort((a, b) => this.#away(a) - this.#away(b) || a.order - b.order)
      for (const wait of due) if (this.#waits.delete(wait)) wait.fire()
    })
  }
}
