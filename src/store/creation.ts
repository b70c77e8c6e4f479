/**
 * Makes a store so that a power cut at any step leaves one that opens. Until the mark is written nothing was
 * acknowledged: whatever lies there and does not open may go. LevelDB syncs neither its first descriptor nor the
 * directory, so a cut after the first open leaves files that are empty or cut short; all of them are synced here before
 * the mark is.
 */
import { rm } from 'node:fs/promises'
import { sizes } from './clean.js'
import { exists, makeDirectory, syncDirectory, syncFiles, syncParent } from './durable.js'
import { type Format, writeMark } from './format.js'
import { barrier, type Database } from './level.js'
import { isLocked } from './trouble.js'

/** A creation leaves a few hundred bytes. More than this is somebody's data, whose mark got lost. */
const MOST_BYTES = 64 * 1024

/** Whether there is more than an interrupted creation can have left. */
export async function holdsData(database: string): Promise<boolean> {
  if (!(await exists(database))) return false
  let bytes = 0
  for (const size of (await sizes(database)).values()) bytes += size
  return bytes > MOST_BYTES
}

/** Opens the database or makes it anew, and marks it as complete. */
export async function create<T extends Database>(
  path: string,
  database: string,
  open: () => Promise<T>,
  format: Format,
): Promise<{ opened: T; created: boolean }> {
  await makeDirectory(database, 0o700)
  const opened = await openOrClear(database, open)
  try {
    const empty = (await opened.keys({ limit: 1, highWaterMarkBytes: 1 }).all()).length === 0
    await barrier(opened)
    await syncFiles(database)
    await syncDirectory(path)
    await syncParent(path)
    await writeMark(path, format.number)
    return { opened, created: empty }
  } catch (error) {
    await opened.close()
    throw error
  }
}

async function openOrClear<T>(database: string, open: () => Promise<T>): Promise<T> {
  try {
    return await open()
  } catch (error) {
    if (isLocked(error)) throw error
    await rm(database, { recursive: true, force: true })
    await makeDirectory(database, 0o700)
    return await open()
  }
}
