/**
 * Tasks by state. Those that ended are counted with every commit; the others are counted on the disk when somebody asks,
 * for at most a fiftieth of the time: between two counts what moves is added. Nobody asks: nothing is counted.
 */
import type { TaskState } from '../../machines/index.js'
import type { Clock } from '../kernel/clock.js'
import { rangeOf } from '../model/keys.js'
import { isEnded, STORED_STATES, stateIn } from '../model/record.js'
import type { Store } from '../store/store.js'
import { END_STATES } from './ends.js'
import type { Ledger } from './ledger.js'
import type { Moved } from './observers.js'

export type StateCounts = Readonly<Record<(typeof STORED_STATES)[number], number>>

const PAGE = 1_000
/** A count is good for this many times as long as it took, and for a second. */
const SHARE = 50
const LEAST_MS = 1_000
/** Who did not ask for so long is not counted along for. */
const FORGET_MS = 60_000

interface Parts {
  readonly store: Store
  readonly clock: Clock
  readonly ledger: Ledger
}

type Waiting = Record<string, number>

export class Tally {
  readonly #parts: Parts
  /** Tasks that have not ended, as of the latest count and with what moved since. */
  #waiting: Waiting = {}
  #counting: Promise<void> | undefined
  #until = Number.NEGATIVE_INFINITY
  #asked = 0
  #leave: (() => void) | undefined

  constructor(parts: Parts) {
    this.#parts = parts
  }

  async states(): Promise<StateCounts> {
    const { clock, ledger } = this.#parts
    this.#asked = clock.steady()
    if (clock.steady() >= this.#until) {
      this.#counting ??= this.#count().finally(() => {
        this.#counting = undefined
      })
      await this.#counting
    }
    const ended = (state: TaskState) => END_STATES.find((each) => each === state)
    const of = (state: TaskState) => {
      const end = ended(state)
      return Math.max(0, this.#waiting[state] ?? 0) + (end ? ledger.ends.count(end) : 0)
    }
    return Object.fromEntries(STORED_STATES.map((state) => [state, of(state)])) as StateCounts
  }

  async #count(): Promise<void> {
    const { store, clock, ledger } = this.#parts
    const begun = clock.steady()
    const waiting: Waiting = {}
    // What moves while it is counted is added to it.
    const moved: Waiting = {}
    this.#leave?.()
    this.#leave = ledger.observers.add({ moved: (fact) => this.#moved(fact, moved) })
    for (const kind of ['live', 'dormant'] as const) {
      for await (const page of store.scan({ ...rangeOf(kind), limit: PAGE })) {
        for (const [, text] of page) {
          const state = stateIn(text)
          if (state) waiting[state] = (waiting[state] ?? 0) + 1
        }
      }
    }
    for (const [state, count] of Object.entries(moved)) waiting[state] = (waiting[state] ?? 0) + count
    this.#waiting = waiting
    this.#leave()
    this.#leave = ledger.observers.add({ moved: (fact) => this.#moved(fact, waiting) })
    this.#until = clock.steady() + Math.max(LEAST_MS, SHARE * (clock.steady() - begun))
  }

  #moved({ from, to, context }: Moved, counts: Waiting): void {
    if (this.#parts.clock.steady() - this.#asked > FORGET_MS) {
      this.#leave?.()
      this.#leave = undefined
      this.#until = Number.NEGATIVE_INFINITY
      return
    }
    if (from === to) return
    counts[from] = (counts[from] ?? 0) - 1
    if (!isEnded(to, context)) counts[to] = (counts[to] ?? 0) + 1
  }
}
