/**
 * A restore that is killed: `restorer.mjs STORE WITNESS FROM [POINT]`. POINT is a telemetry point, or `member:3`: when the
 * third member of the backup was read. Without one it ends by itself and prints how many of each there were.
 */
import { restore } from '../../dist/src/index.js'
import { arm, count, die } from './witness.mjs'

const [path, , from, point = ''] = process.argv.slice(2)
const hits = count({ 'restore.step': '' })
hits.member = 0
const [name, nth] = point.split(':')
if (name === 'restore.step') arm(point)
const onProgress = () => {
  hits.member++
  if (name === 'member' && hits.member === Number(nth)) die()
}
await restore({ from, path, force: true, onProgress })
process.stdout.write(JSON.stringify(hits))
