/** The latest jumps of the wall clock, kept: each schedule that they touched notes them at its next step. */
import type { Jump } from '../../machines/index.js'
import type { GroupCommit } from '../store/commit.js'
import type { Store } from '../store/store.js'

const KEY = 'm!jumps'
const MOST = 8

interface Kept extends Jump {
  readonly steady: number
}

export class Jumps {
  #kept: readonly Kept[] = []
  readonly #store: Store
  readonly #commit: GroupCommit

  constructor(store: Store, commit: GroupCommit) {
    this.#store = store
    this.#commit = commit
  }

  async read(): Promise<void> {
    try {
      this.#kept = JSON.parse((await this.#store.get(KEY)) ?? '[]') as Kept[]
    } catch {
      // Damaged, they are none: no schedule depends on them.
      this.#kept = []
    }
  }

  /** The clock jumped to `at`. */
  add(at: number, byMs: number, steady: number): void {
    this.#kept = [...this.#kept, { at, byMs, steady }].slice(-MOST)
    this.#commit.put(KEY, JSON.stringify(this.#kept))
  }

  /** The jumps after some steady time. */
  since(steady: number): Jump[] {
    return this.#kept.filter((each) => each.steady > steady).map(({ at, byMs }) => ({ at, byMs }))
  }
}
