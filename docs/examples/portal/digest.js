/**
 * The task `digest` says in a few words what is in an archived file. It is what the uplink sends: the file itself stays
 * here. Written under a name of its own, so a second attempt writes the same again.
 */
import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import { createGunzip } from 'node:zlib'
import { defineTask } from 'holdfast'
import { shortHash, writeDurably } from './durable-file.js'
import { places } from './places.js'

const HEAD = 60

export const digest = defineTask({
  kind: 'digest',
  route: 'archive',
  retry: { attempts: 3, delay: '1s' },
  run: async ({ input: entry, signal }) => {
    const { lines, head } = await read(join(places.archive, entry.path), signal)
    const found = { file: entry.file, hash: entry.hash, bytes: entry.bytes, lines, head }
    await writeDurably(
      join(places.digests, `${entry.hash}-${shortHash(entry.file)}.json`),
      `${JSON.stringify(found)}\n`,
    )
    return found
  },
})

/** How many lines it has, and what it begins with, as far as that can be printed. */
async function read(path, signal) {
  let lines = 0
  let head = ''
  for await (const chunk of createReadStream(path, { signal }).pipe(createGunzip())) {
    if (head.length < HEAD) head += chunk.subarray(0, HEAD).toString('latin1')
    for (const byte of chunk) if (byte === 10) lines++
  }
  return { lines, head: head.slice(0, HEAD).replace(/[^ -~]/g, '.') }
}
