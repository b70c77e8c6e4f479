/** The manifest of the archive: one entry for a name with a content. */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { lookAt, shortHash, writeDurably } from './durable-file.js'
import { places } from './places.js'

/** What an entry is known by, and what comes of it later. */
export const nameOf = ({ hash, file }) => `${hash}-${shortHash(file)}`

/** The entries of a file; it may be in the inbox no more. */
export async function entriesOf(file) {
  const names = (await readdir(places.manifest)).filter((name) => name.endsWith(`-${shortHash(file)}.json`))
  return Promise.all(names.map(async (name) => JSON.parse(await readFile(join(places.manifest, name), 'utf8'))))
}

/** One entry for a name with a content: it is made once, however often it is tried. Gives the one that holds. */
export async function register(entry) {
  const path = join(places.manifest, `${nameOf(entry)}.json`)
  if (await lookAt(path)) return JSON.parse(await readFile(path, 'utf8'))
  await writeDurably(path, `${JSON.stringify(entry)}\n`)
  return entry
}
