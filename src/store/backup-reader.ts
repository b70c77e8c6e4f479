/**
 * Reads a backup and believes nothing: members in their order and no others, each with the checksum of the summary,
 * every line an entry, and as many of each class as were counted. What was read is good when the reading has come to its
 * end, not before.
 */
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { classOf } from '../model/keys.js'
import {
  type BackupHeader, type BackupSummary, damaged, decodeHeader, decodeSummary, entriesName, HEADER, type Member,
  MOST_BYTES, SUMMARY, sha256,
} from './backup-form.js' // biome-ignore format: a list
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

/** @throws ERR_BACKUP_DAMAGED, ERR_FORMAT_NEWER, and what the taker throws */
export async function readBackup(members: AsyncIterable<Member>, taker: BackupTaker): Promise<BackupContents> {
  const found: { name: string; bytes: number; sha256: string }[] = []
  const counts: Record<string, number> = {}
  let header: BackupHeader | undefined
  let summary: BackupSummary | undefined
  for await (const { name, bytes } of members) {
    if (summary) throw damaged(`${name} comes after the summary`)
    if (name === SUMMARY && header) {
      summary = decodeSummary(bytes)
      continue
    }
    const expected = header ? entriesName(found.length) : HEADER
    if (name !== expected) throw damaged(`${name} comes where ${expected} is expected`)
    found.push({ name, bytes: bytes.length, sha256: sha256(bytes) })
    if (!header) {
      header = decodeHeader(bytes)
      taker.begin(header)
      continue
    }
    const entries = await entriesOf(name, bytes)
    for (const [key] of entries) count(counts, classOf(key) ?? 'other')
    await taker.take(entries)
  }
  if (!header || !summary) throw damaged('it has no summary, so it was cut short')
  compare(found, counts, summary)
  return { header, summary }
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

function compare(
  found: readonly { name: string; bytes: number; sha256: string }[],
  counts: Readonly<Record<string, number>>,
  { members, entries }: BackupSummary,
): void {
  const wrong = found.find((member, i) => member.sha256 !== members[i]?.sha256 || member.name !== members[i]?.name)
  if (wrong) throw damaged(`${wrong.name} is not what was backed up`)
  if (found.length !== members.length) throw damaged(`${members[found.length]?.name} is missing`)
  const names = new Set([...Object.keys(counts), ...Object.keys(entries)])
  for (const name of names) {
    if (counts[name] !== (entries as Record<string, number>)[name]) throw damaged(`entries are missing (${name})`)
  }
}

function count(counts: Record<string, number>, name: string): void {
  counts[name] = (counts[name] ?? 0) + 1
}
