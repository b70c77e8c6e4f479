/**
 * A daemon behind a gate: `gated.mjs DIRECTORY WITNESS MODE`. MODE `shut`: it enqueues, interrupts a run by closing the
 * gate, and kills itself with the gate closed; `still`: the gate stays closed; `open`: it opens, and all is done.
 */
import { fromCallback } from 'xstate'
import * as holdfast from '../../dist/src/index.js'
import { die, next, witness } from './witness.mjs'

const [path, log, mode] = process.argv.slice(2)
const say = witness(log)

let tell
const door = fromCallback(({ emit }) => {
  tell = (type) => emit({ type })
  tell(mode === 'still' ? 'closed' : 'open')
})
const upload = holdfast.defineTask({
  kind: 'upload',
  route: 'network',
  run: async ({ id, attempt, signal }) => {
    say({ fact: 'RUN', id, attempt, mode })
    if (mode !== 'shut') return
    await new Promise((resolve) => signal.addEventListener('abort', resolve))
    say({ fact: 'TOLD', id, code: signal.reason.code })
  },
})
const other = holdfast.defineTask({ kind: 'other', run: () => undefined })
const runtime = holdfast.createRuntime({
  path,
  tasks: [upload, other],
  routes: { network: { concurrency: 1, gates: ['door'], onGateClose: 'interrupt' } },
  gates: { door: holdfast.gate(door) },
  log: { debug() {}, info() {}, warn() {}, error() {} },
})
await runtime.start()
if (mode === 'shut') {
  const begun = next('run.start')
  const tasks = [1, 2, 3].map((n) => ({ kind: 'upload', id: `u${n}` }))
  for (const { id } of await runtime.enqueueMany(tasks)) say({ fact: 'ACK', id })
  await begun
  const ended = next('run.late')
  tell('closed')
  await ended
  // One that passes the gate by: what the closing did is on disk when it is done.
  await runtime.enqueue('other').then((task) => task.finished())
  die()
}
if (mode === 'still') {
  for (let i = 0; i < 10; i++) await runtime.enqueue('other').then((task) => task.finished())
  const views = await Promise.all([1, 2, 3].map((n) => runtime.get(`u${n}`)))
  for (const { id, state, attempt } of views) say({ fact: 'LEFT', id, state, attempt })
  const [gate] = await runtime.gates.list()
  say({ fact: 'GATE', id: gate.name, state: gate.state })
}
if (mode === 'open') {
  for (const n of [1, 2, 3]) {
    await runtime.handle(`u${n}`).finished()
    say({ fact: 'DONE', id: `u${n}` })
  }
}
await runtime.stop()
