import { createRuntime, defineTask } from 'holdfast'
import { assign, emit, fromPromise, setup } from 'xstate'

const visit = setup({
  actors: { takePicture: fromPromise(async ({ input }) => `${input.door}.jpg`) },
}).createMachine({
  context: ({ input }) => ({ door: input.door, picture: null }),
  type: 'parallel',
  states: {
    camera: {
      initial: 'shooting',
      states: {
        shooting: {
          invoke: {
            src: 'takePicture',
            input: ({ context }) => ({ door: context.door }),
            onDone: {
              target: 'done',
              actions: [
                assign({ picture: ({ event }) => event.output }),
                emit(({ event }) => ({ type: 'picture', file: event.output })),
              ],
            },
          },
        },
        done: { type: 'final' },
      },
    },
    light: {
      initial: 'on',
      states: { on: { after: { 1000: 'off' } }, off: { type: 'final' } },
    },
    visitor: {
      initial: 'inside',
      states: { inside: { on: { LEAVE: 'gone' } }, gone: { type: 'final' } },
    },
  },
  output: ({ context }) => context.picture,
})

const tasks = [defineTask({ kind: 'visit', machine: visit })]
const first = createRuntime({ path: './data', tasks })
await first.start()
const { id } = await first.enqueue('visit', { door: 'front' })
await first.stop()

// Another process, another day: the machine is where it was.
const runtime = createRuntime({ path: './data', tasks })
await runtime.start()
const { machine } = await runtime.get(id)
console.log(machine.value.visitor, machine.timers.length)
await runtime.send(id, { type: 'LEAVE' }) // resolves when the event is on disk
const task = runtime.handle(id)
console.log(await task.finished())
console.log((await runtime.events(id)).map(({ event }) => event))
await runtime.stop()
