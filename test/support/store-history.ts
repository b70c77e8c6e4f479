/** All that a store ever held: every state that a commit left, and every version of every entry. */
import { createHash } from 'node:crypto'
import type { Entry, Op, Store } from '../../src/store/store.js'
import { FaultyStore } from '../../src/testing/faulty-store.js'

const HASH = 12

export class StoreHistory {
  /** What the last commit left. */
  readonly now: Map<string, string>
  readonly #versions: Map<string, Set<string>>
  /** The number of the commit that left a state, by what the state comes to. */
  readonly #states: Map<string, number>
  readonly #sum: Buffer
  commits: number
  /** Entries of the biggest commit. */
  most: number

  constructor(from?: StoreHistory) {
    const versions = from ? [...from.#versions].map(([key, values]) => [key, new Set(values)] as const) : []
    this.now = new Map(from?.now)
    this.#versions = new Map(versions)
    this.#sum = Buffer.from(from ? from.#sum : Buffer.alloc(HASH))
    this.#states = new Map(from ? from.#states : [[this.#sum.toString('hex'), 0]])
    this.commits = from?.commits ?? 0
    this.most = from?.most ?? 0
  }

  commit(ops: readonly Op[]): void {
    for (const op of ops) {
      const before = this.now.get(op.key)
      if (before !== undefined) add(this.#sum, [op.key, before])
      if (op.type === 'del') this.now.delete(op.key)
      else {
        this.now.set(op.key, op.value)
        add(this.#sum, [op.key, op.value])
        this.#versions.set(op.key, (this.#versions.get(op.key) ?? new Set()).add(op.value))
      }
    }
    this.#states.set(this.#sum.toString('hex'), ++this.commits)
    this.most = Math.max(this.most, ops.length)
  }

  /** How many commits lead to exactly these entries; `undefined` when no number of them does. */
  commitsOf(entries: Iterable<Entry>): number | undefined {
    const sum = Buffer.alloc(HASH)
    for (const entry of entries) add(sum, entry)
    return this.#states.get(sum.toString('hex'))
  }

  /** Whether an entry is one that was written, be it long ago. */
  knows([key, value]: Entry): boolean {
    return this.#versions.get(key)?.has(value) ?? false
  }

  /** The keys whose entry is not what the last commit left: gone, or an older one is back. */
  poorer(entries: ReadonlyMap<string, string>): string[] {
    return [...this.now].flatMap(([key, value]) => (entries.get(key) === value ? [] : [key]))
  }

  /** A store whose commits are noted here when they are on disk. */
  over(store: Store): Store {
    return new NotedStore(store, this)
  }
}

class NotedStore extends FaultyStore {
  readonly #history: StoreHistory

  constructor(inner: Store, history: StoreHistory) {
    super(inner)
    this.#history = history
  }

  override async batch(ops: readonly Op[], sync: boolean): Promise<void> {
    await super.batch(ops, sync)
    this.#history.commit(ops)
  }
}

/** In no order, and taken out by being added again. */
function add(sum: Buffer, [key, value]: Entry): void {
  const hash = createHash('sha1').update(`${key}\n${value}`).digest()
  for (let i = 0; i < HASH; i++) sum[i]! ^= hash[i]!
}
