/**
 * The form of a backup: members in a fixed order. First `holdfast-backup.json` says what it is, then come the entries of
 * the store in files of about a megabyte, gzipped, a `[key, value]` a line; `summary.json` is the last and has the
 * SHA-256 of each. What has no summary is no backup: it was cut short.
 */
import { createHash } from 'node:crypto'
import { HoldfastError } from '../model/errors.js'
import type { KeyClass } from '../model/keys.js'
import type { Counts } from './census.js'

const FORM = 1
export const HEADER = 'holdfast-backup.json'
export const SUMMARY = 'summary.json'
/** Text of entries in one member, before it is packed. A member ends with the entry that passes it. */
export const MEMBER_BYTES = 1024 * 1024
/** A member beyond this, packed or not, is none of ours. */
export const MOST_BYTES = 64 * 1024 * 1024

/** A file of a backup. */
export interface Member {
  readonly name: string
  readonly bytes: Buffer
}

export interface BackupHeader {
  readonly form: number
  /** The version of holdfast that made it. */
  readonly holdfast: string
  /** Of the layout of the store. */
  readonly format: number
  readonly createdAt: string
}

export interface BackupSummary {
  readonly entries: Counts<KeyClass | 'other'>
  readonly tasks: Counts
  readonly members: readonly { readonly name: string; readonly bytes: number; readonly sha256: string }[]
}

/** The name of the n-th member with entries, from 1 on. */
export function entriesName(n: number): string {
  return `entries-${String(n).padStart(6, '0')}.ndjson.gz`
}

export function isMemberName(name: string): boolean {
  return name === HEADER || name === SUMMARY || /^entries-\d{6,}\.ndjson\.gz$/.test(name)
}

export function sha256(bytes: string | Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}

export function encodeHeader(header: Omit<BackupHeader, 'form'>): Buffer {
  return Buffer.from(`${JSON.stringify({ form: FORM, ...header })}\n`)
}

/** @throws ERR_BACKUP_DAMAGED, ERR_FORMAT_NEWER */
export function decodeHeader(bytes: Buffer): BackupHeader {
  const { form, holdfast, format, createdAt } = parsed(bytes, HEADER) as Partial<BackupHeader>
  if (typeof form === 'number' && form > FORM) {
    throw new HoldfastError('ERR_FORMAT_NEWER', `the backup has form ${form}, this version reads ${FORM}`, {
      hint: `Restore it with holdfast ${String(holdfast).slice(0, 20)} or later.`,
    })
  }
  const sound = form === FORM && Number.isSafeInteger(format) && typeof createdAt === 'string'
  if (!sound || typeof holdfast !== 'string') throw damaged(`its ${HEADER} is none`)
  return { form, holdfast, format: format as number, createdAt }
}

/** The summary with a seal: a text in which anything was changed is told from it. */
export function encodeSummary(summary: BackupSummary): Buffer {
  return Buffer.from(`${JSON.stringify({ summary, sha256: sha256(JSON.stringify(summary)) })}\n`)
}

/** @throws ERR_BACKUP_DAMAGED */
export function decodeSummary(bytes: Buffer): BackupSummary {
  const { summary } = parsed(bytes, SUMMARY) as { summary?: BackupSummary }
  if (!summary || !encodeSummary(summary).equals(bytes)) throw damaged('its summary is damaged')
  return summary
}

export function damaged(why: string, cause?: unknown): HoldfastError {
  return new HoldfastError('ERR_BACKUP_DAMAGED', `the backup cannot be restored: ${why}`, { cause })
}

function parsed(bytes: Buffer, name: string): object {
  try {
    return Object(JSON.parse(bytes.toString('utf8')))
  } catch (cause) {
    throw damaged(`its ${name} is not JSON`, cause)
  }
}
