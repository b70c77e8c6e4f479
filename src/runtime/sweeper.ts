/**
 * The sweeper takes what passed its retention out of the store, a page a commit and one page at a time, and keeps out
 * of the way while much waits to be committed. It sleeps until the oldest end is too old or there are too many. What
 * it does when is the business of machines/router, which the supervision tree plays for it under the name `sweeper`.
 */
import type { Alarm, Clock } from '../kernel/clock.js'
import { tell } from '../kernel/telemetry.js'
import { expiryTime, keyOf, placesOf } from '../model/keys.js'
import type { Store } from '../store/store.js'
import type { Released } from './dispatch.js'
import { END_STATES, type EndState, type Ends, entriesOf, recordOf } from './ends.js'
import type { Ledger } from './ledger.js'
import type { Leftovers } from './leftovers.js'
import type { Removal } from './removal.js'
import { gatheringMs, type Policies, patienceMs } from './retention.js'

/** Tasks removed in one commit. */
const PAGE = 500
/** Records read at a time. */
const READ = 100
/** Entries of the index read at a time. */
const ENTRIES = 50

interface Parts {
  readonly store: Store
  readonly ledger: Ledger
  readonly removal: Removal
  readonly leftovers: Leftovers
  /** Something is due. */
  readonly wake: () => void
}

/** An entry of the index. */
interface Entry {
  readonly key: string
  readonly at: number
  readonly ids: readonly string[]
}

/** What is known of a task of an entry before it is decided about. */
type Look =
  | { readonly fate: 'go'; readonly places: readonly string[]; readonly hanging: readonly string[] }
  /** It stands in a younger entry, or nowhere. */
  | { readonly fate: 'gone' }
  /** Others wait for it. */
  | { readonly fate: 'awaited' }

/** A run through all that is due, of one page or many. What ends after it began waits for the next one. */
interface Sweep {
  readonly began: number
  removed: number
  /** The last entry that was looked at. */
  readonly after: { [State in EndState]?: string }
}

const GONE: Look = { fate: 'gone' }
const AWAITED: Look = { fate: 'awaited' }
const NOTHING: Released = { count: 0, more: false }
const LONGEST_REST_MS = 100
/** After a sweep that could remove nothing, of what is in use or awaited, the next one waits. */
const FRUITLESS_MS = 60_000

export class Sweeper {
  readonly #parts: Parts
  readonly #clock: Clock
  readonly #ends: Ends
  readonly #policies: Policies
  /** The oldest entry of each state. */
  #oldest = everywhere(Number.POSITIVE_INFINITY)
  /** Since when there are too many. */
  #surplus = everywhere<number | undefined>(undefined)
  #alarm: { readonly alarm: Alarm; readonly at: number } | undefined
  /** When the last sweep was over; of one that changed nothing, too. */
  #swept = Number.NEGATIVE_INFINITY
  #fruitless = false
  #sweep: Sweep | undefined
  #turn: Promise<unknown> = Promise.resolve()
  /** Counts how often everything was forgotten. */
  #life = 0

