/**
 * Looks at a store and changes nothing, also while a daemon works in it: tables never change once written, so all of
 * them can be checked; those that a compaction takes away meanwhile are no damage, and a log may end in the middle of a
 * write.
 */
import { readdir, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { readClean, sizes } from './clean.js'
import { type Damage, findDamage } from './damage.js'
import { readDescriptor } from './descriptor-file.js'
import { exists } from './durable.js'
import { FORMAT, readMark } from './format.js'
import { holderOf } from './lock.js'
import { storeError } from './trouble.js'

/** What has been done so far, in bytes, and of how much, where that is known. */
export type OnProgress = (done: number, total?: number) => void

/** What a look at a store found. */
export interface StoreReport {
  readonly path: string
  /** `newer`: written by a newer holdfast. `unfinished`: a cut stopped a repair or a restore; the next start goes on. */
  readonly state: 'none' | 'sound' | 'damaged' | 'newer' | 'unfinished'
  /** Of the layout on disk; not there when nothing says. */
  readonly format?: number
  /** The process that has it open. */
  readonly holder?: number
  readonly files: number
  readonly bytes: number
  readonly damage: readonly { readonly file: string; readonly reason: string }[]
  /** What repairs and restores put aside: worth a look, and then only space. */
  readonly kept: readonly { readonly name: string; readonly bytes: number }[]
}

/** A daemon at work changes what there is under our eyes: what looks like damage is looked at again. */
const LOOKS = 2
const KEPT = /^(damaged|replaced)-\d+$/

export interface VerifyOptions {
  readonly path: string
  /** Bytes of tables, the newest first, whose checksums are checked. Default: all. */
  readonly checksumBytes?: number
  readonly onProgress?: OnProgress
}

/**
 * Checks a store with all of its checksums, without changing a file; the daemon may run. Reads all of it, unless it is
 * told less: some 50 MB a second on a Pi.
 * @throws ERR_STORE_IO when it cannot be read
 * @example const { state, damage } = await verify({ path: '/var/lib/portal' })
 */
export async function verify(options: VerifyOptions): Promise<StoreReport> {
  const path = resolve(options.path)
  try {
    return await look(path, options)
  } catch (error) {
    throw storeError(error, path)
  }
}

async function look(
  path: string,
  { checksumBytes = Number.POSITIVE_INFINITY, onProgress }: VerifyOptions,
): Promise<StoreReport> {
  const database = join(path, 'db')
  const there = await exists(database)
  const mark = await readMark(path)
  const found = there ? await sizes(database) : new Map<string, number>()
  const holder = there ? await holderOf(database) : undefined
  const bytes = sum(found.values())
  const seen = {
    path,
    ...(typeof mark === 'number' ? { format: mark } : {}),
    ...(holder === undefined ? {} : { holder }),
    files: found.size,
    bytes,
    kept: await keptIn(path),
  }
  if ((await exists(join(path, 'mended'))) || (await exists(join(path, 'restored')))) {
    return { ...seen, state: 'unfinished', damage: [] }
  }
  if (!there && mark === 'absent') return { ...seen, state: 'none', damage: [] }
  if (typeof mark === 'number' && mark > FORMAT.number) return { ...seen, state: 'newer', damage: [] }
  const flaws = new Map<string, string>()
  if (typeof mark !== 'number') flaws.set('format.json', mark === 'absent' ? 'is missing' : 'is not readable')
  if (!there) flaws.set('db', 'is missing')
  const damaged = there ? await damageIn(path, database, checksumBytes, (done) => onProgress?.(done, bytes)) : []
  const damage = [...flaws, ...damaged].map(([file, reason]) => ({ file, reason }))
  return { ...seen, state: damage.length === 0 ? 'sound' : 'damaged', damage }
}

async function damageIn(
  path: string,
  database: string,
  checksumBytes: number,
  onProgress: (done: number) => void,
): Promise<ReadonlyMap<string, string>> {
  for (let looks = 1; ; looks++) {
    let done = 0
    const looked = (bytes: number) => {
      done += bytes
      onProgress(done)
    }
    const care = { checksumBytes, looked }
    const damage = await findDamage(database, await readClean(path), care)
    const files = damage ? await stillThere(database, damage) : new Map<string, string>()
    if (files.size === 0 || looks === LOOKS) return files
  }
}

/** Without the tables that are part of the database no more. */
async function stillThere(database: string, { files }: Damage): Promise<ReadonlyMap<string, string>> {
  const { tables } = await readDescriptor(database).catch(() => ({ tables: undefined }))
  const isTable = (name: string) => /\.(ldb|sst)$/.test(name)
  return new Map([...files].filter(([name]) => !isTable(name) || !tables || tables.has(Number.parseInt(name, 10))))
}

async function keptIn(path: string): Promise<StoreReport['kept']> {
  if (!(await exists(path))) return []
  const names = (await readdir(path)).filter((name) => KEPT.test(name)).sort()
  return Promise.all(names.map(async (name) => ({ name, bytes: await bytesIn(join(path, name)) })))
}

async function bytesIn(directory: string): Promise<number> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile())
  return sum(await Promise.all(files.map(async (file) => (await stat(join(file.parentPath, file.name))).size)))
}

function sum(numbers: Iterable<number>): number {
  let total = 0
  for (const number of numbers) total += number
  return total
}
