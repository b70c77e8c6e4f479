/**
 * The windows of throttled keys: within one a key makes no other task. A window is a key in the store, written with the
 * task that opened it; memory has those that are not on disk yet and the latest of the others.
 */
import { throttleKey } from '../model/keys.js'
import type { GroupCommit } from '../store/commit.js'
import type { Store } from '../store/store.js'
import type { Kinds } from './kinds.js'

/** The task that opened it, and until when on the steady hand. */
interface Window {
  readonly id: string
  readonly until: number
}

/** Windows on disk that are remembered: those a step has looked up stay known until it is made. */
const MOST_KNOWN = 10_000

export class Throttle {
  readonly #store: Store
  readonly #commit: GroupCommit
  readonly #kinds: Kinds
  readonly #now: () => number
  /** Windows that no disk has yet. */
  readonly #fresh = new Map<string, Window>()
  readonly #known = new Map<string, Window>()

  constructor(store: Store, commit: GroupCommit, kinds: Kinds, now: () => number) {
    this.#store = store
    this.#commit = commit
    this.#kinds = kinds
    this.#now = now
  }

  /** The task whose window holds the key, as far as memory knows: complete right after `lookup`. */
  holder(kind: string, key: string): string | undefined {
    const at = throttleKey(kind, key)
    const window = this.#fresh.get(at) ?? this.#known.get(at)
    return window && window.until > this.#now() ? window.id : undefined
  }

  async lookup(kind: string, key: string): Promise<string | undefined> {
    const at = throttleKey(kind, key)
    if (!this.#fresh.has(at) && !this.#known.has(at)) {
      const window = await this.#read(kind, key)
      if (window && !this.#fresh.has(at) && !this.#known.has(at)) this.#know(at, window)
    }
    return this.holder(kind, key)
  }

  /** The window on disk that lasts longest: a kind that was renamed has those of its old names, too. */
  async #read(kind: string, key: string): Promise<Window | undefined> {
    const { aliases = [] } = this.#kinds.find(kind) ?? {}
    const texts = await this.#store.getMany([kind, ...aliases].map((name) => throttleKey(name, key)))
    const windows = texts.flatMap((text) => windowOf(text) ?? [])
    return windows.sort((a, b) => b.until - a.until)[0]
  }

  /** A task opens the window of its key, in the commit that is filling. */
  open(kind: string, key: string, id: string, ms: number): void {
    const at = throttleKey(kind, key)
    const window = { id, until: this.#now() + ms }
    this.#fresh.set(at, window)
    this.#commit.put(at, JSON.stringify(window))
    this.#commit.after(() => {
      if (this.#fresh.get(at) !== window) return
      this.#fresh.delete(at)
      this.#know(at, window)
    })
  }

  clear(): void {
    this.#fresh.clear()
    this.#known.clear()
  }

  #know(at: string, window: Window): void {
    this.#known.delete(at)
    this.#known.set(at, window)
    const [oldest] = this.#known.keys()
    if (oldest !== undefined && this.#known.size > MOST_KNOWN) this.#known.delete(oldest)
  }
}

/** A damaged window is none. */
function windowOf(text: string | undefined): Window | undefined {
  try {
    return text === undefined ? undefined : (JSON.parse(text) as Window)
  } catch {
    return undefined
  }
}
