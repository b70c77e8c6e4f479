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

/** Emitted events that may have been numbered since a backup was made. */
const MOST_SINCE = 1_000_000_000
/** The boot of a mark that no process of this board wrote. */
export const NO_BOOT = 'none'

/**
 * The mark of a backup for the runtime that is to go on from it, maybe on another board. Nothing died and nothing was
 * stopped in between: no interruption is counted or forgiven. The steady hand goes on by the wall time that passed.
 * Numbers of events that were handed out after the backup are not given again: who comes with one of them as
 * Last-Event-ID is told what is new.
 */
export function restoredMark(text: string): string {
  const mark = decodeMark(text)
  if (typeof mark?.clock !== 'object') return text
  const { clean: _, clock, emitted, ...rest } = mark
  return encodeMark({ ...rest, clock: { ...clock, boot: NO_BOOT }, emitted: emitted + MOST_SINCE })
}

/** Its text: it is part of every commit, so its names are short and what is nothing is left out. */
export function encodeMark({ clock: { wall, steady, mono, boot }, emitted, ...mark }: Mark): string {
  return JSON.stringify({
    c: [wall, steady - wall, mono, boot],
    q: mark.seq,
    m: emitted === 0 ? undefined : emitted,
    e: mark.ended,
    w: mark.wear,
    h: mark.highest,
    x: mark.clean && 1,
  })
}

/** A damaged mark is none: the tasks do not depend on it. */
export function decodeMark(text: string | undefined): Mark | undefined {
  try {
    const { c, q: seq, m: emitted = 0, e: ended, w: wear, h: highest, x, ...long } = JSON.parse(text ?? '')
    // As it was written before its names were short.
    if (c === undefined) return long as Mark
    const [wall, ahead, mono, boot] = c
    const told = {
      ...(ended && { ended }),
      ...(wear && { wear }),
      ...(highest && { highest }),
      ...(x && { clean: true }),
    }
    return { clock: { wall, steady: wall + ahead, mono, boot }, seq, emitted, ...told }
  } catch {
    return undefined
  }
}
