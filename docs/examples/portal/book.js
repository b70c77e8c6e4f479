/** The station's book: what it received, one line a digest, however often a digest is sent. */
import { join } from 'node:path'
import { makeDirectory } from './durable-file.js'
import { appendLine, mendLines, readLines } from './lines.js'
import { places } from './places.js'

export async function openBook() {
  const path = join(places.received, 'received.jsonl')
  await makeDirectory(places.received)
  await mendLines(path)
  const known = new Set((await readLines(path)).map(({ key }) => key))
  let turn = Promise.resolve()

  async function write(key, digest) {
    if (known.has(key)) return false
    await appendLine(path, { key, digest }, { flush: true })
    known.add(key)
    return true
  }

  return {
    get count() {
      return known.size
    },
    /** Resolves when the digest is on disk: true if it is new. One after the other, for a key may come twice at once. */
    enter(key, digest) {
      const entered = turn.then(() => write(key, digest))
      turn = entered.catch(() => undefined)
      return entered
    },
  }
}
