/**
 * One clock with two hands. The `wall` hand is the time of day: it may step (no RTC, then NTP). The `steady` hand
 * never steps: within a boot it is the monotonic clock, over a reboot it goes on by the wall time that passed.
 * It starts at the wall time of the first start, so both look alike. What is relative (retry delays, `after`,
 * timeouts) is kept on the steady hand, what is absolute (`runAt`) on the wall hand.
 */
import type { Hand } from '../model/hand.js'

export type { Hand }

/** What is kept of the clock with every commit, so that the steady hand goes on where it was. */
export interface ClockMark {
  readonly wall: number
  readonly steady: number
  /** Monotonic milliseconds since the boot named by `boot`. */
  readonly mono: number
  readonly boot: string
}

/** A wait that can be given up. */
export interface Alarm {
  clear(): void
}

export interface Clock {
  /** Milliseconds since 1970. */
  wall(): number
  /** Milliseconds on the hand that never steps. */
  steady(): number
  /** Names the boot of the board: equal for two processes exactly when no reboot lies between them. */
  readonly boot: string
  /** Goes on from what was last kept; called once, before any wait. */
  resume(mark: ClockMark | undefined): void
  mark(): ClockMark
  /** Calls `fire` once, when the hand reaches `at`; a time in the past fires on the next turn of the loop. */
  alarm(hand: Hand, at: number, fire: () => void): Alarm
  /** Called when the wall clock was found to have stepped by `byMs`. */
  onStep(listener: (byMs: number) => void): void
  /** Gives up all waits and lets the process end. */
  close(): void
}

/** The steady hand at a moment, from the last mark and the present wall, monotonic time and boot. */
export function steadyAt(mark: ClockMark | undefined, wall: number, mono: number, boot: string): number {
  if (!mark) return wall
  if (mark.boot === boot) return mark.steady + Math.max(0, mono - mark.mono)
  return mark.steady + Math.max(0, wall - mark.wall)
}
