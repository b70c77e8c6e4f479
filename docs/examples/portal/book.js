/** A book of the station: what it received, one line a message, however often that is sent. */
import { join } from 'node:path'
import { makeDirectory } from './durable-file.js'
import { appendLine, mendLines, readLines } from './lines.js'
import { places } from './places.js'

export async function openBook(name, what) {
  const path = join(places.received, name)
  await makeDirectory(places.received)
  await mendLines(path)
  const known = new Set((await readLines(path)).map(({ key }) => key))
  let turn = Promise.resolve()

  async function write(key, message) {
    if (known.has(key)) return false
    await appendLine(path, { key, [what]: message }, { flush: true })
    known.add(key)
    return true
  }

  return {
    get count() {
      return known.size
    },
    /** Resolves when the message is on disk: true if it is new. One after the other, for a key may come twice at once. */
    enter(key, message) {
      const entered = turn.then(() => write(key, message))
      turn = entered.catch(() => undefined)
      return entered
    },
  }
}
