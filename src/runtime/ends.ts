/**
 * The ends: which tasks ended when, by end state, and how many there are of each. One entry a commit, not one a task,
 * written with the ends themselves; an entry may name tasks that were put back or removed since, so whoever reads it
 * looks at their records. The counts are part of the runtime's mark, and so of the same commit.
 */
import type { TaskState } from '../../machines/index.js'
import { expiryKey, expiryRange, idOf, type RecordClass, rangeOf } from '../model/keys.js'
import { decodeRecord, type TaskRecord } from '../model/record.js'
import type { Batch } from '../store/batch.js'
import type { GroupCommit } from '../store/commit.js'
import type { Store } from '../store/store.js'
import type { TaskUnit } from './unit.js'

export type EndState = Extract<TaskState, 'FINISHED' | 'FAILED' | 'TERMINATED'>
export const END_STATES = ['FINISHED', 'FAILED', 'TERMINATED'] as const
export const LETTERS = { FINISHED: 'F', FAILED: 'X', TERMINATED: 'T' } as const

/** What the mark keeps, by end state: how many there are, and how many the index names; and the entries so far. */
export type EndsMark = readonly [number, number, number, number, number, number, entries: number]

/** Tasks in one entry of the index. */
const MOST_IDS = 500
/** Fewer names of tasks that are gone are left where they are. */
const MOST_GONE = 1_000
const NO_MARK = [0, 0, 0, 0, 0, 0, 0] as const
/** When the index is made anew, ends of one entry lie at most this far apart. */
const SPREAD_MS = 60_000

interface Clock {
  wall(): number
  steady(): number
}

export class Ends {
  /** Hears, when it is on disk, that tasks came to an end at some time, or left theirs. */
  noted: (states: readonly EndState[], at: number) => void = () => undefined
  /** Those that left the ended ones while somebody decides about them. */
  departed: Set<string> | undefined
  readonly #clock: Clock
  #counts: Record<EndState, number> | undefined
  /** Tasks that the index names, those included that are gone since. */
  #named = { FINISHED: 0, FAILED: 0, TERMINATED: 0 }
  #doubted = false
  #entries = 0
  /** Ended in the batch that fills; they end at the moment when it leaves. */
  #ended: Record<EndState, string[]> = none()
  #at: number | undefined
  #leaving = false

  constructor(clock: Clock) {
    this.#clock = clock
  }

  count(state: EndState): number {
    return this.#counts?.[state] ?? 0
  }

  get total(): number {
    return END_STATES.reduce((sum, state) => sum + this.count(state), 0)
  }

