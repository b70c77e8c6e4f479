import { mkdirSync } from 'node:fs'
import { resolve } from 'node:path'
import { standardActors } from 'holdfast/standard'
import { linkActors } from './link.mjs'

const place = resolve(process.env.HOLDFAST_EXAMPLE_DIR ?? 'firmware-update-data')
const firmware = `${place}/firmware`
mkdirSync(firmware, { recursive: true })

export default { path: `${place}/store`, tasks: [] }

/** What the files in `machines/` may name. */
export const machines = {
  actors: {
    ...standardActors({
      roots: [firmware, '/proc/sys/kernel/random'],
      exec: { commands: ['sha256sum'] },
    }),
    ...linkActors(firmware),
  },
}
