import { readFile } from 'node:fs/promises'
import { freemem, loadavg, uptime } from 'node:os'
import { defineTask } from 'holdfast'

const ZONE = '/sys/class/thermal/thermal_zone0/temp'

/** What the board measures of itself, every minute: `npx holdfast ls --kind reading` */
export default defineTask({
  kind: 'reading',
  durability: 'lazy', // a reading lost in a power cut is no harm, and the card lasts longer
  run: async () => ({
    celsius: await temperature(),
    load: loadavg()[0],
    freeMiB: Math.round(freemem() / 2 ** 20),
    upSeconds: Math.round(uptime()),
  }),
})

/** Not every machine has one. */
async function temperature() {
  try {
    return Number(await readFile(ZONE, 'utf8')) / 1000
  } catch {
    return null
  }
}
