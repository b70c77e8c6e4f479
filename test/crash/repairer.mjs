/** A repair that is killed: `repairer.mjs STORE WITNESS [POINT]`. Without a point it ends and prints how many there were. */
import { repair } from '../../dist/src/index.js'
import { arm, count } from './witness.mjs'

const [path, , point] = process.argv.slice(2)
const hits = count({ 'repair.step': '' })
if (point) arm(point)
await repair({ path })
process.stdout.write(JSON.stringify(hits))
