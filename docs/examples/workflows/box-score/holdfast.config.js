import { resolve } from 'node:path'
import { standardActors } from 'holdfast/standard'

const place = resolve(process.env.HOLDFAST_EXAMPLE_DIR ?? 'box-score-data')

export default { path: `${place}/store`, tasks: [] }

/** What the files in `machines/` may name. */
export const machines = { actors: standardActors() }
