/**
 * A daemon whose task goes through all standard actors: `standing.mjs DIRECTORY WITNESS URL ROOT [POINT]`. With POINT it dies
 * there. It ends when its task has ended.
 */
import { assign, setup } from 'xstate'
import * as holdfast from '../../dist/src/index.js'
import { POINTS } from '../../dist/src/kernel/telemetry.js'
import { standardLogic } from '../../dist/src/standard/index.js'
import { arm, count, witness } from './witness.mjs'

const [path, log, url, root, point] = process.argv.slice(2)
const say = witness(log)
const hits = count(POINTS)
if (point) arm(point)
say({ fact: 'BEGIN', pid: process.pid })

const actors = standardLogic({ roots: [root], exec: { commands: ['/bin/sh'] } })
/** Each is a state that leads to the next. */
const STEPS = [
  ['http.request', { url, method: 'POST', pick: '/ok' }],
  ['fs.write', { path: 'draft', content: 'whole' }],
  ['fs.append', { path: 'log', content: 'the one line\n', once: true }],
  ['fs.move', { from: 'draft', to: 'done' }],
  ['process.exec', { command: '/bin/sh', args: ['-c', `${root}/../command`] }],
  ['fs.read', { path: 'done' }],
  ['fs.remove', { path: 'done' }],
  ['emit', { event: { type: 'passed' } }],
  ['enqueue', { kind: 'leaf', options: { in: 100 } }],
  ['waitForTask', ({ context }) => ({ id: context.ends.enqueue.id })],
  ['sleep', { for: 100 }],
  ['log', { message: 'over' }],
]
const states = STEPS.map(([src, input], i) => [
  src.replace('.', '-'),
  {
    invoke: {
      src,
      input,
      onDone: {
        target: STEPS[i + 1]?.[0].replace('.', '-') ?? 'over',
        actions: assign({ ends: ({ context, event }) => ({ ...context.ends, [src]: event.output }) }),
      },
    },
  },
])
const journey = setup({ actors }).createMachine({
  context: { ends: {} },
  initial: 'http-request',
  states: { ...Object.fromEntries(states), over: { type: 'final' } },
  output: ({ context }) => context.ends,
})

const silent = { debug() {}, info() {}, warn() {}, error() {} }
const leaf = holdfast.defineTask({ kind: 'leaf', run: () => 'fallen' })
const tasks = [holdfast.defineTask({ kind: 'journey', machine: journey }), leaf]
const runtime = holdfast.createRuntime({ path, tasks, log: silent, routes: { default: { concurrency: 1 } } })
await runtime.start()
const task = await runtime.enqueue('journey', null, { id: 'journey' })
const ends = await task.finished()
const { attempt } = await task.get()
const leaves = await runtime.count({ kind: 'leaf' })
const passed = (await runtime.events('journey')).filter(({ event }) => event.type === 'passed').length
say({ fact: 'OVER', id: 'journey', ends, attempt, leaves, passed })
await runtime.stop()
process.stdout.write(JSON.stringify(hits))
