/** Files that are still there after the power went: what is written is fsynced, and so is the directory that names it. */
import { mkdir, open, readdir, rename, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { isMissing } from './trouble.js'

export async function syncFile(path: string): Promise<void> {
  const file = await open(path, 'r')
  try {
    await file.sync()
  } finally {
    await file.close()
  }
}

/** A directory is a file of names: a new, renamed or deleted name is on disk when its directory is. */
export function syncDirectory(path: string): Promise<void> {
  return syncFile(path)
}

/** Every file of a directory, then the directory. */
export async function syncFiles(directory: string): Promise<void> {
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    // Closing LOCK, even once, gives up the lock that this process has on it (POSIX); it holds no data.
    if (entry.isFile() && entry.name !== 'LOCK') await syncFile(join(directory, entry.name))
  }
  await syncDirectory(directory)
}

/** Replaces a file as a whole: a power cut leaves the old one or the new one. */
export async function replaceFile(path: string, text: string | Buffer): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.tmp`)
  const file = await open(temporary, 'w', 0o600)
  try {
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(temporary, path)
  await syncDirectory(dirname(path))
}

/** Makes a directory and the ones above it that are missing. Only this one gets the mode; the others are ordinary. */
export async function makeDirectory(path: string, mode = 0o777): Promise<void> {
  try {
    await mkdir(path, { mode })
  } catch (error) {
    // Where the directory above is there all the same (/proc, say), nothing can be made in it.
    if (isMissing(error) && !(await exists(dirname(path)))) {
      await makeDirectory(dirname(path))
      return makeDirectory(path, mode)
    }
    if ((error as { code?: unknown }).code === 'EEXIST' && (await stat(path)).isDirectory()) return
    throw error
  }
  await syncParent(path)
}

/** The directory above may be one that we may write but not read; then its names are in the hands of the file system. */
export async function syncParent(path: string): Promise<void> {
  try {
    await syncDirectory(dirname(path))
  } catch (error) {
    const code = (error as { code?: unknown }).code
    if (code !== 'EACCES' && code !== 'EPERM') throw error
  }
}

export async function exists(path: string): Promise<boolean> {
  try {
    await stat(path)
    return true
  } catch (error) {
    if (isMissing(error)) return false
    throw error
  }
}
