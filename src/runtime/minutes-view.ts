/** What happened of late, and how full everything was: as those see it who ask over the API. */
import type { StateCounts } from './tally.js'

/** What was counted in a slot. */
export interface SlotCounts {
  readonly created: number
  /** Attempts begun. */
  readonly started: number
  readonly finished: number
  readonly failed: number
  readonly terminated: number
  readonly commits: number
  readonly bytes: number
}

/** What was measured in it; what could not be is not there. */
export interface SlotMeasures {
  readonly loopLagMs?: number
  readonly loopBusy?: number
  readonly rssBytes?: number
  readonly diskFreeBytes?: number
}

export interface Sample extends SlotCounts, SlotMeasures {
  readonly at: string
  /** As of the latest commit of the slot. */
  readonly routes?: Readonly<
    Record<string, { readonly queued: number; readonly running: number; readonly oldestMs: number }>
  >
  readonly live?: number
}

/** The latest fifteen minutes; a slot in which nothing happened is not there. */
export interface MinutesView {
  readonly now: string
  readonly slotMs: number
  readonly spanMs: number
  readonly states: StateCounts
  readonly samples: readonly Sample[]
}
