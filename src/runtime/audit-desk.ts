/** What an audit works with: the store, the commit that its changes join, and the list of what it found. */
import type { Now } from '../../machines/index.js'
import { type KeyClass, keyOf, type RecordClass, rangeOf } from '../model/keys.js'
import type { GroupCommit } from '../store/commit.js'
import type { Entry, Store } from '../store/store.js'

/** A commit, or what writes into a store in which nobody works. */
export type AuditCommit = Pick<GroupCommit, 'put' | 'del' | 'flush'>

/** What was changed, by what it is: `dueKey`, `member`, ... */
export type Changes = Readonly<Record<string, number>>

export interface AuditReport {
  /** Was missing and follows from the rest; made anew. */
  readonly rebuilt: Changes
  /** Led nowhere; taken out. */
  readonly dropped: Changes
  /** The first thousand of them, and how many there are. */
  readonly quarantined: readonly { readonly id: string; readonly reason: string }[]
  readonly quarantinedCount: number
  /** What is known to be gone: the first thousand, and how many. */
  readonly lost: readonly string[]
  readonly lostCount: number
}

/** Each may have an input and a record of a quarter of a megabyte beside it. */
const PAGE = 100
const MOST_NAMED = 1_000

export class AuditDesk {
  readonly store: Store
  readonly now: Now
  /** What was counted when these records and events were made; a mark that says less is an old one. */
  readonly highest = { seq: 0, emitted: 0 }
  readonly #commit: AuditCommit
  readonly #rebuilt: Record<string, number> = {}
  readonly #dropped: Record<string, number> = {}
  readonly #quarantined: { id: string; reason: string }[] = []
  readonly #lost: string[] = []
  #quarantinedCount = 0
  #lostCount = 0
  #unflushed = false

  constructor(store: Store, commit: AuditCommit, now: Now) {
    this.store = store
    this.now = now
    this.#commit = commit
  }

  /** Something was put, dropped or set aside. */
  get changed(): boolean {
    return this.#quarantinedCount > 0 || [this.#rebuilt, this.#dropped].some((counts) => Object.keys(counts).length > 0)
  }

  get report(): AuditReport {
    return {
      rebuilt: this.#rebuilt,
      dropped: this.#dropped,
      quarantined: this.#quarantined,
      quarantinedCount: this.#quarantinedCount,
      lost: this.#lost,
      lostCount: this.#lostCount,
    }
  }

  /** The entries of a class, a page at a time; what a page asked for is written before the next is read. */
  async *pages(kind: KeyClass): AsyncGenerator<Entry[]> {
    for await (const page of this.store.scan({ ...rangeOf(kind), limit: PAGE })) {
      yield page
      await this.flush()
    }
  }

  async flush(): Promise<void> {
    if (!this.#unflushed) return
    this.#unflushed = false
    await this.#commit.flush()
  }

  rebuild(what: string, key: string, value: string): void {
    this.#rebuilt[what] = (this.#rebuilt[what] ?? 0) + 1
    this.#put(key, value)
  }

  drop(what: string, key: string): void {
    this.#dropped[what] = (this.#dropped[what] ?? 0) + 1
    this.#unflushed = true
    this.#commit.del(key)
  }

  /** A record that cannot be a task, or what is left of one. */
  setAside(id: string, kind: RecordClass, record: string, reason: string, code = 'ERR_STORE_CORRUPT'): void {
    this.#quarantinedCount++
    if (this.#quarantined.length < MOST_NAMED) this.#quarantined.push({ id, reason })
    const at = new Date(this.now.wall).toISOString()
    this.#put(keyOf('quarantine', id), JSON.stringify({ code, reason, at, class: kind, record }))
    if (record !== '') this.#commit.del(keyOf(kind, id))
  }

  lose(what: string): void {
    this.#lostCount++
    if (this.#lost.length < MOST_NAMED) this.#lost.push(what)
  }

  #put(key: string, value: string): void {
    this.#unflushed = true
    this.#commit.put(key, value)
  }
}

/** Whether a text can be read at all. */
export function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
