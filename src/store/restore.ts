/**
 * A store out of a backup: all of it is checked and written into a new store beside, and only then that is put in its
 * place. Whatever goes wrong before leaves what is there as it was.
 */
import { rm, rmdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { HoldfastError } from '../model/errors.js'
import type { Member } from './backup-form.js'
import { type BackupContents, readBackup } from './backup-reader.js'
import { holdsData } from './creation.js'
import { openDatabase } from './database.js'
import { exists, makeDirectory, syncDirectory, syncFiles } from './durable.js'
import { assertReadable, FORMAT, type Format, readMark, writeMark } from './format.js'
import { barrier } from './level.js'
import { assertFree } from './lock.js'
import { finishMending } from './mend.js'
import { finishReplacement, type Passed, replace, restoringIn } from './replacement.js'
import type { Entry } from './store.js'
import { storeError } from './trouble.js'

export interface Restoring {
  readonly path: string
  readonly members: AsyncIterable<Member>
  /** A store that is there is replaced, and kept. */
  readonly force: boolean
  /** Entries that are not to be as they were. */
  readonly change: (entry: Entry) => Entry
  readonly passed: Passed
  /** For tests of upgrades. */
  readonly format?: Format
}

/**
 * Puts a backup into a directory. Gives what it holds, and where the store before is kept.
 * @throws ERR_EXISTS, ERR_BACKUP_DAMAGED, ERR_FORMAT_NEWER, ERR_STORE_LOCKED, ERR_STORE_IO
 */
export async function restoreStore(restoring: Restoring): Promise<BackupContents & { kept: string | undefined }> {
  const path = resolve(restoring.path)
  const fresh = !(await exists(path))
  try {
    await makeDirectory(path, 0o700)
    await assertReplaceable(path, restoring.force)
    // Another restore may be at work in there.
    await assertFree(join(restoringIn(path), 'db'))
    return await exchange(path, restoring)
  } catch (error) {
    if (fresh) await rmdir(path).catch(() => undefined)
    throw storeError(error, path)
  }
}

async function exchange(path: string, restoring: Restoring) {
  try {
    const contents = await build(path, restoring)
    restoring.passed('built')
    // A daemon may have been started meanwhile.
    await assertReplaceable(path, restoring.force)
    return { ...contents, kept: await replace(path, restoring.passed) }
  } catch (error) {
    await rm(restoringIn(path), { recursive: true, force: true }).catch(() => undefined)
    throw error
  }
}

/** Nobody has it open, nothing is half done, and nothing is lost that is to stay. */
async function assertReplaceable(path: string, force: boolean): Promise<void> {
  const database = join(path, 'db')
  await assertFree(database)
  await finishReplacement(path)
  await finishMending(path, database)
  if (force || !(await exists(database))) return
  if ((await readMark(path)) === 'absent' && !(await holdsData(database))) return
  throw new HoldfastError('ERR_EXISTS', `there is a store in ${path}`)
}

async function build(path: string, { members, change, format = FORMAT }: Restoring): Promise<BackupContents> {
  const place = restoringIn(path)
  await rm(place, { recursive: true, force: true })
  await makeDirectory(place, 0o700)
  await makeDirectory(join(place, 'db'), 0o700)
  const database = await openDatabase(join(place, 'db'), true)
  let contents: BackupContents
  try {
    contents = await readBackup(members, {
      begin: (header) => assertReadable(header.format, format, 'of the backup'),
      take: async (entries) => {
        const writes = database.batch()
        for (const entry of entries) writes.put(...change(entry))
        await writes.write()
      },
    })
    await barrier(database)
  } finally {
    await database.close()
  }
  await writeMark(place, contents.header.format)
  await syncFiles(join(place, 'db'))
  await syncDirectory(place)
  return contents
}