  get mark(): EndsMark | undefined {
    const counts = this.#doubted ? undefined : this.#counts
    const named = this.#named
    if (!counts) return undefined
    const { FINISHED, FAILED, TERMINATED } = counts
    return [FINISHED, FAILED, TERMINATED, named.FINISHED, named.FAILED, named.TERMINATED, this.#entries]
  }

  /** As the disk has it; without a mark everything is counted anew by `rebuild`. */
  restore(mark: EndsMark | undefined): void {
    this.#ended = none()
    this.#at = undefined
    this.#leaving = false
    this.departed = undefined
    this.#doubted = false
    const sound = Array.isArray(mark) && mark.length === 7 && mark.every((each) => Number.isSafeInteger(each))
    const [finished, failed, terminated, ...named] = sound ? mark : NO_MARK
    this.#counts = sound ? { FINISHED: finished, FAILED: failed, TERMINATED: terminated } : undefined
    this.#named = { FINISHED: named[0], FAILED: named[1], TERMINATED: named[2] }
    this.#entries = named[3]
  }

  /** The number can no longer be known: the next start counts. */
  doubt(): void {
    this.#doubted = true
  }

  /** A unit is about to be written: it comes to its end, or had come to one and leaves it. */
  moved(unit: TaskUnit, to: RecordClass): void {
    const { state, context, indexed } = unit
    if (to === 'ended' && context === indexed?.context) return
    if (indexed) {
      this.left(indexed.state as EndState, unit.id)
      unit.again = 0
    }
    unit.indexed = undefined
    if (to !== 'ended') return
    const at = this.entered(state as EndState, unit.id)
    if (unit.again !== undefined) unit.again = at
    unit.indexed = { state, context }
  }

  /** One more, in the batch that fills; gives the time under which it is found. */
  entered(state: EndState, id: string): number {
    if (this.#counts) this.#counts[state]++
    return this.again(state, id)
  }

  /** One fewer, in the batch that fills. */
  left(state: EndState, id: string): void {
    if (this.#counts) this.#counts[state]--
    this.#leaving = true
    this.departed?.add(id)
  }

  /** Found again later: the entry in which it stood goes. */
  again(state: EndState, id: string): number {
    this.#named[state]++
    this.#ended[state].push(id)
    this.#at ??= Math.floor(this.#clock.steady())
    return this.#at
  }

  /** Somebody began to wait for one that has ended: who decides about it just now leaves it where it is. */
  spare(state: EndState, id: string): void {
    if (!this.departed) return
    this.departed.add(id)
    this.again(state, id)
  }

  /** The index names so many fewer. */
  dropped(state: EndState, count: number): void {
    this.#named[state] -= count
  }

  /** So many that are named have gone since, that it is time to look the index through. */
  untidy(state: EndState): boolean {
    const gone = this.#named[state] - this.count(state)
    return gone > MOST_GONE && gone > this.count(state)
  }

  /** The entries of the batch that leaves. */
  write(batch: Batch): void {
    const at = this.#at
    if (this.#leaving && at === undefined) batch.after(() => this.noted([], 0))
    this.#leaving = false
    if (at === undefined) return
    const ended = this.#ended
    this.#ended = none()
    this.#at = undefined
    const states = END_STATES.filter((state) => ended[state].length > 0)
    batch.after(() => this.noted(states, at))
    for (const state of states) {
      const ids = ended[state]
      for (let from = 0; from < ids.length; from += MOST_IDS) {
        batch.put(expiryKey(LETTERS[state], at, ++this.#entries), ids.slice(from, from + MOST_IDS).join('\n'))
      }
    }
  }

  /** Counts and indexes what has ended by reading all of it: the mark was lost, or knew nothing of ends yet. */
  async rebuild(store: Store, commit: Pick<GroupCommit, 'put' | 'del' | 'flush'>): Promise<void> {
    if (this.#counts) return
    const counts = { FINISHED: 0, FAILED: 0, TERMINATED: 0 }
    for (;;) {
      const keys = await store.keys({ ...rangeOf('expiry'), limit: MOST_IDS })
      if (keys.length === 0) break
      for (const key of keys) commit.del(key)
      await commit.flush()
    }
    for await (const page of store.scan({ ...rangeOf('ended'), limit: MOST_IDS })) {
      const found: { id: string; state: EndState; at: number }[] = []
      for (const [key, text] of page) {
        const record = recordOf(idOf(key), text)
        if (!record) continue
        const state = record.state as EndState
        counts[state]++
        found.push({ id: idOf(key), state, at: this.#endOf(record) })
      }
      for (const state of END_STATES) this.#index(state, found, commit)
      await commit.flush()
    }
    this.#counts = counts
    this.#named = { ...counts }
  }

  /** Entries of ends that lie close together; all of them stand under the latest, so that none goes early. */
  #index(
    state: EndState,
    found: readonly { id: string; state: EndState; at: number }[],
    commit: Pick<GroupCommit, 'put'>,
  ): void {
    const ends = found.filter((each) => each.state === state).sort((a, b) => a.at - b.at)
    while (ends.length > 0) {
      const first = (ends[0] as { at: number }).at
      const far = ends.findIndex(({ at }) => at > first + SPREAD_MS)
      const near = ends.splice(0, far === -1 ? ends.length : far)
      const latest = (near.at(-1) as { at: number }).at
      commit.put(expiryKey(LETTERS[state], latest, ++this.#entries), near.map(({ id }) => id).join('\n'))
    }
  }

  /** When it ended, on the steady hand, as well as that can be known. */
  #endOf({ again, context }: TaskRecord): number {
    const now = this.#clock.steady()
    if (again !== undefined && again > 0) return Math.min(again, now)
    return Math.floor(now - Math.max(0, this.#clock.wall() - (context.endedAt ?? context.createdAt)))
  }
}

/** The oldest entries of a state. */
export function entriesOf(state: EndState, after?: string): { gt: string; lt: string } {
  return expiryRange(LETTERS[state], after)
}

/** A record that has ended, or `undefined` for what cannot be read. */
export function recordOf(id: string, text: string): TaskRecord | undefined {
  try {
    const record = decodeRecord(id, text)
    return (END_STATES as readonly string[]).includes(record.state) ? record : undefined
  } catch {
    return undefined
  }
}

function none(): Record<EndState, string[]> {
  return { FINISHED: [], FAILED: [], TERMINATED: [] }
}
