import { mkdirSync } from 'node:fs'
import { resolve } from 'node:path'
import { linkActors } from './link.mjs'

const place = resolve(process.env.HOLDFAST_EXAMPLE_DIR ?? 'firmware-update-data')
const firmware = `${place}/firmware`
mkdirSync(firmware, { recursive: true })

export default { path: `${place}/store`, tasks: [] }

/** What the machines may do, and the actors of our own that they may name. */
export const machines = {
  standard: { roots: [firmware, '/proc/sys/kernel/random'], exec: { commands: ['sha256sum'] } },
  actors: linkActors(firmware),
}
