import { subscribe } from 'node:diagnostics_channel'
import { join } from 'node:path'

// HOLDFAST names another build, to compare two of them.
const { createRuntime, defineTask } = await import(process.env.HOLDFAST ?? '../../../dist/src/index.js')

export async function open({ directory, concurrency, run, api }) {
  let ended = 0
  subscribe('holdfast:task.committed', ({ to }) => {
    if (to === 'FINISHED') ended += 1
  })
  const noop = defineTask({ kind: 'noop', run: (task) => run(task.input) })
  const runtime = createRuntime({
    path: join(directory, 'holdfast'),
    tasks: [noop],
    routes: { default: { concurrency } },
    ...(api ? { api } : {}),
  })
  await runtime.start()
  return {
    addMany: (inputs, options = {}) =>
      runtime.enqueueMany(inputs.map((input) => ({ kind: 'noop', input, ...options }))),
    addOne: (input) => runtime.enqueue('noop', input),
    ended: () => ended,
  }
}
