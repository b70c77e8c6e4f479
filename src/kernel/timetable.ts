/**
 * What falls due when. Near waits are in memory, far ones are keys in the store in the order of their time: a million
 * tasks due next month cost no memory and no restart. Nothing polls: one alarm a hand sleeps until the nearest.
 */
import type { Hand } from '../model/hand.js'
import { Heap } from '../model/heap.js'
import { dueOf, dueRange, type Lane } from '../model/keys.js'
import type { Store } from '../store/store.js'
import type { Alarm, Clock } from './clock.js'

interface Wait {
  readonly id: string
  readonly at: number
  live: boolean
}

export interface Dues {
  readonly wall?: number
  readonly steady?: number
}

const HANDS = ['wall', 'steady'] as const

export class Timetable {
  readonly #lane: Lane
  readonly #clock: Clock
  readonly #store: Store
  readonly #wake: () => void
  readonly #waits: Record<Hand, Heap<Wait>> = { wall: new Heap(earlier), steady: new Heap(earlier) }
  readonly #byId: Record<Hand, Map<string, Wait>> = { wall: new Map(), steady: new Map() }
  /** The nearest due time in the store, by hand. */
  readonly #stored: Record<Hand, number> = { wall: Number.POSITIVE_INFINITY, steady: Number.POSITIVE_INFINITY }
  /** The nearest written while the store is being looked at: what is read may be older. */
  readonly #meanwhile: Record<Hand, number> = { wall: Number.POSITIVE_INFINITY, steady: Number.POSITIVE_INFINITY }
  #looks = 0
  readonly #alarms: Record<Hand, { alarm: Alarm; at: number } | undefined> = { wall: undefined, steady: undefined }
  /** Nothing is due on a hand that is held. */
  readonly #held: Record<Hand, boolean> = { wall: false, steady: false }

  constructor(lane: Lane, clock: Clock, store: Store, wake: () => void) {
    this.#lane = lane
    this.#clock = clock
    this.#store = store
    this.#wake = wake
  }

  /** How many wait in memory. */
  get size(): number {
    return Math.max(this.#byId.wall.size, this.#byId.steady.size)
  }

  /** Sets what an address waits for in memory; what is left out is forgotten. */
  set(id: string, dues: Dues): void {
    for (const hand of HANDS) {
      const at = dues[hand]
      const byId = this.#byId[hand]
      const present = byId.size === 0 ? undefined : byId.get(id)
      if (present?.at === at && at !== undefined) continue
      if (present) {
        present.live = false
        byId.delete(id)
      }
      if (at === undefined) continue
      const wait = { id, at, live: true }
      byId.set(id, wait)
      this.#waits[hand].push(wait)
      this.#thin(hand)
      this.#arm(hand)
    }
  }

  /** A due key was written to the store. */
  stored(hand: Hand, at: number): void {
    this.#meanwhile[hand] = Math.min(this.#meanwhile[hand], at)
    if (at >= this.#stored[hand]) return
    this.#stored[hand] = at
    this.#arm(hand)
  }

  /** Finds the nearest due times in the store; at the start, and after each page taken from it. */
  async look(): Promise<void> {
    if (this.#looks++ === 0) for (const hand of HANDS) this.#meanwhile[hand] = Number.POSITIVE_INFINITY
    try {
      for (const hand of HANDS) {
        const [first] = await this.#store.keys({ ...dueRange(this.#lane, hand, Number.POSITIVE_INFINITY), limit: 1 })
        this.#stored[hand] = Math.min(
          first === undefined ? Number.POSITIVE_INFINITY : dueOf(first).at,
          this.#meanwhile[hand],
        )
        this.#arm(hand)
      }
    } finally {
      this.#looks--
    }
  }

  /**
   * Up to `limit` addresses that are due now, each with its due key if it was found in the store. Those are found
   * again until their records have been committed with another due time: take the next page after that commit.
   */
  async take(limit: number): Promise<Map<string, string | undefined>> {
    const ids = new Map<string, string | undefined>()
    for (const hand of HANDS) {
      if (this.#held[hand]) continue
      const now = this.#now(hand)
      const waits = this.#waits[hand]
      for (
        let first = waits.peek();
        first && ids.size < limit && (first.at <= now || !first.live);
        first = waits.peek()
      ) {
        waits.pop()
        if (!first.live) continue
        this.#byId[hand].delete(first.id)
        ids.set(first.id, undefined)
      }
      if (ids.size < limit && this.#stored[hand] <= now) {
        const range = { ...dueRange(this.#lane, hand, now), limit: limit - ids.size }
        for (const key of await this.#store.keys(range)) ids.set(dueOf(key).id, key)
      }
    }
    return ids
  }

  /** True when something is due now. */
  get due(): boolean {
    return HANDS.some((hand) => this.#next(hand) <= this.#now(hand))
  }

  clear(): void {
    for (const hand of HANDS) {
      this.#waits[hand].clear()
      this.#byId[hand].clear()
      this.#stored[hand] = Number.POSITIVE_INFINITY
      this.#alarms[hand]?.alarm.clear()
      this.#alarms[hand] = undefined
    }
  }

  /** Holds a hand, or lets it go: what fell due meanwhile is due at once. */
  hold(hand: Hand, held: boolean): void {
    if (this.#held[hand] === held) return
    this.#held[hand] = held
    this.#arm(hand)
  }

  /** True when something waits in the store on a hand, held or not. */
  awaits(hand: Hand): boolean {
    return this.#stored[hand] < Number.POSITIVE_INFINITY
  }

  /** Sets the alarms again: the wall clock stepped. */
  rearm(): void {
    for (const hand of HANDS) {
      this.#alarms[hand]?.alarm.clear()
      this.#alarms[hand] = undefined
      this.#arm(hand)
    }
  }

  #now(hand: Hand): number {
    return hand === 'wall' ? this.#clock.wall() : this.#clock.steady()
  }

  #next(hand: Hand): number {
    if (this.#held[hand]) return Number.POSITIVE_INFINITY
    const waits = this.#waits[hand]
    for (let first = waits.peek(); first && !first.live; first = waits.peek()) waits.pop()
    return Math.min(waits.peek()?.at ?? Number.POSITIVE_INFINITY, this.#stored[hand])
  }

  #arm(hand: Hand): void {
    const at = this.#next(hand)
    const armed = this.#alarms[hand]
    if (armed?.at === at) return
    armed?.alarm.clear()
    this.#alarms[hand] = undefined
    if (at === Number.POSITIVE_INFINITY) return
    const alarm = this.#clock.alarm(hand, at, () => {
      this.#alarms[hand] = undefined
      this.#wake()
    })
    this.#alarms[hand] = { alarm, at }
  }

  /** Dead entries stay in the heap until they would come up; no more of them than of living ones. */
  #thin(hand: Hand): void {
    const waits = this.#waits[hand]
    if (waits.size > 1024 && waits.size > 2 * this.#byId[hand].size) waits.retain((wait) => wait.live)
  }
}

function earlier(a: Wait, b: Wait): boolean {
  return a.at < b.at
}
