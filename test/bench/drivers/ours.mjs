import { join } from 'node:path'

const { createRuntime, defineTask } = await import(process.env.HOLDFAST ?? '../../../dist/src/index.js')

export async function open({ directory, concurrency, run }) {
  let started = 0
  const noop = defineTask({
    kind: 'noop',
    run: (task) => {
      started += 1
      return run(task.input)
    },
  })
  const runtime = createRuntime({
    path: join(directory, 'holdfast'),
    tasks: [noop],
    routes: { default: { concurrency } },
  })
  await runtime.start()
  let ended = 0
  return {
    addMany: (inputs, options = {}) =>
      runtime.enqueueMany(inputs.map((input) => ({ kind: 'noop', input, ...options }))),
    addOne: (input) => runtime.enqueue('noop', input),
    // A look at the store, made only when it can be the last one.
    ended: async () => {
      if (ended < started) ended = await runtime.count({ kind: 'noop', state: 'FINISHED' })
      return ended
    },
  }
}
