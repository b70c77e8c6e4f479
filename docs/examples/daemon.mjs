import { freemem } from 'node:os'
import { createRuntime, defineTask } from 'holdfast'
import { assign, fromPromise, setup } from 'xstate'

const poller = setup({
  actors: { measure: fromPromise(async () => Math.round(freemem() / 2 ** 20)) },
  actions: {
    tell: ({ context }) => console.log(`reading ${context.readings.length}: ${context.readings.at(-1)} MiB free`),
  },
  guards: { enough: ({ context }) => context.readings.length >= context.wanted },
}).createMachine({
  context: ({ input }) => ({ wanted: input.readings, readings: [] }),
  initial: 'measuring',
  states: {
    measuring: {
      invoke: {
        src: 'measure',
        onDone: {
          target: 'waiting',
          actions: [assign({ readings: ({ context, event }) => [...context.readings, event.output] }), 'tell'],
        },
      },
    },
    waiting: {
      always: { guard: 'enough', target: 'done' },
      after: { 1000: 'measuring' },
    },
    done: { type: 'final' },
  },
  output: ({ context }) => Math.min(...context.readings),
})

const runtime = createRuntime({ path: './data', tasks: [defineTask({ kind: 'memory', machine: poller })] })
await runtime.start()
const task = await runtime.enqueue('memory', { readings: 6 }, { key: 'memory' })
console.log(task.created ? 'a new poll' : 'the poll goes on')
console.log(`lowest: ${await task.finished()} MiB`)
await runtime.stop()
