/**
 * A repair with all the time it takes, while no daemon runs: every checksum is looked at, and what the store holds is made
 * better, both on a copy. A store in which nothing is wrong is left byte for byte as it is.
 */
import { join, resolve } from 'node:path'
import { HoldfastError } from '../model/errors.js'
import { readClean, sizes } from './clean.js'
import { findDamage } from './damage.js'
import { diskStore } from './disk.js'
import { exists } from './durable.js'
import { assertReadable, FORMAT, readMark } from './format.js'
import { assertFree } from './lock.js'
import { finishMending, type Improve, mend, unrepairable } from './mend.js'
import { finishReplacement, type Passed, restoredIn } from './replacement.js'
import { storeError } from './trouble.js'
import type { OnProgress, StoreReport } from './verify.js'

export interface Repairing {
  readonly path: string
  /** Called with the copy; true when it changed something. */
  readonly improve: (store: Parameters<Improve>[0], damaged: boolean) => Promise<boolean>
  readonly passed: Passed
  /** Hears how much of the tables was checked. */
  readonly onProgress: OnProgress | undefined
}

/**
 * Gives what was damaged, and where the store before is kept.
 * @throws ERR_NOT_FOUND, ERR_STORE_LOCKED, ERR_STORE_CORRUPT, ERR_STORE_IO, ERR_FORMAT_NEWER
 */
export async function repairStore(repairing: Repairing): Promise<{ damage: StoreReport['damage']; kept?: string }> {
  const path = resolve(repairing.path)
  try {
    return await work(path, repairing)
  } catch (error) {
    throw storeError(error, path)
  }
}

async function work(path: string, { improve, passed, onProgress }: Repairing) {
  const database = join(path, 'db')
  await assertFree(database)
  const unfinished = (await exists(restoredIn(path))) || (await exists(join(path, 'mended')))
  if (unfinished) {
    await finishReplacement(path)
    await finishMending(path, database)
  }
  const mark = await readMark(path)
  assertReadable(mark, FORMAT, path)
  if (!(await exists(database))) throw nothingThere(path, mark === 'absent')
  let total = 0
  for (const size of (await sizes(database)).values()) total += size
  let done = 0
  const looked = (bytes: number) => {
    done += bytes
    onProgress?.(done, total)
  }
  const found = await findDamage(database, await readClean(path), { checksumBytes: Number.POSITIVE_INFINITY, looked })
  const kept = await mend(path, database, found, (store) => improve(store, found !== undefined), passed).catch(
    (cause) => {
      throw unrepairable(path, found?.reason ?? 'its contents cannot be read', cause)
    },
  )
  // What is left to do with the files that lie beside it, an opening does.
  if (kept !== undefined || unfinished || typeof mark !== 'number') await touch(path)
  const damage = [...(found?.files ?? [])].map(([file, reason]) => ({ file, reason }))
  if (typeof mark === 'number') return { damage, ...(kept === undefined ? {} : { kept }) }
  const reason = mark === 'absent' ? 'is missing' : 'is not readable'
  return { damage: [...damage, { file: 'format.json', reason }], ...(kept === undefined ? {} : { kept }) }
}

async function touch(path: string): Promise<void> {
  const store = diskStore(path)
  await store.open()
  await store.close()
}

function nothingThere(path: string, never: boolean): HoldfastError {
  if (never) return new HoldfastError('ERR_NOT_FOUND', `there is no store in ${path}`)
  const hint = 'Restore a backup: there is nothing left to repair.'
  return new HoldfastError('ERR_STORE_CORRUPT', `the store ${path} has lost its database`, { hint })
}
