/**
 * A daemon that spends the tokens of its rates and pauses a route: `controls.mjs DIRECTORY WITNESS MODE`.
 * MODE `kill`: it dies with two runs under way, the pause acknowledged; `live`: it says what it finds, and goes on.
 */
import * as holdfast from '../../dist/src/index.js'
import { die, witness } from './witness.mjs'

const [path, log, mode] = process.argv.slice(2)
const say = witness(log)
let begun = 0
const run = async ({ id, settings }) => {
  say({ fact: 'RUN', id, settings })
  if (++begun === 2) bothBegan()
  if (mode === 'kill') await new Promise(() => undefined)
}
let bothBegan
const began = new Promise((resolve) => {
  bothBegan = resolve
})
const tasks = [
  holdfast.defineTask({ kind: 'paced', rateLimit: { limit: 2, per: '1h' }, run }),
  holdfast.defineTask({ kind: 'free', run: () => null }),
  holdfast.defineTask({ kind: 'gone', run: () => null }),
]
const routes = { default: { rateLimit: { limit: 5, per: '1h' } }, other: {}, fence: {} }
const silent = { debug() {}, info() {}, warn() {}, error() {} }
const runtime = holdfast.createRuntime({ path, tasks, routes, log: silent })
await runtime.start()
if (mode === 'kill') {
  await runtime.routes.pause('other')
  await runtime.kinds.set('paced', { n: 1 })
  await runtime.kinds.retire('gone')
  await runtime.enqueueMany([{ kind: 'paced' }, { kind: 'paced' }, { kind: 'paced' }, { kind: 'free', route: 'other' }])
  await began
  die()
}
// What could start when the runtime was ready is under way when this has ended.
await (await runtime.enqueue('free', null, { route: 'fence' })).finished()
const refused = await runtime.enqueue('gone').catch(({ code }) => code)
const { settings } = await runtime.kinds.get('paced')
const queued = await runtime.count({ state: 'QUEUED' })
process.stdout.write(JSON.stringify({ routes: await runtime.routes.list(), settings, queued, refused }))
await runtime.stop()
