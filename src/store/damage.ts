/**
 * Looks for damage that LevelDB would pass over in silence: it drops the damaged part of a log, serves a zeroed block
 * as an empty one, meets a broken table only when it is read, and takes a directory without CURRENT for a new one.
 * Sizes, footers and logs are checked always, checksums of tables for the newest ones up to a bound: the last written is
 * what a cut can have torn, and reading all of a big store takes minutes on a card. Who has the time gives no bound.
 */
import { join } from 'node:path'
import { type BatchReading, readBatches } from './batch-log.js'
import type { Sizes } from './clean.js'
import { sizes } from './clean.js'
import { type Descriptor, readDescriptor } from './descriptor-file.js'
import { checkTable, endsWell, type TableDamage } from './table-file.js'
import { isMissing, isRefusal } from './trouble.js'

/** What is wrong and what helps: `keep` a copy and open, or `repair` a copy and open that. */
export interface Damage {
  readonly reason: string
  /** What is wrong with each file, by its name. */
  readonly files: ReadonlyMap<string, string>
  readonly remedy: 'keep' | 'repair'
  /** By file name: what has to be done to a table so that repair drops the bad blocks and nothing else. */
  readonly tables: ReadonlyMap<string, TableDamage>
  /** The files that make up the database; repair would bring back the dead from the others. All, when not known. */
  readonly live: ReadonlySet<string> | undefined
}

/** 0.1 s of computing on a desktop, half a second on a Pi 4; and recovery reads the same files right after. */
const CHECKSUM_BYTES = 64 * 1024 * 1024

export interface Care {
  /** Bytes of tables, the newest first, whose checksums are checked. Default 64 MiB. */
  readonly checksumBytes?: number
  /** Hears of each table that was looked at: its bytes. */
  readonly looked?: (bytes: number) => void
}

export async function findDamage(
  database: string,
  signed: Sizes | undefined,
  care: Care = {},
): Promise<Damage | undefined> {
  const found = await sizes(database)
  if (!found.has('CURRENT')) return damage('CURRENT', 'is missing')
  let descriptor: Descriptor
  try {
    descriptor = await readDescriptor(database)
  } catch (error) {
    if (isRefusal(error)) throw error
    return { ...damage('CURRENT', (error as Error).message), reason: (error as Error).message }
  }
  // A descriptor that is not in it was made since, by another program: what was signed is not what is here.
  const clean = signed?.has(descriptor.name) ? signed : undefined
  const live = liveFiles(found, descriptor)
  const tables = await damagedTables(database, found, descriptor, care)
  if (tables.size > 0) {
    const [name, { reason }] = [...tables][0]!
    const others = tables.size > 1 ? `, and ${tables.size - 1} more tables are damaged` : ''
    const files = new Map([...tables].map(([table, { reason }]) => [table, reason] as const))
    // A descriptor that has lost its end names tables that are gone, and not those that took their place.
    const current = !descriptor.damaged && [...tables.keys()].every((table) => found.has(table))
    return { reason: `${name} ${reason}${others}`, files, remedy: 'repair', tables, live: current ? live : undefined }
  }
  const missing = descriptor.log > 0 && !found.has(logName(descriptor.log))
  if (missing) return damage(logName(descriptor.log), 'is missing')
  if (clean && descriptor.damaged) return damage(descriptor.name, 'is damaged')
  return (await damagedLog(database, found, descriptor, clean)) ?? changed(found, clean)
}

export const isLog = (name: string) => name.endsWith('.log')
/** The logs among some files, the oldest first. */
export const logsAmong = (names: Iterable<string>) => [...names].filter(isLog).sort((a, b) => numberOf(a) - numberOf(b))
const numberOf = (name: string) => Number.parseInt(name, 10)
/** Zero-padded as LevelDB does. */
const logName = (number: number) => `${String(number).padStart(6, '0')}.log`
const tableName = (number: number, suffix: string) => `${String(number).padStart(6, '0')}.${suffix}`

function tableIn(found: Sizes, number: number): string {
  const old = tableName(number, 'sst')
  return found.has(old) ? old : tableName(number, 'ldb')
}

function liveFiles(found: Sizes, descriptor: Descriptor): ReadonlySet<string> {
  const tables = [...descriptor.tables.keys()].map((number) => tableIn(found, number))
  const others = [...found.keys()].filter((name) =>
    isLog(name) ? numberOf(name) >= descriptor.log : !/\.(ldb|sst)$/.test(name),
  )
  return new Set([...tables, ...others])
}

async function damagedTables(
  database: string,
  found: Sizes,
  descriptor: Descriptor,
  { checksumBytes = CHECKSUM_BYTES, looked }: Care,
): Promise<Map<string, TableDamage>> {
  const damaged = new Map<string, TableDamage>()
  let left = checksumBytes
  for (const [number, size] of [...descriptor.tables].sort(([a], [b]) => b - a)) {
    const name = tableIn(found, number)
    left -= size
    const reason = found.has(name)
      ? await damagedTable(join(database, name), size, left >= 0)
      : { reason: 'is missing', spoil: [] }
    if (reason) damaged.set(name, reason)
    looked?.(size)
  }
  return damaged
}

export async function damagedTable(path: string, size: number, checksums: boolean): Promise<TableDamage | undefined> {
  try {
    return !checksums && (await endsWell(path, size)) ? undefined : await checkTable(path, size)
  } catch (error) {
    if (isRefusal(error)) throw error
    return { reason: `is damaged: ${(error as Error).message}`, spoil: [], lost: true }
  }
}

/** After an unclean stop a log may end in a torn write, which nobody was told about; whole records behind it may not. */
async function damagedLog(
  database: string,
  found: Sizes,
  descriptor: Descriptor,
  clean: Sizes | undefined,
): Promise<Damage | undefined> {
  let after = 0
  for (const name of logsAmong(found.keys())) {
    if (numberOf(name) < descriptor.log) continue
    const { damagedAt, goesOn, misplaced, last } = await readBatches(join(database, name), after).catch(goneSince)
    after = last
    if (damagedAt === undefined || !(goesOn || misplaced || clean)) continue
    return { ...damage(name, `is damaged at byte ${damagedAt}`), remedy: 'keep' }
  }
  return undefined
}

/** Of a database at work: what was in the log is in a table by now. */
function goneSince(error: unknown): BatchReading {
  if (isMissing(error)) return { damagedAt: undefined, goesOn: false, misplaced: false, last: 0 }
  throw error
}

function changed(found: Sizes, clean: Sizes | undefined): Damage | undefined {
  for (const [name, size] of clean ?? []) {
    const now = found.get(name)
    if (now === size) continue
    const reason = now === undefined ? 'is missing' : `has ${now} bytes and had ${size} at the last stop`
    return { ...damage(name, reason), remedy: isLog(name) ? 'keep' : 'repair' }
  }
  return undefined
}

function damage(name: string, reason: string): Damage {
  const files = new Map([[name, reason]])
  return { reason: `${name} ${reason}`, files, remedy: 'repair', tables: new Map(), live: undefined }
}
