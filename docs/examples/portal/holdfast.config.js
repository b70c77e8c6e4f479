/**
 * The portal: doors that open are photographed and told of, files that are put in an inbox are archived, what is in them is
 * told to a station when it can be reached, and the board it runs on is read every few seconds.
 */
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { readdir } from 'node:fs/promises'
import { diskFree, online } from 'holdfast'
import { archive } from './archive.js'
import { chat, chatLater } from './chat.js'
import { devices, gpio } from './devices.js'
import { digest } from './digest.js'
import { watchInbox } from './inbox.js'
import { motion } from './motion.js'
import { makePlaces, places } from './places.js'
import { playScenes } from './player.js'
import { reading, readings } from './reading.js'
import { report } from './report.js'
import { snapshot } from './snapshot.js'
import { openStation } from './station.js'
import { showStatus } from './status.js'
import { summary } from './summary.js'
import { uplink } from './uplink.js'

await makePlaces()

export default {
  path: places.store,
  tasks: [snapshot, motion, archive, digest, uplink, chat, chatLater, reading, report],
  devices,
  gpio,
  gates: {
    // It is next door: it may be asked often, and one bad answer is enough.
    station: online({ ...places.station, interval: '1s', failures: 1, maxInterval: '5s' }),
    space: diskFree({ path: places.home, atLeast: '50MB' }),
  },
  routes: {
    camera: { concurrency: 1, gates: ['space'] },
    archive: { concurrency: 2, gates: ['space'] },
    chat: { concurrency: 2 },
    uplink: { concurrency: 2, gates: ['station'] },
    readings: { concurrency: 1 },
  },
  schedules: {
    reading: { every: '5s', task: { kind: 'reading' } },
    report: { cron: '0 0 * * *', timezone: Intl.DateTimeFormat().resolvedOptions().timeZone, task: { kind: 'report' } },
  },
  // What came of a task is in its files. A day of readings is 17,280 tasks, and nobody asks for the older ones.
  retention: { finished: { age: '1d', count: 10_000 } },
}

/** Called when the runtime has started; what it returns is called before the runtime stops. */
export async function setup(runtime) {
  const counts = { archived: 0, sent: 0, failed: 0 }
  let inbox
  let away = []
  let board = []
  const line = summary(() => {
    const { archived, sent, failed } = counts
    const numbers = [`${archived} archived`, `${inbox?.waiting ?? 0} waiting`, `${sent} sent`, `${failed} failed`]
    return [...numbers, ...away, ...board].join(' · ')
  })
  const station = await openStation({
    received(path, message) {
      if (path === '/chat') return line.say(`the station hears: ${JSON.stringify(message?.text)}`)
      counts.sent++
      line.changed()
    },
  })
  line.say(`${await countEntries()} files in the archive, ${station.count} told to the station`)
  line.say(`the inbox is ${places.inbox}`)

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
    board = [...(celsius === null ? [] : [`${celsius.toFixed(1)} °C`]), `load ${load}`]
    line.changed()
  })
  const stationIs = (reached) => {
    away = reached ? [] : ['the station is away']
    line.changed()
  }
  const opened = ({ gate }) => gate === 'station' && stationIs(true)
  const closed = ({ gate }) => gate === 'station' && stationIs(false)
  subscribe('holdfast:gate.opened', opened)
  subscribe('holdfast:gate.closed', closed)
  // What the last run left may have asked for the station before anybody listened.
  for (const { name, state } of await runtime.gates.list()) if (state === 'closed') closed({ gate: name })
  line.changed()
  const hideStatus = await showStatus(runtime)
  const endPlay = await playScenes(runtime, line.say)

  return async () => {
    endPlay()
    await hideStatus()
    unsubscribe('holdfast:gate.opened', opened)
    unsubscribe('holdfast:gate.closed', closed)
    inbox.close()
    await station.close()
    line.close()
  }
}

async function countEntries() {
  return (await readdir(places.manifest)).filter((name) => name.endsWith('.json')).length
}
