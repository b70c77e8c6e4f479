/**
 * The portal: files that are put in an inbox are archived, what is in them is told to a station when it can be reached,
 * and the board it runs on is read every few seconds.
 */
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { readdir } from 'node:fs/promises'
import { diskFree, online } from 'holdfast'
import { archive } from './archive.js'
import { digest } from './digest.js'
import { watchInbox } from './inbox.js'
import { makePlaces, places } from './places.js'
import { reading, readings } from './reading.js'
import { report } from './report.js'
import { openStation } from './station.js'
import { summary } from './summary.js'
import { uplink } from './uplink.js'

const GATES = ['holdfast:gate.opened', 'holdfast:gate.closed']

await makePlaces()

export default {
  path: places.store,
  tasks: [archive, digest, uplink, reading, report],
  gates: {
    station: online({
      host: places.station.hostname,
      port: Number(places.station.port),
      // It is next door: it may be asked often, and one bad answer is enough.
      interval: '1s',
      failures: 1,
      maxInterval: '5s',
    }),
    space: diskFree({ path: places.home, atLeast: '50MB' }),
  },
  routes: {
    archive: { concurrency: 2, gates: ['space'] },
    uplink: { concurrency: 2, gates: ['station'] },
    readings: { concurrency: 1 },
  },
  schedules: {
    reading: { every: '5s', task: { kind: 'reading' } },
    report: { cron: '0 0 * * *', timezone: Intl.DateTimeFormat().resolvedOptions().timeZone, task: { kind: 'report' } },
  },
  retention: { finished: { age: '1d', count: 10_000 } },
}

/** Called when the runtime has started; what it returns is called before the runtime stops. */
export async function setup(runtime) {
  const counts = { archived: 0, failed: 0 }
  let board = ''
  let away = ''
  let inbox
  const station = await openStation({ received: () => line.changed() })
  const line = summary(
    () =>
      `${counts.archived} archived · ${inbox.waiting} waiting · ${station.count} sent · ${counts.failed} failed${away}${board}`,
  )
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
  const told = ({ gate }, point) => {
    if (gate === 'station') away = point === GATES[0] ? '' : ' · the station is away'
    line.changed()
  }
  for (const point of GATES) subscribe(point, told)
  line.changed()

  return () => {
    for (const point of GATES) unsubscribe(point, told)
    inbox.close()
    station.close()
    line.close()
  }
}

async function countEntries() {
  return (await readdir(places.manifest)).filter((name) => name.endsWith('.json')).length
}
