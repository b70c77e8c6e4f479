import type { ClockMark } from '../kernel/clock.js'
import type { EndsMark } from './ends.js'
import type { DayMark } from './wear.js'

/** What is kept of the runtime itself, with every commit. */
export interface Mark {
  readonly clock: ClockMark
  readonly seq: number
  readonly emitted: number
  /** How many have ended; without it they are counted. */
  readonly ended?: EndsMark
  /** What was written today. */
  readonly wear?: DayMark
  /** The highest time of day that is known to have been, when the clock is behind it. */
  readonly highest?: number
  /** The runtime stopped cleanly after this. */
  readonly clean?: true
}

export const MARK_KEY = 'm!runtime'

/** A damaged mark is none: the tasks do not depend on it. */
export function readMark(text: string | undefined): Mark | undefined {
  try {
    return text === undefined ? undefined : (JSON.parse(text) as Mark)
  } catch {
    return undefined
  }
}
