/**
 * A backup of a store while it works: an iterator over all of it is its state as of one moment, whatever is written
 * meanwhile. The tables of that moment stay on disk as long as somebody reads, so whoever reads has to go on or to go.
 * In memory there is a page of entries and a member, however big the store is.
 */
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import {
  type BackupHeader,
  encodeHeader,
  encodeSummary,
  entriesName,
  HEADER,
  MEMBER_BYTES,
  type Member,
  SUMMARY,
  sha256,
} from './backup-form.js'
import { Census } from './census.js'
import type { Store } from './store.js'

const pack = promisify(gzip)
/** The fastest: it is made beside the work of the daemon. The next levels save a tenth and take twice the time. */
const LEVEL = 1

export class Backup {
  readonly createdAt: string
  /** As far as it has come. */
  bytes = 0
  readonly census = new Census()
  readonly #store: Store
  readonly #header: Omit<BackupHeader, 'form'>
  readonly #members: { name: string; bytes: number; sha256: string }[] = []

  constructor(store: Store, header: Omit<BackupHeader, 'form'>) {
    this.#store = store
    this.#header = header
    this.createdAt = header.createdAt
  }

  /** The members in their order, once. Who stops taking them has to return the generator: it holds the snapshot. */
  async *members(signal?: AbortSignal): AsyncGenerator<Member> {
    yield this.#member(HEADER, encodeHeader(this.#header))
    let lines: string[] = []
    let length = 0
    for await (const page of this.#store.scan({})) {
      signal?.throwIfAborted()
      for (const entry of page) {
        this.census.count(entry)
        const line = JSON.stringify(entry)
        lines.push(line)
        length += line.length
        if (length < MEMBER_BYTES) continue
        yield await this.#packed(lines)
        lines = []
        length = 0
      }
    }
    if (lines.length > 0) yield await this.#packed(lines)
    const { entries, tasks } = this.census
    const summary = { entries, tasks, members: this.#members }
    yield this.#member(SUMMARY, encodeSummary(summary))
  }

  async #packed(lines: readonly string[]): Promise<Member> {
    const text = `${lines.join('\n')}\n`
    return this.#member(entriesName(this.#members.length), await pack(text, { level: LEVEL }))
  }

  #member(name: string, bytes: Buffer): Member {
    this.bytes += bytes.length
    this.#members.push({ name, bytes: bytes.length, sha256: sha256(bytes) })
    return { name, bytes }
  }
}
