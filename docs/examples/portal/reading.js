/**
 * The task `reading` looks at this board; a schedule makes one every few seconds. A cut may take a reading or two, so
 * they are lazy: their steps go along with what is written anyway, and one costs the single fsync of its tick.
 */
import { EventEmitter } from 'node:events'
import { readdir, readFile, statfs } from 'node:fs/promises'
import { freemem, loadavg, totalmem, uptime } from 'node:os'
import { join } from 'node:path'
import { defineTask } from 'holdfast'
import { appendLine } from './lines.js'
import { dayOf, places } from './places.js'

const THERMAL = '/sys/class/thermal'
const MIB = 2 ** 20

/** Tells who watches what was read. */
export const readings = new EventEmitter()

export const reading = defineTask({
  kind: 'reading',
  route: 'readings',
  durability: 'lazy',
  run: async () => {
    const values = await read()
    await appendLine(join(places.readings, `${dayOf()}.jsonl`), values)
    readings.emit('reading', values)
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
