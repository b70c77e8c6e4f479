import { subscribe } from 'node:diagnostics_channel'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { createRuntime, defineTask, online } from 'holdfast'

// The other side: it comes up later.
const station = createServer((request, response) => {
  request.pipe(process.stdout)
  request.on('end', () => response.end())
})
station.listen(0, '127.0.0.1')
await once(station, 'listening')
const { port } = station.address()
station.close()
await once(station, 'close')

const digest = defineTask({
  kind: 'digest',
  run: ({ schedule }) => `the digest of ${schedule.at.slice(0, 10)}\n`,
})

const uplink = defineTask({
  kind: 'uplink',
  route: 'network',
  retry: { attempts: 8, delay: '2s' },
  run: async ({ id, input, signal }) => {
    const request = { method: 'POST', headers: { 'idempotency-key': id }, body: input, signal }
    const { status } = await fetch(`http://127.0.0.1:${port}/digests`, request)
    if (status !== 200) throw new Error(`the station answered ${status}`)
  },
})

const runtime = createRuntime({
  path: './data',
  tasks: [digest, uplink],
  gates: { online: online({ host: '127.0.0.1', port }) },
  routes: { network: { gates: ['online'] } }, // while it is closed they wait, and spend no attempt
  schedules: {
    nightly: {
      cron: '30 2 * * *',
      timezone: 'Europe/Rome',
      task: { kind: 'digest', onSuccess: { kind: 'uplink' } }, // made in the commit of the digest
    },
  },
})
const closed = new Promise((resolve) => subscribe('holdfast:gate.closed', resolve))
await runtime.start()
await runtime.schedules.trigger('nightly') // now, and at half past two
await closed
console.log('the station is away')

const sent = new Promise((resolve) => {
  subscribe('holdfast:task.committed', ({ kind, to }) => kind === 'uplink' && to === 'FINISHED' && resolve())
})
station.listen(port, '127.0.0.1')
await sent
await runtime.stop()
station.close()
