/** The daemon that the tests of the page look at: something of everything that can be seen. */
import { assign, fromPromise, setup as machineOf } from 'xstate'
import { defineTask, file, TerminalError } from '../../dist/src/index.js'

/** States in states, regions, history, guards, delays and an invoke. */
const visit = machineOf({
  types: { context: {}, events: {}, input: {} },
  actors: { recognise: fromPromise(({ signal }) => new Promise((_, no) => signal.addEventListener('abort', no))) },
  guards: { known: ({ event }) => event.known === true },
  delays: { patience: 3_600_000 },
  actions: { chime: () => undefined },
}).createMachine({
  context: ({ input }) => ({ rings: 0, guests: [], note: input?.note ?? null }),
  type: 'parallel',
  states: {
    door: {
      initial: 'shut',
      states: {
        shut: {
          on: {
            ring: {
              target: 'waiting',
              actions: [assign({ rings: ({ context }) => context.rings + 1 }), 'chime'],
            },
          },
        },
        waiting: {
          initial: 'outside',
          after: { patience: 'shut' },
          states: {
            outside: { on: { look: 'looking' } },
            looking: { invoke: { src: 'recognise', onDone: 'outside', onError: 'outside' } },
            before: { type: 'history' },
          },
          on: {
            open: {
              guard: 'known',
              target: 'open',
              actions: assign({ guests: ({ context, event }) => [...context.guests, event.name ?? 'somebody'] }),
            },
            nap: '#visit.lamp.off',
          },
        },
        open: { on: { shut: 'shut', back: 'waiting.before', leave: 'left' } },
        left: { type: 'final' },
      },
    },
    lamp: {
      initial: 'off',
      states: { off: { on: { lamp: 'on' } }, on: { on: { lamp: 'off', dark: 'out' } }, out: { type: 'final' } },
    },
  },
  id: 'visit',
  output: ({ context }) => context,
})

const tasks = [
  defineTask({ kind: 'echo', run: ({ input }) => input ?? null }),
  defineTask({ kind: 'archive', route: 'cards', run: ({ input }) => ({ archived: input?.file ?? null }) }),
  defineTask({
    kind: 'hold',
    route: 'cards',
    run: ({ signal }) => new Promise((_, no) => signal.addEventListener('abort', () => no(signal.reason))),
  }),
  defineTask({
    kind: 'fail',
    run: ({ input }) => Promise.reject(new TerminalError(input?.message ?? 'no luck today')),
  }),
  defineTask({
    kind: 'again',
    retry: { attempts: 5, delay: '1h' },
    run: () => Promise.reject(new Error('the station did not answer')),
  }),
  defineTask({
    kind: 'parent',
    run: async (task) => {
      await task.enqueue('echo', 'child one')
      await task.enqueue('archive', { file: 'child-two.jpg' })
      task.emit({ type: 'split', into: 2 })
    },
  }),
  defineTask({ kind: 'visit', machine: visit }),
]

export default {
  path: process.env.BOARD_STORE,
  tasks,
  routes: { cards: { concurrency: 2 }, gated: { gates: ['flag'] } },
  gates: { flag: file({ path: `${process.env.BOARD_STORE}.flag` }) },
  schedules: {
    nightly: { cron: '0 3 * * *', timezone: 'Europe/Rome', task: { kind: 'echo', input: 'night' } },
    'half-hourly': { every: '30m', task: { kind: 'echo', input: 'half an hour' } },
    feasts: { at: ['2100-01-01T00:00:00Z'], task: { kind: 'echo', input: 'feast' } },
  },
  devices: {
    door: { type: 'contact', line: 'GPIO17', bias: 'pull-up' },
    bell: { type: 'button', line: 'GPIO22', bias: 'pull-up' },
    hall: { type: 'motion', line: 'GPIO23', offDelay: '1s' },
    lamp: { type: 'relay', line: 'GPIO24' },
    beacon: { type: 'led', line: 'GPIO25' },
    shutter: { type: 'interlock', outputs: { up: 'GPIO5', down: 'GPIO6' }, wait: '100ms' },
    fan: { type: 'pwm', channel: 0 },
    room: { type: 'ds18b20', interval: '1s', above: { at: 30, clear: 28 } },
  },
  gpio: { backend: 'simulated' },
  api: JSON.parse(process.env.BOARD_API),
}
