/** The latest jumps of the wall clock, kept: each schedule that they touched notes them at its next step. */
import type { Jump } from '../../machines/index.js'
import type { GroupCommit } from '../store/commit.js'
import type { Store } from '../store/store.js'

const KEY = 'm!jumps'
const MOST = 8

interface Kept extends Jump {
  /** Counts the jumps. */
  readonly n: number
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

  /** How many there were. */
  get count(): number {
    return this.#kept.at(-1)?.n ?? 0
  }

  /** The clock jumped to `at`. */
  add(at: number, byMs: number): void {
    this.#kept = [...this.#kept, { at, byMs, n: this.count + 1 }].slice(-MOST)
    this.#commit.put(KEY, JSON.stringify(this.#kept))
  }

  /** The jumps after the first `count`. */
  since(count: number): Jump[] {
    return this.#kept.filter(({ n }) => n > count).map(({ at, byMs }) => ({ at, byMs }))
  }
}
