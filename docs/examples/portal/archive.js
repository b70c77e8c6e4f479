/**
 * The task `archive` takes one file from the inbox into the archive. A cut can fall between any two lines of it, and
 * the next attempt begins at the top: so every step leaves alone what is already done, and the inbox lets go of the
 * file last.
 */
import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { defineTask, snooze, TerminalError } from 'holdfast'
import { lookAt, makeDirectory, publish, shortHash, syncDirectory, unchanged } from './durable-file.js'
import { entriesOf, nameOf, register } from './manifest.js'
import { places } from './places.js'

/** A file is whole when nobody has written to it for so long; who cannot promise that writes to `name.part` first. */
const QUIET_MS = 1_000

export const archive = defineTask({
  kind: 'archive',
  route: 'archive',
  retry: { attempts: 5, delay: '1s', maxDelay: '1m' },
  run: async (task) => {
    const { input, signal } = task
    const source = join(places.inbox, input.file)
    // The key of the task lets one run of this file be under way, so the next one finds what this one left.
    const temporary = join(places.archive, `.${shortHash(input.file)}.part`)
    const before = await lookAt(source)
    if (before === undefined) {
      // An attempt before this one came to its last step, or somebody took the file away.
      await rm(temporary, { force: true })
      for (const entry of await entriesOf(input.file)) await pass(task, entry)
      return { file: input.file, left: true }
    }
    if (!before.isFile()) throw new TerminalError(`${input.file} is not a plain file`)

    const quietMs = Date.now() - Number(before.mtimeMs)
    if (quietMs >= 0 && quietMs < QUIET_MS) return snooze(QUIET_MS - quietMs)

    const { hash, bytes } = await compress(source, temporary, signal)
    if (!unchanged(before, await lookAt(source))) return snooze(QUIET_MS)

    const found = { file: input.file, hash, bytes, path: join(input.day, `${hash}.gz`) }
    await store(temporary, found)
    const entry = await register(found)
    if (!unchanged(before, await lookAt(source))) return snooze(QUIET_MS)
    await rm(source)
    await syncDirectory(places.inbox)
    await pass(task, entry)
    return entry
  },
})

/** One reading of the file gives the hash of what is in it and, on disk, the same bytes compressed. */
async function compress(source, temporary, signal) {
  const sha256 = createHash('sha256')
  let bytes = 0
  async function* measured(chunks) {
    for await (const chunk of chunks) {
      sha256.update(chunk)
      bytes += chunk.length
      yield chunk
    }
  }
  const target = createWriteStream(temporary, { flush: true })
  await pipeline(createReadStream(source), measured, createGzip(), target, { signal })
  return { hash: sha256.digest('hex'), bytes }
}

/** The name says what is in the file, so a file of that name is this one. */
async function store(temporary, { path }) {
  const target = join(places.archive, path)
  await makeDirectory(join(target, '..'))
  if (await lookAt(target)) await rm(temporary, { force: true })
  else await publish(temporary, target)
}

/**
 * What comes after: both tasks are made in the commit of this one's success, or not at all. Their ids say which entry
 * they are for, so an attempt that finds the work of the one before asks for the same two.
 */
async function pass(task, entry) {
  const name = nameOf(entry)
  const digest = await task.enqueue('digest', entry, { id: `digest:${name}` })
  await task.enqueue('uplink', { name }, { id: `uplink:${name}`, dependsOn: [digest] })
}
