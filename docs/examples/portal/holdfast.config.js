/** The portal: files that are put in an inbox are archived, and the board it runs on is read every few seconds. */
import { readdir } from 'node:fs/promises'
import { archive } from './archive.js'
import { watchInbox } from './inbox.js'
import { makePlaces, places } from './places.js'
import { reading, readings } from './reading.js'
import { summary } from './summary.js'

await makePlaces()

export default {
  path: places.store,
  tasks: [archive, reading],
  routes: { archive: { concurrency: 2 }, readings: { concurrency: 1 } },
}

/** Called when the runtime has started; what it returns is called before the runtime stops. */
export async function setup(runtime) {
  const counts = { archived: 0, failed: 0 }
  let board = ''
  let inbox
  const line = summary(() => `${counts.archived} archived · ${inbox.waiting} waiting · ${counts.failed} failed${board}`)
  line.say(`${await countEntries()} files in the archive; the inbox is ${places.inbox}`)

  inbox = await watchInbox(runtime, {
    changed: line.changed,
    ended(file, error) {
      if (error === undefined) counts.archived++
      else {
        counts.failed++
        line.say(`${file}: ${error.message}`)
      }
      line.changed()
    },
  })
  readings.on('reading', ({ celsius, load }) => {
    // On a terminal the line lives; elsewhere a reading every few seconds would be noise.
    if (!process.stdout.isTTY) return
    board = `${celsius === null ? '' : ` · ${celsius.toFixed(1)} °C`} · load ${load}`
    line.changed()
  })
  await runtime.enqueue('reading', {}, { key: 'reading' })
  line.changed()

  return () => {
    inbox.close()
    line.close()
  }
}

async function countEntries() {
  return (await readdir(places.manifest)).filter((name) => name.endsWith('.json')).length
}
