import { subscribe } from 'node:diagnostics_channel'
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { createRuntime, defineTask, online } from 'holdfast'

// The uplink: a server that is not there yet.
const uplink = createServer((socket) => socket.resume())
uplink.listen(0, '127.0.0.1')
await once(uplink, 'listening')
const { port } = uplink.address()
uplink.close()
await once(uplink, 'close')

const upload = defineTask({
  kind: 'upload',
  route: 'network',
  run: async ({ input }) => {
    const socket = connect(port, '127.0.0.1')
    await once(socket.end(input.file), 'close')
    return `${input.file} is sent`
  },
})

const runtime = createRuntime({
  path: './data',
  tasks: [upload],
  gates: { online: online({ host: '127.0.0.1', port }) },
  routes: { network: { concurrency: 2, gates: ['online'] } },
})
const closed = new Promise((resolve) => subscribe('holdfast:gate.closed', resolve))
await runtime.start()

const task = await runtime.enqueue('upload', { file: 'a.jpg' })
await closed
const [gate] = await runtime.gates.list()
console.log(gate.name, gate.state, gate.reason.replace(port, 'PORT'))
const { state, attempt } = await task.get()
console.log(state, 'attempt', attempt)

uplink.listen(port, '127.0.0.1')
console.log(await task.finished())
await runtime.stop()
uplink.close()
