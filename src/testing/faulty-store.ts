import type { HoldfastError } from '../model/errors.js'
import type { Entry, Moment, Op, OpenReport, Range, Store } from '../store/store.js'
import { storeError } from '../store/trouble.js'

/** What a disk says when it cannot be written. */
const SAYS = {
  ENOSPC: 'No space left on device',
  EIO: 'Input/output error',
  EROFS: 'Read-only file system',
} as const

export type DiskTrouble = keyof typeof SAYS

/** A store whose disk fails when told to, and whose commits wait when told to. Reads go through. */
export class FaultyStore implements Store {
  /** Batches that were asked for, and the ops in them; failed ones too. */
  batches = 0
  ops = 0
  synced = 0
  opens = 0
  readonly #inner: Store
  #failing = 0
  #trouble: DiskTrouble | undefined
  /** As LevelDB: one failed write, and none is taken until the store was opened again. */
  #latched = false
  #held: { resolve: () => void; promise: Promise<void> } | undefined
  #waiting = 0
  #arrivals: { count: number; resolve: () => void }[] = []

  constructor(inner: Store) {
    this.#inner = inner
  }

  get location(): string {
    return this.#inner.location
  }

  /** The next n batches fail, each as a disk error; the store does not latch. */
  failNext(n = 1): void {
    this.#failing = n
  }

  /** Every batch and every open fails until mend(); after it the store has to be closed and opened. */
  fail(trouble: DiskTrouble = 'ENOSPC'): void {
    this.#trouble = trouble
  }

  mend(): void {
    this.#trouble = undefined
  }

  /** What the disk says at present; `undefined` while it is well. */
  get trouble(): DiskTrouble | undefined {
    return this.#trouble
  }

  /** Batches wait from now on. */
  hold(): void {
    this.#held ??= gate()
  }

  /** Those that wait go on, in their order. */
  release(): void {
    this.#held?.resolve()
    this.#held = undefined
    this.#waiting = 0
  }

  /** Resolves when `count` batches wait. */
  heldBatches(count = 1): Promise<void> {
    return new Promise((resolve) => {
      this.#arrivals.push({ count, resolve })
      this.#announce()
    })
  }

  async open(): Promise<OpenReport> {
    this.opens++
    if (this.#trouble) throw this.#diskError('open')
    const report = await this.#inner.open()
    this.#latched = false
    return report
  }

  close(): Promise<void> {
    return this.#inner.close()
  }

  async batch(ops: readonly Op[], sync: boolean): Promise<void> {
    this.batches++
    this.ops += ops.length
    if (sync) this.synced++
    if (this.#held) {
      this.#waiting++
      this.#announce()
      await this.#held.promise
    }
    if (this.#failing > 0) {
      this.#failing--
      throw this.#diskError('batch')
    }
    if (this.#trouble) this.#latched = true
    if (this.#latched) throw this.#diskError('batch')
    await this.#inner.batch(ops, sync)
  }

  get(key: string): Promise<string | undefined> {
    return this.#inner.get(key)
  }

  getMany(keys: readonly string[]): Promise<(string | undefined)[]> {
    return this.#inner.getMany(keys)
  }

  page(range: Range): Promise<Entry[]> {
    return this.#inner.page(range)
  }

  keys(range: Range): Promise<string[]> {
    return this.#inner.keys(range)
  }

  scan(range: Range): AsyncIterable<Entry[]> {
    return this.#inner.scan(range)
  }

  moment(): Moment {
    return this.#inner.moment()
  }

  compact(from: string, to: string): Promise<void> {
    return this.#inner.compact(from, to)
  }

  #announce(): void {
    this.#arrivals = this.#arrivals.filter(({ count, resolve }) => {
      if (this.#waiting < count) return true
      resolve()
      return false
    })
  }

  #diskError(call: string): HoldfastError {
    const says = SAYS[this.#trouble ?? 'ENOSPC']
    const cause = Object.assign(new Error(`IO error: ${call}: ${says}`), { code: 'LEVEL_IO_ERROR' })
    return storeError(cause, this.location)
  }
}

function gate(): { resolve: () => void; promise: Promise<void> } {
  let resolve = () => {}
  const promise = new Promise<void>((open) => {
    resolve = open
  })
  return { resolve, promise }
}