  constructor(parts: Parts) {
    this.#parts = parts
    this.#clock = parts.ledger.clock
    this.#ends = parts.ledger.ends
    this.#policies = parts.ledger.settings.retention
    this.#ends.noted = (states, at) => {
      for (const state of states) this.#oldest[state] = Math.min(this.#oldest[state], at)
      this.#arm()
    }
  }

  /** Finds the oldest entries; at a start and after each sweep. */
  async look(): Promise<void> {
    const life = this.#life
    // What is written while the store is being looked at is noted here.
    this.#oldest = everywhere(Number.POSITIVE_INFINITY)
    for (const state of END_STATES) {
      const [first] = await this.#parts.store.keys({ ...entriesOf(state), limit: 1 })
      if (life !== this.#life) return
      if (first !== undefined) this.#oldest[state] = Math.min(this.#oldest[state], expiryTime(first))
    }
    this.#arm()
  }

  /** A page of the sweep: up to 500 tasks in one commit. One at a time, also where a failed disk left one behind. */
  page(): Promise<Released> {
    const page = this.#turn.then(() => this.#page())
    this.#turn = page.catch(() => undefined)
    return page
  }

  async #page(): Promise<Released> {
    const life = this.#life
    this.#sweep ??= { began: this.#clock.steady(), removed: 0, after: {} }
    const sweep = this.#sweep
    const { commit } = this.#parts.ledger
    while (commit.busy) await commit.durable()
    const began = this.#clock.steady()
    for (const state of END_STATES) {
      const entries = await this.#entries(state, sweep)
      const last = entries.at(-1)
      if (!last) continue
      const removed = await this.#take(state, entries, sweep, life)
      if (removed === undefined) return NOTHING
      sweep.after[state] = last.key
      sweep.removed += removed
      await commit.durable()
      if (life !== this.#life) return NOTHING
      await this.#rest(this.#clock.steady() - began)
      return { count: removed, more: true }
    }
    await this.#parts.leftovers.sweep(() => life !== this.#life)
    if (life !== this.#life) return NOTHING
    const { removed } = sweep
    this.#sweep = undefined
    this.#swept = this.#clock.steady()
    this.#fruitless = removed === 0
    if (removed > 0) tell('retention.swept', () => ({ removed, tookMs: this.#swept - sweep.began }))
    this.#surplus = everywhere<number | undefined>(undefined)
    await this.look()
    return NOTHING
  }

  /** Memory is forgotten, or the runtime stops: what is under way finds that out before it changes anything. */
  clear(): void {
    this.#life++
    this.#sweep = undefined
    this.#ends.departed = undefined
    this.#alarm?.alarm.clear()
    this.#alarm = undefined
    this.#oldest = everywhere(Number.POSITIVE_INFINITY)
    this.#surplus = everywhere<number | undefined>(undefined)
  }

  /** A sweep is on its way. */
  get sweeping(): boolean {
    return this.#sweep !== undefined
  }

  /** Between two pages the others have as much time as the page took. */
  #rest(ms: number): Promise<void> | undefined {
    if (ms <= 0) return undefined
    const until = this.#clock.steady() + Math.min(ms, LONGEST_REST_MS)
    return new Promise((resolve) => this.#clock.alarm('steady', until, resolve))
  }

  /** The next entries with tasks that have to go, the oldest first, of about a page of tasks. */
  async #entries(state: EndState, sweep: Sweep): Promise<Entry[]> {
    const until = sweep.began - this.#policies[state].ageMs
    let surplus = this.#surplusOf(state)
    const untidy = this.#ends.untidy(state)
    const found: Entry[] = []
    let count = 0
    for await (const page of this.#parts.store.scan({ ...entriesOf(state, sweep.after[state]), limit: ENTRIES })) {
      for (const [key, text] of page) {
        const entry = { key, at: expiryTime(key), ids: text.split('\n') }
        if (entry.at > sweep.began) return found
        if (entry.at > until && surplus <= 0 && !untidy) return found
        if (count > 0 && count + entry.ids.length > PAGE) return found
        found.push(entry)
        count += entry.ids.length
        surplus -= entry.ids.length
      }
    }
    return found
  }

  /** Takes out what has to go, and keeps the rest of the entries; `undefined` when everything was forgotten meanwhile. */
  async #take(state: EndState, entries: readonly Entry[], sweep: Sweep, life: number): Promise<number | undefined> {
    const { ledger, removal } = this.#parts
    const departed = new Set<string>()
    this.#ends.departed = departed
    const looks = await this.#look(state, entries)
    if (life !== this.#life) return undefined
    this.#ends.departed = undefined
    // From here on nothing waits: what was seen is still so.
    const until = sweep.began - this.#policies[state].ageMs
    let removed = 0
    for (const [i, { key, at, ids }] of entries.entries()) {
      const old = at <= until
      const kept = ids.filter((id, j) => {
        const look = (looks[i] as Look[])[j] as Look
        if (look.fate === 'gone' || departed.has(id)) return false
        if (this.#inUse(id) || !(old || this.#surplusOf(state) > 0)) return true
        if (look.fate === 'awaited') {
          if (old) this.#ends.again(state, id)
          return !old
        }
        removal.take({ id, state, places: look.places, hanging: look.hanging })
        // Two ends within a millisecond look the same.
        departed.add(id)
        removed++
        return false
      })
      this.#ends.dropped(state, ids.length - kept.length)
      if (kept.length === 0) ledger.commit.del(key)
      else if (kept.length < ids.length) ledger.commit.put(key, kept.join('\n'))
    }
    return removed
  }

  /** What is known of each task of each entry. */
  async #look(state: EndState, entries: readonly Entry[]): Promise<Look[][]> {
    const { store, removal } = this.#parts
    const named = entries.flatMap(({ at, ids }) => ids.map((id) => ({ id, at })))
    /** Where those are found whose record says that they ended when their entry says it. */
    const places = new Map<string, readonly string[]>()
    const sound = new Set<string>()
    for (let from = 0; from < named.length; from += READ) {
      const some = named.slice(from, from + READ)
      const texts = await store.getMany(some.map(({ id }) => keyOf('ended', id)))
      for (const [i, { id, at }] of some.entries()) {
        const text = texts[i]
        const record = text === undefined ? undefined : recordOf(id, text)
        if (record?.state !== state || (record.again !== undefined && record.again > at)) continue
        places.set(id, placesOf(id, record.extras))
        sound.add(`${at} ${id}`)
      }
    }
    const found = [...places.keys()]
    const awaited = await removal.awaited(found)
    const hanging = await removal.hanging(found)
    const look = (id: string, at: number): Look => {
      if (!sound.has(`${at} ${id}`)) return GONE
      if (awaited.has(id)) return AWAITED
      return { fate: 'go', places: places.get(id) ?? [], hanging: hanging.get(id) ?? [] }
    }
    return entries.map(({ at, ids }) => ids.map((id) => look(id, at)))
  }

  /** Somebody holds it, or is about to: it goes another time. */
  #inUse(id: string): boolean {
    const { directory } = this.#parts.ledger
    return directory.loading(id) || directory.resident(id)?.pinned() === true
  }

  #surplusOf(state: EndState): number {
    return this.#ends.count(state) - this.#policies[state].count
  }

  /** One alarm, for whatever is due first. */
  #arm(): void {
    if (this.#sweep) return
    const now = this.#clock.steady()
    let next = Number.POSITIVE_INFINITY
    for (const state of END_STATES) {
      const policy = this.#policies[state]
      const old = this.#oldest[state] + policy.ageMs
      next = Math.min(next, Math.max(old, this.#swept + gatheringMs(policy)))
      const patience = patienceMs(policy, this.#surplusOf(state))
      this.#surplus[state] = patience === Number.POSITIVE_INFINITY ? undefined : (this.#surplus[state] ?? now)
      next = Math.min(next, (this.#surplus[state] ?? now) + patience)
      if (this.#ends.untidy(state)) next = Math.min(next, Math.max(now, this.#swept + FRUITLESS_MS))
    }
    if (this.#fruitless) next = Math.max(next, this.#swept + FRUITLESS_MS)
    if (this.#alarm?.at === next) return
    this.#alarm?.alarm.clear()
    this.#alarm = undefined
    if (next === Number.POSITIVE_INFINITY) return
    const alarm = this.#clock.alarm('steady', next, () => {
      this.#alarm = undefined
      this.#parts.wake()
    })
    this.#alarm = { alarm, at: next }
  }
}

function everywhere<T>(value: T): Record<EndState, T> {
  return { FINISHED: value, FAILED: value, TERMINATED: value }
}
