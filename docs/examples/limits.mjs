import { createRuntime, defineTask } from 'holdfast'

let open
const gate = new Promise((resolve) => {
  open = resolve
})
const upload = defineTask({
  kind: 'upload',
  route: 'network',
  concurrency: { limit: 1, by: (input) => input.camera }, // one a camera at a time
  run: () => gate,
})
const report = defineTask({
  kind: 'report',
  rateLimit: { limit: 2, per: '1h' }, // what the other side allows
  run: () => 'sent',
})
const ping = defineTask({ kind: 'ping', route: 'network', run: () => 'sent' })

const runtime = createRuntime({
  path: './data',
  tasks: [upload, report, ping],
  routes: { network: { concurrency: 4, rateLimit: { limit: 100, per: '1m', burst: 10 } } },
})
await runtime.start()

const uploads = await runtime.enqueueMany([
  { kind: 'upload', input: { camera: 'front', file: 'a.jpg' } },
  { kind: 'upload', input: { camera: 'front', file: 'b.jpg' } },
  { kind: 'upload', input: { camera: 'back', file: 'c.jpg' } },
])
// It stands behind them, and passes the one that waits for its camera.
await (await runtime.enqueue('ping')).finished()
const count = (state) => runtime.count({ kind: 'upload', state })
console.log(`${await count('RUNNING')} at once, ${await count('QUEUED')} waits for its camera`)
open()
await Promise.all(uploads.map((task) => task.finished()))

const reports = await runtime.enqueueMany([{ kind: 'report' }, { kind: 'report' }, { kind: 'report' }])
await Promise.all(reports.slice(0, 2).map((task) => task.finished()))
const { rateLimit } = await runtime.kinds.get('report')
const sent = await runtime.count({ kind: 'report', state: 'FINISHED' })
console.log(`first burst: ${sent} of 3, tokens left: ${rateLimit.tokens}`)

await runtime.routes.pause('network')
const task = await runtime.enqueue('ping')
console.log('paused: ping', (await task.get()).state)
await runtime.routes.resume('network')
await task.finished()
console.log('resumed: ping', (await task.get()).state)
await runtime.stop()
