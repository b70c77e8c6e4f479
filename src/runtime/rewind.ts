/**
 * The way through all schedules that go by the time of day, after the clock was set back: what was not dealt with below
 * the time that it says now may come again. A page at a time, before any tick.
 */
import { HoldfastError } from '../model/errors.js'
import { dueOf, dueRange } from '../model/keys.js'
import type { Store } from '../store/store.js'
import type { Admission } from './admission.js'
import type { Almanac, Scheduled } from './almanac.js'
import type { Ledger } from './ledger.js'
import { turnOf } from './turns.js'

/** Schedules looked at in one commit. */
const PAGE = 500

export interface RewindParts {
  readonly store: Store
  readonly ledger: Ledger
  readonly admission: Admission
  readonly almanac: Almanac
  /** All schedules that had gone ahead of a clock that was set back are back. */
  readonly rewound: () => void
}

export class Rewind {
  readonly #parts: RewindParts
  /** Where the way has come to. */
  #after: string | undefined

  constructor(parts: RewindParts) {
    this.#parts = parts
  }

  get underWay(): boolean {
    return this.#after !== undefined
  }

  begin(): void {
    this.#after = ''
  }

  /** The disk is read anew. */
  again(): void {
    if (this.underWay) this.begin()
  }

  /** How many schedules were set back. */
  async page(): Promise<number> {
    const { store, admission, almanac, ledger, rewound } = this.#parts
    const after = this.#after ?? ''
    const range = dueRange('schedule', 'wall', Number.POSITIVE_INFINITY)
    const keys = await store.keys({ ...(after === '' ? range : { gt: after, lt: range.lt }), limit: PAGE })
    const ids = keys.map((key) => dueOf(key).id)
    let count = 0
    await admission.inTurn(ids.map(turnOf), async () => {
      for (const schedule of await almanac.read(ids)) {
        if (!schedule || schedule instanceof HoldfastError || !this.#step(schedule)) continue
        almanac.write(schedule)
        count++
      }
      await ledger.commit.durable()
    })
    const last = keys.at(-1)
    // A clock that was set back once more meanwhile begins it again.
    if (this.#after === after) this.#after = last
    if (last === undefined) rewound()
    return count
  }

  #step(schedule: Scheduled): boolean {
    const { ledger, almanac } = this.#parts
    const now = ledger.now()
    const { context, state } = schedule.status
    if (state !== 'active' || context.hand !== 'wall' || context.seen <= now.wall) return false
    let next: number | null
    try {
      next = almanac.next(schedule, now.wall)
    } catch {
      // Its next tick says so.
      return false
    }
    if (next === context.next) return false
    return almanac.step(schedule, { type: 'rewind', now, seen: now.wall, next }) !== undefined
  }
}
