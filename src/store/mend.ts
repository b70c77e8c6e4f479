/**
 * Repair, so that nothing is lost that is still there: it works on a copy. The damaged directory itself is never
 * written; when the copy opens, the two change places and the damaged one stays as `damaged-<n>`, the newest two of
 * them. A repair that fails leaves all as it was, so the next start finds the same damage and says the same.
 */
import { constants, copyFile, link, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { ClassicLevel } from 'classic-level'
import { HoldfastError } from '../model/errors.js'
import { UNCHECKED_KEY } from '../model/keys.js'
import { rewriteLog } from './batch-log.js'
import { forgetClean } from './clean.js'
import { type Damage, damagedTable, findDamage, isLog, logsAmong } from './damage.js'
import { openDatabase } from './database.js'
import { exists, makeDirectory, syncDirectory, syncFiles } from './durable.js'
import { levelStore } from './level.js'
import type { Passed } from './replacement.js'
import type { Store } from './store.js'
import type { TableDamage } from './table-file.js'
import { isRefusal, storeError } from './trouble.js'

const KEPT = 2
/** The copy while it is made and repaired; worth nothing after a cut. */
const copyOf = (path: string) => join(path, 'mending')
/** The copy when it is whole: from here on the exchange goes through, over any number of cuts. */
const mendedOf = (path: string) => join(path, 'mended')

/** Makes the contents of a copy better; true when it changed something. */
export type Improve = (store: Store) => Promise<boolean>

/** The files were repaired, and what they hold may not fit together: that is somebody else's to see to. */
export const leaveWord: (damage: Damage) => Improve = (damage) => async (store) => {
  await store.batch([{ type: 'put', key: UNCHECKED_KEY, value: damage.reason }], true)
  return true
}

/**
 * Repairs a copy and puts it in the place of the database. Returns where the damaged files are kept; nothing when there was
 * no damage and nothing to improve, and nothing was changed.
 */
export async function mend(
  path: string,
  database: string,
  damage: Damage | undefined,
  improve: Improve,
  passed: Passed = () => undefined,
): Promise<string | undefined> {
  const work = copyOf(path)
  try {
    await copy(database, work, (name) => damage?.live?.has(name) ?? true, damage)
    passed('copied')
    if (damage?.remedy === 'repair') {
      await ClassicLevel.repair(work)
      await rm(join(work, 'lost'), { recursive: true, force: true })
    }
    const changed = await improved(work, improve)
    if (!damage && !changed) {
      await rm(work, { recursive: true, force: true })
      return undefined
    }
    const left = await findDamage(work, undefined)
    if (left) throw new Error(`after the repair ${left.reason}`)
    await syncFiles(work)
    passed('repaired')
  } catch (error) {
    await rm(work, { recursive: true, force: true })
    throw error
  }
  await rename(work, mendedOf(path))
  await syncDirectory(path)
  passed('whole')
  return finishMending(path, database, passed)
}

async function improved(work: string, improve: Improve): Promise<boolean> {
  const open = async () => ({ database: await openDatabase(work, false), report: { created: false } })
  const store = levelStore({ location: work, open })
  await store.open()
  try {
    return await improve(store)
  } finally {
    await store.close()
  }
}

/** What a repair came to nothing for. */
export function unrepairable(path: string, reason: string, cause: unknown): HoldfastError {
  if (isRefusal(cause)) return storeError(cause, path)
  return new HoldfastError('ERR_STORE_CORRUPT', `the store ${path} cannot be repaired: ${reason}`, {
    hint: `Nothing was changed. Restore a backup; or move ${path} aside to start with an empty store.`,
    cause,
  })
}

/** The exchange; at a start, what a cut left of one. Returns where the damaged files are, when there was something to do. */
export async function finishMending(
  path: string,
  database: string,
  passed: Passed = () => undefined,
): Promise<string | undefined> {
  if (!(await exists(mendedOf(path)))) return undefined
  // What was signed were the damaged files.
  await forgetClean(path)
  if (await exists(database)) {
    await rename(database, await nextKept(path))
    await syncDirectory(path)
    passed('kept')
  }
  await rename(mendedOf(path), database)
  await syncDirectory(path)
  passed('placed')
  await prune(path)
  return join(path, (await keptNames(path)).at(-1) ?? '')
}

/** Tables never change once written, so a second name for the same file will do: a full disk can be repaired too. */
async function copy(
  from: string,
  to: string,
  wanted: (name: string) => boolean,
  damage: Damage | undefined,
): Promise<void> {
  await rm(to, { recursive: true, force: true })
  await makeDirectory(to, 0o700)
  const entries = await readdir(from, { withFileTypes: true })
  const names = entries.flatMap((entry) =>
    entry.isFile() && entry.name !== 'LOCK' && wanted(entry.name) ? [entry.name] : [],
  )
  let last = 0
  for (const name of logsAmong(names)) last = await rewriteLog(join(from, name), join(to, name), last)
  for (const name of names) {
    if (isLog(name)) continue
    const change = isTable(name) ? await damageOf(join(from, name), damage) : undefined
    if (change?.lost) continue
    const shared = isTable(name) && !(change && changes(change))
    if (!(shared && (await linked(join(from, name), join(to, name))))) {
      await copyFile(join(from, name), join(to, name), constants.COPYFILE_EXCL)
    }
    if (change) await prepare(join(to, name), change)
  }
}

/** Not every file system has hard links. */
async function linked(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to)
    return true
  } catch {
    return false
  }
}

const isTable = (name: string) => /\.(ldb|sst)$/.test(name)

/** LevelDB's repair reads every table, the old ones too, and must not meet a damaged block that nobody spoilt. */
async function damageOf(path: string, damage: Damage | undefined): Promise<TableDamage | undefined> {
  const known = damage?.tables.get(basename(path))
  if (known || damage?.remedy !== 'repair') return known
  return damagedTable(path, (await stat(path)).size, true)
}

const changes = ({ spoil, end, footer }: TableDamage) => spoil.length > 0 || end !== undefined || footer !== undefined

/** A block of an unknown type is one that LevelDB refuses and skips; a block with a wrong checksum it would serve. */
async function prepare(path: string, { spoil, end, footer }: TableDamage): Promise<void> {
  const file = await open(path, 'r+')
  try {
    if (end !== undefined) await file.truncate(end)
    if (footer) await file.write(footer, 0, footer.length, (await file.stat()).size - footer.length)
    for (const at of spoil) await file.write(Buffer.of(0x7f), 0, 1, at)
  } finally {
    await file.close()
  }
}

/** The oldest first. */
async function keptNames(path: string): Promise<string[]> {
  const names = (await readdir(path)).filter((name) => /^damaged-\d+$/.test(name))
  return names.sort((a, b) => number(a) - number(b))
}

async function nextKept(path: string): Promise<string> {
  const newest = (await keptNames(path)).at(-1)
  return join(path, `damaged-${newest ? number(newest) + 1 : 1}`)
}

async function prune(path: string): Promise<void> {
  for (const name of (await keptNames(path)).slice(0, -KEPT)) {
    await rm(join(path, name), { recursive: true, force: true })
  }
}

const number = (name: string) => Number(name.slice('damaged-'.length))
