/**
 * Repair, so that nothing is lost that is still there: it works on a copy. The damaged directory itself is never
 * written; when the copy opens, the two change places and the damaged one stays as `damaged-<n>`, the newest two of
 * them. A repair that fails leaves all as it was, so the next start finds the same damage and says the same.
 */
import { constants, copyFile, link, open, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { ClassicLevel } from 'classic-level'
import { forgetClean } from './clean.js'
import { type Damage, findDamage } from './damage.js'
import { exists, makeDirectory, syncDirectory, syncFiles } from './durable.js'

const KEPT = 2
/** The copy while it is made and repaired; worth nothing after a cut. */
const copyOf = (path: string) => join(path, 'mending')
/** The copy when it is whole: from here on the exchange goes through, over any number of cuts. */
const mendedOf = (path: string) => join(path, 'mended')

/** Keeps the files as they are now. Returns where. */
export async function keepCopy(path: string, database: string): Promise<string> {
  await copy(database, copyOf(path), () => true)
  await syncFiles(copyOf(path))
  const kept = await nextKept(path)
  await rename(copyOf(path), kept)
  await syncDirectory(path)
  await prune(path)
  return kept
}

/** Repairs a copy and puts it in the place of the database. Returns where the damaged files are kept. */
export async function mend(path: string, database: string, damage: Damage): Promise<string> {
  const work = copyOf(path)
  try {
    await copy(database, work, (name) => damage.live?.has(name) ?? true, damage.spoil)
    await ClassicLevel.repair(work)
    await rm(join(work, 'lost'), { recursive: true, force: true })
    await tryOut(work)
    await syncFiles(work)
  } catch (error) {
    await rm(work, { recursive: true, force: true })
    throw error
  }
  await rename(work, mendedOf(path))
  await syncDirectory(path)
  return (await finishMending(path, database))!
}

async function tryOut(database: string): Promise<void> {
  const trial = new ClassicLevel(database, { createIfMissing: false })
  await trial.open()
  await trial.close()
  const left = await findDamage(database, undefined)
  if (left) throw new Error(`after the repair ${left.reason}`)
}

/** The exchange; at a start, what a cut left of one. Returns where the damaged files are, when there was something to do. */
export async function finishMending(path: string, database: string): Promise<string | undefined> {
  if (!(await exists(mendedOf(path)))) return undefined
  // What was signed were the damaged files.
  await forgetClean(path)
  if (await exists(database)) {
    await rename(database, await nextKept(path))
    await syncDirectory(path)
  }
  await rename(mendedOf(path), database)
  await syncDirectory(path)
  await prune(path)
  return join(path, (await keptNames(path)).at(-1) ?? '')
}

/** Tables never change once written, so a second name for the same file will do: a full disk can be repaired too. */
async function copy(
  from: string,
  to: string,
  wanted: (name: string) => boolean,
  spoil: Damage['spoil'] = new Map(),
): Promise<void> {
  await rm(to, { recursive: true, force: true })
  await makeDirectory(to, 0o700)
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const { name } = entry
    if (!entry.isFile() || name === 'LOCK' || !wanted(name)) continue
    const offsets = spoil.get(name) ?? []
    const shared = /\.(ldb|sst)$/.test(name) && offsets.length === 0
    if (!(shared && (await linked(join(from, name), join(to, name))))) {
      await copyFile(join(from, name), join(to, name), constants.COPYFILE_EXCL)
    }
    await spoilBlocks(join(to, name), offsets)
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

/** A block of an unknown type is one that LevelDB refuses and skips; a block with a wrong checksum it would serve. */
async function spoilBlocks(path: string, offsets: readonly number[]): Promise<void> {
  if (offsets.length === 0) return
  const file = await open(path, 'r+')
  try {
    for (const at of offsets) await file.write(Buffer.of(0x7f), 0, 1, at)
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
