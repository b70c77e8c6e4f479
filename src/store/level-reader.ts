/** How a database of abstract-level is read: as it is at each call, or all as of one snapshot. */
import type { Entry, Moment, Range, Reader } from './store.js'
import { storeError } from './trouble.js'

/** What reading uses of a database. Keys and values are utf8 text. */
export interface Readable {
  get(key: string, as?: AsOf): Promise<string | undefined>
  getMany(keys: string[], as?: AsOf): Promise<(string | undefined)[]>
  iterator(range: Range & Fetching & Partial<AsOf>): Cursor<[string, string]>
  keys(range: Range & Fetching & Partial<AsOf>): Cursor<string>
  snapshot(): Snapshot
}

interface AsOf {
  readonly snapshot: Snapshot
}

/** Closed with its database, if nobody closes it before. */
interface Snapshot {
  ref(): void
  unref(): void
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

interface Cursor<T> {
  all(): Promise<T[]>
  nextv(size: number): Promise<T[]>
  close(): Promise<void>
}

/** An option of classic-level's iterators; the others ignore it. */
interface Fetching {
  readonly highWaterMarkBytes: number
}

const MOST_ENTRIES = 10_000
/** One trip to the thread pool fetches this much; classic-level's 16 KiB would make a scan mostly trips. */
const FETCH_BYTES = 1 << 20

export class LevelReader implements Reader {
  readonly #location: string
  readonly #database: () => Readable
  readonly #as: AsOf | undefined

  /** `database` is asked at every call, and throws ERR_STORE_CLOSED when there is none. */
  constructor(location: string, database: () => Readable, as?: AsOf) {
    this.#location = location
    this.#database = database
    this.#as = as
  }

  get(key: string): Promise<string | undefined> {
    return this.#told(() => this.#database().get(key, this.#as))
  }

  getMany(keys: readonly string[]): Promise<(string | undefined)[]> {
    return this.#told(() => this.#database().getMany([...keys], this.#as))
  }

  page(range: Range): Promise<Entry[]> {
    return this.#told(async () => {
      const database = this.#database()
      if (size(range) === 0) return []
      return await database.iterator({ ...this.#bounds(range), limit: size(range) }).all()
    })
  }

  keys(range: Range): Promise<string[]> {
    return this.#told(async () => {
      const database = this.#database()
      if (size(range) === 0) return []
      return await database.keys({ ...this.#bounds(range), limit: size(range) }).all()
    })
  }

  async *scan(range: Range): AsyncIterable<Entry[]> {
    const cursor = await this.#told(async () => this.#database().iterator(this.#bounds(range)))
    try {
      while (true) {
        const page = await this.#told(() => cursor.nextv(Math.max(1, size(range))))
        if (page.length === 0) return
        yield page
      }
    } finally {
      await cursor.close()
    }
  }

  async #told<T>(read: () => Promise<T>): Promise<T> {
    try {
      return await read()
    } catch (cause) {
      throw storeError(cause, this.#location)
    }
  }

  #bounds(range: Range): Range & Fetching & Partial<AsOf> {
    const { limit: _, ...rest } = range
    return { ...rest, ...this.#as, highWaterMarkBytes: FETCH_BYTES }
  }
}

export class LevelMoment extends LevelReader implements Moment {
  readonly #snapshot: Snapshot

  constructor(location: string, database: Readable) {
    const snapshot = database.snapshot()
    super(location, () => database, { snapshot })
    this.#snapshot = snapshot
  }

  close(): Promise<void> {
    return this.#snapshot.close()
  }
}

function size(range: Range): number {
  return Math.min(Math.max(0, range.limit ?? MOST_ENTRIES), MOST_ENTRIES)
}
