import { subscribe } from 'node:diagnostics_channel'
import { join } from 'node:path'
import { raise, setup } from 'xstate'

// HOLDFAST names another build, to compare two of them.
const { createRuntime, defineTask } = await import(process.env.HOLDFAST ?? '../../../dist/src/index.js')

/** A machine that hears what it says to itself, three times. */
const walk = setup({}).createMachine({
  initial: 'one',
  states: {
    one: { always: 'two' },
    two: { entry: raise({ type: 'on' }), on: { on: 'three' } },
    three: { type: 'final' },
  },
})

export async function open({ directory, concurrency, run, isolate, runtime: options = {} }) {
  let ended = 0
  subscribe('holdfast:task.committed', ({ to }) => {
    if (to === 'FINISHED') ended += 1
  })
  const does = isolate
    ? { isolate, module: new URL('./noop.mjs', import.meta.url) }
    : { run: (task) => run(task.input) }
  const noop = defineTask({ kind: 'noop', ...does })
  const runtime = createRuntime({
    path: join(directory, 'holdfast'),
    tasks: [noop, defineTask({ kind: 'walk', machine: walk })],
    routes: { default: { concurrency } },
    ...options,
  })
  await runtime.start()
  return {
    addMany: (inputs, options = {}) =>
      runtime.enqueueMany(inputs.map((input) => ({ kind: 'noop', input, ...options }))),
    addOne: (input, options = {}) => runtime.enqueue('noop', input, options),
    verb: (name, selection) => runtime[name](selection),
    ended: () => ended,
    stop: () => runtime.stop(),
    schedules: runtime.schedules,
  }
}
