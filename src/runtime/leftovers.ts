/** What a sweep takes along beside ended tasks: throttles that are over, and emitted events of more than a week ago. */
import type { Clock } from '../kernel/clock.js'
import { idOf, keyOf, ordered, rangeOf } from '../model/keys.js'
import type { GroupCommit } from '../store/commit.js'
import type { Store } from '../store/store.js'

/** Throttles looked at together. A sweep goes on while some of them are over, and the next one behind those. */
const LOOKS = 1_000
/** Events removed in one commit. */
const PAGE = 500

export class Leftovers {
  readonly #store: Store
  readonly #commit: GroupCommit
  readonly #clock: Clock
  /** The latest event that is older than a week. */
  readonly #oldEvents: () => number
  #after = ''

  constructor(store: Store, commit: GroupCommit, clock: Clock, oldEvents: () => number) {
    this.#store = store
    this.#commit = commit
    this.#clock = clock
    this.#oldEvents = oldEvents
  }

  /** `forgotten`: everything in memory was, and nothing more may be changed. */
  async sweep(forgotten: () => boolean): Promise<void> {
    await this.#throttles(forgotten)
    if (!forgotten()) await this.#events(forgotten)
  }

  async #throttles(forgotten: () => boolean): Promise<void> {
    do {
      const found = await this.#store.page({ ...rangeOf('throttle', this.#after), limit: LOOKS })
      const last = found.length < LOOKS || forgotten() ? undefined : found.at(-1)
      this.#after = last ? idOf(last[0]) : ''
      if (forgotten()) return
      // One that begins anew just now is not on disk yet.
      const renewed = this.#commit.touched(keyOf('throttle', ''))
      const now = this.#clock.steady()
      const over = found.filter(([key, text]) => !renewed.has(key) && untilOf(text) <= now)
      if (over.length === 0) return
      for (const [key] of over) this.#commit.del(key)
      await this.#commit.durable()
    } while (this.#after !== '' && !forgotten())
  }

  async #events(forgotten: () => boolean): Promise<void> {
    const last = this.#oldEvents()
    if (last <= 0) return
    for (;;) {
      const range = { gte: keyOf('emitted', ''), lte: keyOf('emitted', ordered(last)), limit: PAGE }
      const keys = await this.#store.keys(range)
      if (forgotten() || keys.length === 0) return
      for (const key of keys) this.#commit.del(key)
      await this.#commit.durable()
    }
  }
}

/** What cannot be read throttles nothing. */
function untilOf(text: string): number {
  try {
    const { until } = JSON.parse(text) as { until?: unknown }
    return typeof until === 'number' ? until : 0
  } catch {
    return 0
  }
}
