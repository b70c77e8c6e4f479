/**
 * The number of the layout on disk, kept in `format.json` beside the database. The file is also the mark that the store
 * was complete once: it is the last thing a creation writes, so without it nothing was ever acknowledged.
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { HoldfastError } from '../model/errors.js'
import { replaceFile } from './durable.js'
import { indexFollowUps } from './follow-ups.js'
import { barrier, type Database } from './level.js'
import { isMissing } from './trouble.js'

/**
 * The format this version writes, and for each older one that it still opens the way to the next. A power cut may come
 * between an upgrade and its mark: each must do no harm when it is done twice.
 */
export interface Format {
  readonly number: number
  readonly upgrades: Readonly<Record<number, (database: Database, path: string) => Promise<void>>>
}

/** 2: tasks are found by what led to them. */
export const FORMAT: Format = { number: 2, upgrades: { 1: indexFollowUps } }
/** What a store is taken for whose mark is lost. */
export const OLDEST = 1

/** The number on disk; `absent` before the first complete creation, `unreadable` when the file is damaged. */
export type Mark = number | 'absent' | 'unreadable'

export const markFile = (path: string) => join(path, 'format.json')

export async function readMark(path: string): Promise<Mark> {
  let text: string
  try {
    text = await readFile(markFile(path), 'utf8')
  } catch (error) {
    if (isMissing(error)) return 'absent'
    throw error
  }
  try {
    const number = JSON.parse(text)?.format
    return Number.isSafeInteger(number) && number > 0 ? number : 'unreadable'
  } catch {
    return 'unreadable'
  }
}

export function writeMark(path: string, number: number): Promise<void> {
  return replaceFile(markFile(path), `${JSON.stringify({ format: number })}\n`)
}

/** Refuses what this version cannot read, before anything in the directory is touched. */
export function assertReadable(mark: Mark, format: Format, path: string): void {
  if (typeof mark !== 'number') return
  if (mark > format.number) {
    const text = `the store ${path} has format ${mark}, this version reads up to ${format.number}`
    throw new HoldfastError('ERR_FORMAT_NEWER', text)
  }
  for (let step = mark; step < format.number; step++) {
    if (format.upgrades[step]) continue
    const text = `the store ${path} has format ${mark}, and this version knows no way from ${step} to ${step + 1}`
    const hint = 'Open it once with a version in between, or restore a backup made by this version.'
    throw new HoldfastError('ERR_STORE_CORRUPT', text, { hint })
  }
}

/** Brings an opened database from the format on disk to the present one, a step and a mark at a time. */
export async function upgrade(database: Database, path: string, mark: number, format: Format): Promise<void> {
  for (let step = mark; step < format.number; step++) {
    await format.upgrades[step]?.(database, path)
    await barrier(database)
    await writeMark(path, step + 1)
  }
}
