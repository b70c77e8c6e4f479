/**
 * A daemon whose machines change: `migrating.mjs DIRECTORY WITNESS VERSION [POINT [hang]]`. With version 1 it sets its
 * tasks going and is killed with all of them in flight; with a later one it dies at POINT, or ends when every task has.
 * With `hang` no call comes to its end.
 */
import { subscribe } from 'node:diagnostics_channel'
import { assign, fromPromise, setup } from 'xstate'
import { createRuntime, defineTask } from '../../dist/src/index.js'
import { arm, witness } from './witness.mjs'

const [path, log, given, point, hang] = process.argv.slice(2)
const version = Number(given)
const say = witness(log)
if (point) arm(point)
const IDS = Array.from({ length: 7 }, (_, i) => `t${i}`)

/** In each version the state and the actor have other names; the path says which steps a record was led through. */
const machine = (of) =>
  setup({
    actors: {
      [`call${of}`]: fromPromise(({ input }) => {
        say({ fact: 'CALL', id: input.id, version: of })
        return of === 1 || hang ? new Promise(() => undefined) : Promise.resolve()
      }),
    },
  }).createMachine({
    context: ({ input }) => ({ id: input.id, path: [of] }),
    initial: `calling${of}`,
    states: {
      [`calling${of}`]: {
        invoke: {
          src: `call${of}`,
          input: ({ context }) => ({ id: context.id }),
          onDone: { target: 'over', actions: assign({ path: ({ context }) => [...context.path, 'called'] }) },
        },
      },
      over: { type: 'final' },
    },
    output: ({ context }) => context.path,
  })
const up =
  (to) =>
  ({ context, ...rest }) => {
    if (to === 3 && context.id === 't3') throw new Error('not this one')
    return { ...rest, value: `calling${to}`, context: { ...context, path: [...context.path, to] } }
  }
const migrate = Object.fromEntries(Array.from({ length: version - 1 }, (_, i) => [i + 1, up(i + 2)]))

const silent = { debug() {}, info() {}, warn() {}, error() {} }
const runtime = createRuntime({
  path,
  tasks: [defineTask({ kind: 'call', version, migrate, machine: machine(version) })],
  log: silent,
})
const started = new Set()
subscribe('holdfast:task.committed', ({ id, to }) => {
  if (to !== 'RUNNING' || version !== 1) return
  started.add(id)
  if (started.size === IDS.length) process.kill(process.pid, 'SIGKILL')
})
subscribe('holdfast:task.migrated', ({ id, from, to }) => say({ fact: 'MIGRATED', id, from, to }))
await runtime.start()
if (version === 1) {
  await runtime.enqueueMany(IDS.map((id) => ({ kind: 'call', id, input: { id } })))
  await new Promise(() => setInterval(() => undefined, 1_000))
}
const aside = (await runtime.quarantine.list()).map(({ id }) => id)
for (const id of IDS.filter((each) => !aside.includes(each))) {
  const task = await runtime.enqueue('call', { id }, { id })
  say({ fact: 'RESULT', id, result: await task.finished() })
}
for (const { id, reason, record } of await runtime.quarantine.list()) say({ fact: 'ASIDE', id, reason, record })
await runtime.stop()
