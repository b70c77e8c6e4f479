/**
 * Taking ended tasks out of the store, by hand or by the sweep: the record, the input, the keys by which it is found,
 * and all that hangs on it, in one commit. Until that commit is on disk the store still has the task; nobody may read it back.
 */
import { hangingRange, keyOf, rangeOf } from '../model/keys.js'
import type { Store } from '../store/store.js'
import type { EndState } from './ends.js'
import type { Ledger } from './ledger.js'

/** A task that is to go. */
export interface Leaver {
  readonly id: string
  readonly state: EndState
  /** Keys by which it is found. */
  readonly places: readonly string[]
  /** Keys that hang on it. */
  readonly hanging: readonly string[]
}

const HANGING = ['mail', 'dependency', 'dependent'] as const
/** Where a task is that has not ended, or may not have. */
const UNENDED = ['live', 'dormant', 'quarantine'] as const
/** Look-ups under way at a time. */
const AT_ONCE = 50

export class Removal {
  readonly #ledger: Ledger
  readonly #store: Store
  readonly #noted: (id: string) => void
  /** Removed in a commit that is not on disk yet. */
  readonly #going = new Set<string>()

  constructor(ledger: Ledger, store: Store, noted: (id: string) => void) {
    this.#ledger = ledger
    this.#store = store
    this.#noted = noted
  }

  /** The keys that hang on some tasks, by task; all of them are gone with their task. */
  async hanging(ids: readonly string[]): Promise<Map<string, string[]>> {
    const found = new Map<string, string[]>()
    const note = (id: string, keys: readonly string[]) => void found.set(id, [...(found.get(id) ?? []), ...keys])
    await Promise.all(HANGING.map((kind) => this.#look(kind, ids, Number.POSITIVE_INFINITY, note)))
    // Nobody waits in the name of a task that is gone. What it was waited for stays told by those who waited.
    for (const [id, keys] of found)
      found.set(
        id,
        keys.flatMap((key) => [key, ...otherEnd(id, key)]),
      )
    return found
  }

  /** Those of some tasks that others wait for which have not ended. */
  async awaited(ids: readonly string[]): Promise<Set<string>> {
    const waiting: { id: string; child: string }[] = []
    await this.#look('dependent', ids, Number.POSITIVE_INFINITY, (id, keys) => {
      for (const key of keys) waiting.push({ id, child: farEnd(key) })
    })
    const found = new Set<string>()
    for (let from = 0; from < waiting.length; from += AT_ONCE) {
      const some = waiting.slice(from, from + AT_ONCE).filter(({ id }) => !found.has(id))
      const texts = await this.#store.getMany(some.flatMap(({ child }) => UNENDED.map((kind) => keyOf(kind, child))))
      for (const [i, { id }] of some.entries()) {
        if (texts.slice(i * UNENDED.length, (i + 1) * UNENDED.length).some((text) => text !== undefined)) found.add(id)
      }
    }
    return found
  }

  /** The task goes with the commit that is filling; nothing may wait between the last look at it and this. */
  take({ id, state, places, hanging }: Leaver): void {
    const { commit, directory, ends } = this.#ledger
    directory.drop(id)
    commit.del(keyOf('ended', id))
    commit.del(keyOf('input', id))
    for (const key of places) commit.del(key)
    for (const key of hanging) commit.del(key)
    ends.left(state, id)
    this.#going.add(id)
    const gone = () => void this.#going.delete(id)
    commit.after(gone, gone)
    this.#noted(id)
  }

  /** Reads tasks back; one that was on its way out when the reading began is not there. */
  async past<Task>(
    ids: readonly string[],
    read: (ids: readonly string[]) => Promise<(Task | undefined)[]>,
  ): Promise<(Task | undefined)[]> {
    if (this.#going.size === 0) return read(ids)
    const gone = ids.map((id) => this.#going.has(id))
    const tasks = await read(ids)
    return tasks.map((task, i) => (gone[i] ? undefined : task))
  }

  /** Memory is forgotten. */
  clear(): void {
    this.#going.clear()
  }

  async #look(
    kind: Parameters<typeof hangingRange>[0],
    ids: readonly string[],
    limit: number,
    found: (id: string, keys: string[]) => void,
  ): Promise<void> {
    // Few stores hold any of these.
    if ((await this.#store.keys({ ...rangeOf(kind), limit: 1 })).length === 0) return
    for (let from = 0; from < ids.length; from += AT_ONCE) {
      const some = ids.slice(from, from + AT_ONCE)
      const keys = await Promise.all(some.map((id) => this.#store.keys({ ...hangingRange(kind, id), limit })))
      for (const [i, id] of some.entries()) if (keys[i]?.length) found(id, keys[i])
    }
  }
}

function farEnd(key: string): string {
  return key.slice(key.lastIndexOf('!') + 1)
}

function otherEnd(id: string, key: string): string[] {
  return key.startsWith(keyOf('dependency', '')) ? [`${keyOf('dependent', farEnd(key))}!${id}`] : []
}
