/**
 * A backup as a directory: a file a member, each on disk before the next is begun. The summary comes last and appears at
 * once, so what a cut leaves behind has none, and is no backup.
 */
import { open, readdir, readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { HoldfastError } from '../model/errors.js'
import { damaged, entriesName, HEADER, isMemberName, type Member, MOST_BYTES, SUMMARY } from './backup-form.js'
import { exists, makeDirectory, replaceFile, syncDirectory } from './durable.js'

const HALF = `.${SUMMARY}.tmp`

/**
 * Writes the members into a directory of their own, which is made where it is missing. What a backup that was cut short
 * left there goes first.
 * @throws ERR_EXISTS when something else is there
 */
export async function writeDirectory(directory: string, members: AsyncIterable<Member>): Promise<void> {
  await makeDirectory(directory, 0o700)
  const names = await readdir(directory)
  if (names.includes(SUMMARY) || !names.every((name) => name === HALF || isMemberName(name))) {
    throw new HoldfastError('ERR_EXISTS', `${directory} is not empty`, {
      hint: 'Give each backup a directory of its own.',
    })
  }
  for (const name of names) await rm(join(directory, name))
  for await (const { name, bytes } of members) {
    if (name === SUMMARY) {
      await syncDirectory(directory)
      await replaceFile(join(directory, name), bytes)
    } else {
      await writeSynced(join(directory, name), bytes)
    }
  }
}

/** The members of a directory in their order; other files in it are not looked at. @throws ERR_BACKUP_DAMAGED */
export async function* readDirectory(directory: string): AsyncGenerator<Member> {
  if (!(await exists(join(directory, SUMMARY)))) throw damaged(`${directory} has no ${SUMMARY}`)
  yield await readMember(directory, HEADER)
  for (let n = 1; await exists(join(directory, entriesName(n))); n++) yield await readMember(directory, entriesName(n))
  yield await readMember(directory, SUMMARY)
}

async function readMember(directory: string, name: string): Promise<Member> {
  const path = join(directory, name)
  if (!(await exists(path))) throw damaged(`${name} is missing`)
  if ((await stat(path)).size > MOST_BYTES) throw damaged(`${name} is too large`)
  return { name, bytes: await readFile(path) }
}

async function writeSynced(path: string, bytes: Buffer): Promise<void> {
  const file = await open(path, 'wx', 0o600)
  try {
    await file.writeFile(bytes)
    await file.sync()
  } finally {
    await file.close()
  }
}
