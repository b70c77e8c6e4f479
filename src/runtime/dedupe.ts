/**
 * Who holds a dedupe key. What is in memory decides; what sleeps on disk is looked up first. The holder of a key is
 * the one task of its kind that has not ended.
 */
import { dedupeKey } from '../model/keys.js'
import type { Store } from '../store/store.js'
import type { Kinds } from './kinds.js'
import type { TaskUnit } from './unit.js'

/** Keys of sleeping tasks that are remembered: those a step has looked up stay known until it is made. */
const MOST_ASLEEP = 10_000

export class Dedupe {
  readonly #holders = new Map<string, string>()
  readonly #asleep = new Set<string>()
  readonly #store: Store
  readonly #kinds: Kinds
  readonly #find: (id: string) => Promise<TaskUnit | undefined>

  constructor(store: Store, kinds: Kinds, find: (id: string) => Promise<TaskUnit | undefined>) {
    this.#store = store
    this.#kinds = kinds
    this.#find = find
  }

  /** The holder as far as memory knows: complete right after `lookup`. */
  holder(kind: string, key: string): string | undefined {
    return this.#holders.get(dedupeKey(kind, key))
  }

  /** The holder, looked up on disk when memory knows none. */
  async lookup(kind: string, key: string): Promise<string | undefined> {
    const at = dedupeKey(kind, key)
    const known = this.#holders.get(at)
    if (known !== undefined) return known
    const id = (await this.#store.get(at)) ?? (await this.#underAlias(kind, key))
    if (id === undefined || this.#holders.has(at)) return this.#holders.get(at)
    const unit = await this.#find(id)
    if (unit && !unit.ended && !this.#holders.has(at)) this.#holders.set(at, id)
    return this.#holders.get(at)
  }

  take(kind: string, key: string, id: string): void {
    this.#holders.set(dedupeKey(kind, key), id)
    this.#asleep.delete(dedupeKey(kind, key))
  }

  /** The task leaves memory: its key may be forgotten, but not before others that went to sleep longer ago. */
  sleep({ id, kind, extras: { key } }: TaskUnit): void {
    if (key === undefined || this.#holders.get(dedupeKey(kind.name, key)) !== id) return
    this.#asleep.delete(dedupeKey(kind.name, key))
    this.#asleep.add(dedupeKey(kind.name, key))
    const [oldest] = this.#asleep
    if (oldest === undefined || this.#asleep.size <= MOST_ASLEEP) return
    this.#asleep.delete(oldest)
    this.#holders.delete(oldest)
  }

  free(unit: TaskUnit): void {
    const { key } = unit.extras
    if (key === undefined) return
    const at = dedupeKey(unit.kind.name, key)
    if (this.#holders.get(at) !== unit.id) return
    this.#holders.delete(at)
    this.#asleep.delete(at)
  }

  /** A task of a renamed kind that was not written since holds its key under the name of then. */
  async #underAlias(kind: string, key: string): Promise<string | undefined> {
    const { aliases = [] } = this.#kinds.find(kind) ?? {}
    if (aliases.length === 0) return undefined
    const ids = await this.#store.getMany(aliases.map((alias) => dedupeKey(alias, key)))
    return ids.find((id) => id !== undefined)
  }

  clear(): void {
    this.#holders.clear()
    this.#asleep.clear()
  }
}
