/**
 * The time of an output: what drives it, and when that is over.
 *
 * A level is driven when the step that asks for it is on disk, and a card may take seconds for that. So the timers that the
 * step sets run from then on: a pulse is as long as it was asked for, and between two outputs of an interlock lies all of
 * the wait. Not so the longest time of what was on before: another step grants it no more, however long it is on its way.
 *
 * An end is not waited for. Every timer of a line that is on ends in off, which is where it ends after a restart, too; so
 * the line is off when that is due, whatever the disk does, and what lands later than its own end is not driven any more.
 */
import type { AnyMachineSnapshot } from 'xstate'
import type { Clock } from '../kernel/clock.js'
import type { Timer } from '../kernel/system.js'
import type { Driver } from './driver.js'

/** A timer that does not run yet is due then: it is kept with the machine, which takes finite numbers only. */
const NOT_YET = Number.MAX_SAFE_INTEGER
/** As XState names the end of the longest time in all machines of outputs. */
const LONGEST = 'xstate.after.maxOn.'

export class Term {
  readonly #clock: Clock
  readonly #driver: Driver
  /** It has lines, and off is a level of theirs; a pulse width has no end of its own. */
  readonly #lines: boolean
  readonly #known = new WeakSet<Timer>()
  /** Timers of steps that are on their way, and for how long they are to run. */
  readonly #waiting = new Map<Timer, number>()
  /** It was had, and off, as of the last step of all. */
  #off = false
  #driven = false
  #offAt: number | undefined
  #due: number | undefined

  constructor(clock: Clock, driver: Driver, lines: boolean) {
    this.#clock = clock
    this.#driver = driver
    this.#lines = lines
  }

  /** When what is driven is over, as of the last step on disk, on the steady hand; none when it goes on, or is over. */
  get due(): number | undefined {
    return this.#due
  }

  /** When its lines last went off, on the steady hand; none when they have not since they were had. */
  get offAt(): number | undefined {
    return this.#offAt
  }

  /** A step was made, and is on its way with these timers of its machine. */
  set(snapshot: AnyMachineSnapshot, timers: readonly Timer[]): void {
    const goesOn = this.#off
    this.#off = snapshot.matches('ready') && !isOn(snapshot)
    for (const timer of timers) {
      if (this.#known.has(timer)) continue
      this.#known.add(timer)
      if (timer.event.type.startsWith(LONGEST) && !goesOn) continue
      this.#waiting.set(timer, timer.due - this.#clock.steady())
      timer.due = NOT_YET
    }
  }

  /** The step is on disk, and about to be done. */
  land(timers: readonly Timer[]): void {
    for (const timer of timers) {
      const ms = this.#waiting.get(timer)
      if (ms === undefined) continue
      this.#waiting.delete(timer)
      timer.due = this.#clock.steady() + ms
    }
    this.#due = timers.length === 0 ? undefined : Math.min(...timers.map(({ due }) => due))
  }

  write(levels: readonly boolean[]): void {
    const over = this.#due !== undefined && this.#due <= this.#clock.steady()
    const driven = over ? levels.map(() => false) : levels
    this.#driver.write(driven)
    this.#went(driven.includes(true))
  }

  /** What is driven is over, or nobody knows what it is to be: off. */
  end(): void {
    this.#due = undefined
    if (!this.#lines) return
    this.#driver.calm()
    this.#went(false)
  }

  /** Its machine is played no more. */
  forget(): void {
    this.#waiting.clear()
    this.#off = false
  }

  #went(on: boolean): void {
    if (this.#driven && !on) this.#offAt = this.#clock.steady()
    this.#driven = on
  }
}

/** As machines of outputs remember it: one is on, or one of several. */
function isOn({ context }: AnyMachineSnapshot): boolean {
  const { on, output } = (context.memory ?? {}) as { on?: boolean; output?: string | null }
  return on === true || typeof output === 'string'
}
