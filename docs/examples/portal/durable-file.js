/** A file that is there is whole: it gets its name only when its bytes are on disk, and then the name goes there too. */
import { createHash } from 'node:crypto'
import { mkdir, open, rename, stat, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'

/** Puts the names in a directory on disk: without it a cut can take back a rename or a removal. */
export async function syncDirectory(directory) {
  const handle = await open(directory, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Makes a directory, and makes it stay. */
export async function makeDirectory(directory) {
  const made = await mkdir(directory, { recursive: true })
  if (made !== undefined) await syncDirectory(dirname(made))
}

/** Gives a file that is already on disk its name. */
export async function publish(temporary, path) {
  await rename(temporary, path)
  await syncDirectory(dirname(path))
}

/** Writes a text whole or not at all. */
export async function writeDurably(path, text) {
  await writeFile(`${path}.part`, text, { flush: true })
  await publish(`${path}.part`, path)
}

/** What is at a path, or undefined: by its look (who it is, how long, when written) a changed file is told. */
export async function lookAt(path) {
  try {
    return await stat(path, { bigint: true })
  } catch (error) {
    if (error.code === 'ENOENT') return undefined
    throw error
  }
}

export function unchanged(before, after) {
  return (
    after !== undefined && before.ino === after.ino && before.size === after.size && before.mtimeNs === after.mtimeNs
  )
}

/** A file name of any length and letters, as a part of another one. */
export function shortHash(name) {
  return createHash('sha256').update(name).digest('hex').slice(0, 16)
}
