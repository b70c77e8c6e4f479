/**
 * The contract of a store: ordered keys, opaque text values, atomic batches, and `sync` that means on disk.
 * Everything above depends on this file and on no database. The checks of holdfast/testing hold every implementation to it.
 */

export type Op =
  | { readonly type: 'put'; readonly key: string; readonly value: string }
  | { readonly type: 'del'; readonly key: string }

/** A range of keys in byte order. At most `limit` entries, default and greatest 10,000. */
export interface Range {
  readonly gt?: string
  readonly gte?: string
  readonly lt?: string
  readonly lte?: string
  readonly reverse?: boolean
  readonly limit?: number
}

export type Entry = readonly [key: string, value: string]

/**
 * What opening found and did. `created`: the store is new and empty. `repaired`: something was damaged, entries may be
 * missing or old; the files as they were are kept there. It is said once, at the opening that did it.
 */
export interface OpenReport {
  readonly created: boolean
  readonly repaired?: { readonly kept: string; readonly reason: string }
}

/** What can be read, of a store as it is at each call or of one moment. */
export interface Reader {
  get(key: string): Promise<string | undefined>
  /** One value a key, in the order of the keys, as of one moment. */
  getMany(keys: readonly string[]): Promise<(string | undefined)[]>
  /** The entries of a range, as of one moment. */
  page(range: Range): Promise<Entry[]>
  /** Only the keys of a range, as of one moment. */
  keys(range: Range): Promise<string[]>
  /**
   * All entries of a range as of the moment the first page is asked for. A page has at most `limit` entries, fewer where
   * values are big (about 1 MiB a page); none is empty.
   */
  scan(range: Range): AsyncIterable<Entry[]>
}

/** What the store held when it was asked for, whatever is written meanwhile. */
export interface Moment extends Reader {
  /** Whoever asked for it closes it: until then what was written over and removed keeps its space. Twice is no error. */
  close(): Promise<void>
}

export interface Store extends Reader {
  /** The directory, or a name for what has none. */
  readonly location: string
  /**
   * Opens, or makes anew, so that a power cut at any moment of it leaves a store that opens.
   * Opening again after close() is legal: it is how a failed disk is recovered. Opening an open store changes nothing.
   * @throws ERR_STORE_LOCKED, ERR_STORE_CORRUPT, ERR_STORE_IO, ERR_FORMAT_NEWER
   */
  open(): Promise<OpenReport>
  /** Closes; closing a closed store does nothing. */
  close(): Promise<void>
  /**
   * All of it or nothing; the last op on a key wins; resolves after the fsync when `sync`, with which everything written
   * before is on disk too. Without it a cut may lose this batch and keep a later one. After a failure no batch is taken
   * until the store was closed and opened.
   * @throws ERR_STORE_IO: what of it is on disk is unknown
   */
  batch(ops: readonly Op[], sync: boolean): Promise<void>
  /**
   * Several looks at one moment, which is now. It ends with close() of the store: then it answers ERR_STORE_CLOSED, also
   * when the store is open again.
   * @throws ERR_STORE_CLOSED
   */
  moment(): Moment
  /**
   * Gives back the space of what was removed between two keys, as far as the store is of a kind that can; what it holds
   * stays what it is. Reads and writes go on meanwhile, and close() waits for it.
   */
  compact(from: string, to: string): Promise<void>
}
