import { createServer } from 'node:http'
import { createRuntime, defineTask } from 'holdfast'
import { standardLogic } from 'holdfast/standard'
import { assign, setup } from 'xstate'

// A station that takes readings, and is busy the first time.
let asked = 0
const station = createServer((request, response) => {
  console.log(request.method, asked === 0 ? 'busy' : 'taken')
  response.writeHead(asked++ === 0 ? 503 : 200, { 'content-type': 'application/json' }).end('{"number":17}')
})
await new Promise((resolve) => station.listen(0, '127.0.0.1', resolve))
const url = `http://127.0.0.1:${station.address().port}/readings`

const actors = standardLogic({ roots: [process.cwd()] })
const report = setup({ actors }).createMachine({
  context: ({ input }) => ({ ...input, number: null, print: null }),
  initial: 'sending',
  states: {
    sending: {
      invoke: {
        src: 'http.request',
        input: ({ context }) => ({ url, method: 'POST', body: { celsius: context.celsius }, pick: '/number' }),
        onDone: { target: 'keeping', actions: assign({ number: ({ event }) => event.output }) },
        onError: [
          { guard: ({ event }) => event.error.code === 'ERR_HTTP_STATUS', target: 'resting' },
          { target: 'lost' },
        ],
      },
    },
    resting: { invoke: { src: 'sleep', input: { for: '100ms' }, onDone: 'sending' } },
    keeping: {
      invoke: {
        src: 'fs.append',
        input: ({ context }) => ({ path: 'log', content: `${context.number} ${context.celsius}\n`, once: true }),
        onDone: 'asking',
      },
    },
    asking: {
      invoke: {
        src: 'enqueue',
        input: ({ context }) => ({ kind: 'print', input: { number: context.number } }),
        onDone: { target: 'waiting', actions: assign({ print: ({ event }) => event.output.id }) },
      },
    },
    waiting: {
      invoke: {
        src: 'waitForTask',
        input: ({ context }) => ({ id: context.print }),
        onDone: [{ guard: ({ event }) => event.output.state === 'FINISHED', target: 'done' }, { target: 'lost' }],
      },
    },
    done: { type: 'final' },
    lost: { type: 'final' },
  },
  output: ({ context }) => context.number,
})

const print = defineTask({ kind: 'print', run: ({ input }) => console.log(`number ${input.number} on paper`) })
const runtime = createRuntime({ path: './data', tasks: [defineTask({ kind: 'report', machine: report }), print] })
await runtime.start()

const task = await runtime.enqueue('report', { celsius: 21.5 })
console.log(await task.finished())

await runtime.stop()
station.close()
