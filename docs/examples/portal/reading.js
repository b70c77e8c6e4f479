/**
 * The task `reading` looks at this board and makes its successor. The successor is made in the commit that holds the
 * outcome: whatever happens, there is one reading to come, never none and never two.
 */
import { EventEmitter } from 'node:events'
import { appendFile, readdir, readFile, statfs } from 'node:fs/promises'
import { freemem, loadavg, totalmem, uptime } from 'node:os'
import { join } from 'node:path'
import { defineTask } from 'holdfast'
import { dayOf, places } from './places.js'

const EVERY = '5s'
const THERMAL = '/sys/class/thermal'
const MIB = 2 ** 20

/** Tells who watches what was read. */
export const readings = new EventEmitter()

export const reading = defineTask({
  kind: 'reading',
  route: 'readings',
  run: async (task) => {
    try {
      const values = await read()
      await appendFile(join(places.readings, `${dayOf()}.jsonl`), `${JSON.stringify(values)}\n`)
      readings.emit('reading', values)
    } catch (error) {
      // A reading that fails is a gap, not the end of the readings.
      task.log.warn(`no reading: ${error.message}`)
    }
    await task.enqueue('reading', {}, { in: EVERY, key: 'reading' })
  },
})

async function read() {
  const disk = await statfs(places.home)
  return {
    at: new Date().toISOString(),
    celsius: await temperature(),
    load: Number(loadavg()[0].toFixed(2)),
    memoryUsedMiB: Math.round((totalmem() - freemem()) / MIB),
    diskFreeMiB: Math.round((disk.bavail * disk.bsize) / MIB),
    uptimeS: Math.round(uptime()),
  }
}

/** The first thermal zone that answers; null on a machine without one. */
async function temperature() {
  const zones = await readdir(THERMAL).catch(() => [])
  for (const zone of zones.filter((name) => name.startsWith('thermal_zone')).sort()) {
    const text = await readFile(join(THERMAL, zone, 'temp'), 'utf8').catch(() => '')
    if (text.trim() !== '') return Number(text) / 1000
  }
  return null
}
