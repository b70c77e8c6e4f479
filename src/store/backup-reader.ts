/**
 * Reads a backup and believes nothing: members in their order and no others, each with the checksum of the summary,
 * every line an entry, and as many of each class as were counted. What was read is good when the reading has come to its
 * end, not before.
 */
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import {
  type BackupHeader, type BackupSummary, damaged, decodeHeader, decodeSummary, entriesName, HEADER, type Member,
  MOST_BYTES, SUMMARY, sha256,
} from './backup-form.js' // biome-ignore format: a list
import { Census } from './census.js'
import type { Entry } from './store.js'

const unpack = promisify(gunzip)

/** What a backup says of itself. */
export interface BackupContents {
  readonly header: BackupHeader
  readonly summary: BackupSummary
}

export interface BackupTaker {
  /** The first member: may refuse all. */
  begin(header: BackupHeader): void
  take(entries: readonly Entry[]): Promise<void>
}

/** Members on their way: looked at, and passed on. */
export class BackupCheck {
  #header: BackupHeader | undefined
  #summary: BackupSummary | undefined

  /** The summary comes out only when all before it is what it says. @throws ERR_BACKUP_DAMAGED, ERR_FORMAT_NEWER */
  async *passing(members: AsyncIterable<Member>): AsyncGenerator<Member> {
    const found: { name: string; sha256: string }[] = []
    for await (const member of members) {
      const { name, bytes } = member
      if (this.#summary) throw damaged(`${name} comes after the summary`)
      if (name === SUMMARY && this.#header) {
        this.#summary = decodeSummary(bytes)
        compare(found, this.#summary)
      } else {
        const expected = this.#header ? entriesName(found.length) : HEADER
        if (name !== expected) throw damaged(`${name} comes where ${expected} is expected`)
        found.push({ name, sha256: sha256(bytes) })
        this.#header ??= decodeHeader(bytes)
      }
      yield member
    }
    if (!this.#summary) throw damaged('it has no summary, so it was cut short')
  }

  /** What was passed on, when all of it was. */
  get contents(): BackupContents {
    return { header: this.#header as BackupHeader, summary: this.#summary as BackupSummary }
  }
}

/** @throws ERR_BACKUP_DAMAGED, ERR_FORMAT_NEWER, and what the taker throws */
export async function readBackup(members: AsyncIterable<Member>, taker: BackupTaker): Promise<BackupContents> {
  const check = new BackupCheck()
  const census = new Census()
  for await (const { name, bytes } of check.passing(members)) {
    if (name === HEADER) taker.begin(check.contents.header)
    else if (name !== SUMMARY) {
      const entries = await entriesOf(name, bytes)
      for (const entry of entries) census.count(entry)
      await taker.take(entries)
    }
  }
  const { summary } = check.contents
  for (const name of new Set([...Object.keys(census.entries), ...Object.keys(summary.entries)])) {
    if (census.entries[name] !== (summary.entries as Record<string, number>)[name])
      throw damaged(`entries are missing (${name})`)
  }
  return check.contents
}

async function entriesOf(name: string, bytes: Buffer): Promise<Entry[]> {
  try {
    const text = (await unpack(bytes, { maxOutputLength: MOST_BYTES })).toString('utf8')
    return text.trimEnd().split('\n').map(entryOf)
  } catch (cause) {
    throw damaged(`${name} is damaged`, cause)
  }
}

function entryOf(line: string): Entry {
  const entry: unknown = JSON.parse(line)
  const sound = Array.isArray(entry) && entry.length === 2 && entry.every((part) => typeof part === 'string')
  if (!sound) throw new SyntaxError('a line is no entry')
  return entry as unknown as Entry
}

function compare(found: readonly { name: string; sha256: string }[], { members }: BackupSummary): void {
  const wrong = found.find(({ name, sha256: hash }, i) => hash !== members[i]?.sha256 || name !== members[i]?.name)
  if (wrong) throw damaged(`${wrong.name} is not what was backed up`)
  if (found.length !== members.length) throw damaged(`${members[found.length]?.name} is missing`)
}
