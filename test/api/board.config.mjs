/** The daemon that the tests of the API talk to: where it lives and how its API is set is told by its environment. */
import { assign, setup as machineOf } from 'xstate'
import { z } from 'zod'
import { contact, cpuTemperature, defineTask, file, interlock, pwm, relay } from '../../dist/src/index.js'

const door = machineOf({ types: { context: {}, events: {} } }).createMachine({
  context: { rings: 0 },
  initial: 'shut',
  states: {
    shut: { on: { ring: { actions: assign({ rings: ({ context }) => context.rings + 1 }) }, close: 'done' } },
    done: { type: 'final' },
  },
  output: ({ context }) => context.rings,
})

const tasks = [
  defineTask({
    kind: 'add',
    input: z.object({ a: z.number(), b: z.number() }),
    run: ({ input }) => input.a + input.b,
  }),
  defineTask({ kind: 'echo', run: ({ input }) => input ?? null }),
  defineTask({ kind: 'say', run: (task) => task.emit({ type: 'said', text: task.input }) }),
  defineTask({
    kind: 'hold',
    run: ({ signal }) => new Promise((_, no) => signal.addEventListener('abort', () => no(signal.reason))),
  }),
  defineTask({ kind: 'fail', run: () => Promise.reject(new Error('no luck')) }),
  defineTask({ kind: 'door', machine: door }),
  defineTask({
    kind: 'poll',
    settings: { schema: z.object({ every: z.number() }), defaults: { every: 5 } },
    run: ({ settings }) => settings.every,
  }),
  defineTask({ kind: 'far', remote: true }),
  defineTask({ kind: 'farther', remote: true, heartbeat: '100ms', retry: { attempts: 2, delay: 0 } }),
]

const hardware = {
  devices: {
    door: contact({ line: 'GPIO17', bias: 'pull-up', debounce: 0 }),
    siren: relay({ line: 'GPIO27', initial: 'restore' }),
    gate: interlock({ outputs: { open: 'GPIO5', close: 'GPIO6' }, wait: '1ms' }),
    lamp: pwm({ channel: 0, frequency: 1000 }),
    spare: relay({ line: 'GPIO99', optional: true }),
    room: cpuTemperature({ interval: '1h', failures: 1, above: { at: 30, clear: 25 } }),
  },
  gpio: { backend: 'simulated' },
}

export default {
  path: process.env.BOARD_STORE,
  tasks,
  schedules: { nightly: { cron: '0 3 * * *', timezone: 'Europe/Rome', task: { kind: 'echo', input: 'night' } } },
  gates: { flag: file({ path: `${process.env.BOARD_STORE}.flag` }) },
  wear: { bytesPerDay: '50MB', fsyncsPerDay: 100_000 },
  routes: { narrow: { queueLimit: 2 }, gated: { gates: ['flag'] } },
  ...(process.env.BOARD_DEVICES ? hardware : {}),
  api: JSON.parse(process.env.BOARD_API),
}
