/**
 * A daemon with tasks that kill it: `deadly.mjs DIRECTORY WITNESS KIND MODE [INTERRUPTIONS]`, one task of KIND.
 * KIND `timer`: a machine whose guard decides when a delay is over, `once-timer` the same at most once.
 * MODE `kill`: the processor kills the process; `live`: it does its work; `stop`: the daemon stops cleanly while it works.
 */

import { assign, fromPromise, setup } from 'xstate'
import * as holdfast from '../../dist/src/index.js'
import { die, next, told, witness } from './witness.mjs'

const [path, log, kind, mode, interruptions] = process.argv.slice(2)
const say = witness(log)
const id = 'deadly'

async function work(name) {
  if (mode === 'kill') die()
  if (mode === 'once' && told(log).filter((each) => each.name === name).length === 1) die()
  if (mode === 'stop') await new Promise(() => undefined)
}

const run = async (task) => {
  say({ fact: 'RUN', id, attempt: task.attempt })
  await work()
}
const call = fromPromise(async ({ input }) => {
  say({ fact: 'INVOKE', id, name: input })
  await work(input)
})
const invoking = (name, target) => ({
  invoke: {
    src: 'call',
    input: name,
    onDone: { target, actions: assign({ done: ({ context }) => context.done + 1 }) },
  },
})
const walk = setup({ actors: { call } }).createMachine({
  id: 'walk',
  context: { done: 0 },
  initial: 'a',
  states: {
    a: invoking('a', 'b'),
    b: invoking('b', 'c'),
    c: invoking('c', 'd'),
    d: invoking('d', 'e'),
    e: invoking('e', 'f'),
    f: { type: 'final' },
  },
  output: ({ context }) => context.done,
})
const judge = () => {
  say({ fact: 'GUARD', id, name: 'a' })
  if (mode === 'kill') die()
  return true
}
const waiting = setup({ guards: { judge } }).createMachine({
  initial: 'waits',
  states: { waits: { after: { 300: { guard: 'judge', target: 'over' } } }, over: { type: 'final' } },
  output: 'over',
})
const tasks = [
  holdfast.defineTask({ kind: 'function', run }),
  holdfast.defineTask({ kind: 'once', delivery: 'at-most-once', run }),
  holdfast.defineTask({
    kind: 'recovering',
    run,
    recover: (task) => {
      say({ fact: 'RECOVER', id, attempt: task.attempt })
      return 'recovered'
    },
  }),
  holdfast.defineTask({ kind: 'machine', machine: walk }),
  holdfast.defineTask({ kind: 'timer', machine: waiting }),
  holdfast.defineTask({ kind: 'once-timer', delivery: 'at-most-once', machine: waiting }),
]
const silent = { debug() {}, info() {}, warn() {}, error() {} }
const options = interruptions === undefined ? {} : { interruptions: Number(interruptions) }
const runtime = holdfast.createRuntime({ path, tasks, log: silent, ...options })
const begun = next(kind === 'machine' ? 'machine.effect' : 'run.start')
await runtime.start()
const task = await runtime.enqueue(kind, {}, { id })
if (mode === 'stop') {
  await begun
} else {
  await task.finished().catch(() => undefined)
  process.stdout.write(JSON.stringify(await task.get()))
}
await runtime.stop()
