/**
 * What a clean stop leaves behind: `clean.json` with the size of every file of the database. At the next start it tells
 * a log that was cut or is gone from one whose last write a power cut tore: the files alone look the same.
 */
import { readdir, readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { replaceFile, syncDirectory, syncFile } from './durable.js'
import { isMissing } from './trouble.js'

/** Bytes by name. */
export type Sizes = ReadonlyMap<string, number>

/** The files that hold data; LOG and LOCK do not. */
const DATA = /^(CURRENT|MANIFEST-\d+|\d+\.(log|ldb|sst))$/

const cleanFile = (path: string) => join(path, 'clean.json')

/** Of a database at work, too: what goes meanwhile is not there. */
export async function sizes(database: string): Promise<Map<string, number>> {
  const found = new Map<string, number>()
  for (const name of await readdir(database)) {
    const size = DATA.test(name) ? await sizeOf(join(database, name)) : undefined
    if (size !== undefined) found.set(name, size)
  }
  return found
}

async function sizeOf(file: string): Promise<number | undefined> {
  try {
    return (await stat(file)).size
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}

/** The database is closed. Its log may hold what nobody asked to sync: it must not get shorter than is said here. */
export async function signClean(path: string, database: string): Promise<void> {
  const found = await sizes(database)
  for (const name of found.keys()) {
    if (name.endsWith('.log')) await syncFile(join(database, name))
  }
  await replaceFile(cleanFile(path), `${JSON.stringify(Object.fromEntries(found))}\n`)
}

/** The sizes at the last stop, or nothing when it was none of ours: a kill, a power cut, a failed disk. */
export async function readClean(path: string): Promise<Sizes | undefined> {
  try {
    const found: unknown = JSON.parse(await readFile(cleanFile(path), 'utf8'))
    return new Map(Object.entries(found as Record<string, number>))
  } catch (error) {
    if (isMissing(error) || error instanceof SyntaxError || error instanceof TypeError) return undefined
    throw error
  }
}

/** Before the first change: a later cut must not be taken for a clean stop. */
export async function forgetClean(path: string): Promise<void> {
  await rm(cleanFile(path), { force: true })
  await syncDirectory(path)
}
