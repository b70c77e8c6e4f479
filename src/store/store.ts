/**
 * The contract of a store: ordered keys, opaque text values, atomic batches, and `sync` that means on disk.
 * Everything above depends on this file and on no database. test/conformance holds every implementation to it.
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

/** What opening found and did. `created`: the store is new. `repaired`: damaged files were repaired, the originals kept there. */
export interface OpenReport {
  readonly created: boolean
  readonly repaired?: { readonly kept: string; readonly reason: string }
}

export interface Store {
  /** The directory, or a name for what has none. */
  readonly location: string
  /**
   * Opens, or makes anew, so that a power cut at any moment of it leaves a store that opens.
   * Opening again after close() is legal: it is how a failed disk is recovered.
   * @throws ERR_STORE_LOCKED, ERR_STORE_CORRUPT, ERR_STORE_IO, ERR_FORMAT_NEWER
   */
  open(): Promise<OpenReport>
  /** Closes; closing a closed store does nothing. */
  close(): Promise<void>
  get(key: string): Promise<string | undefined>
  /** One value a key, in the order of the keys. */
  getMany(keys: readonly string[]): Promise<(string | undefined)[]>
  /** All of it or nothing; resolves after the fsync when `sync`. @throws ERR_STORE_IO: what of it is on disk is unknown */
  batch(ops: readonly Op[], sync: boolean): Promise<void>
  /** The entries of a range, as of one moment. */
  page(range: Range): Promise<Entry[]>
  /** Only the keys of a range, as of one moment. */
  keys(range: Range): Promise<string[]>
  /** All entries of a range as of one moment, in pages; `limit` is the size of a page. */
  scan(range: Range): AsyncIterable<Entry[]>
}
