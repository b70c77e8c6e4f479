/**
 * A daemon whose only kind is a machine in JSON: `json-kinds.mjs DIRECTORY WITNESS [POINT]`. It dies at POINT; without
 * one it ends when the task has, and prints its result.
 */
import { fromPromise } from 'xstate'
import { loadMachine } from '../../dist/src/configs/index.js'
import { createRuntime } from '../../dist/src/index.js'
import { arm, witness } from './witness.mjs'

const [path, log, point] = process.argv.slice(2)
const say = witness(log)
if (point) arm(point)

const step = (name) => [
  { type: 'assign', params: { passed: { $: `append(context.passed, '${name}')` } } },
  { type: 'mark', params: { id: { $: 'context.id' }, name } },
]
const calling = (name) => ({ src: 'call', input: { id: { $: 'context.id' }, name } })
const journey = {
  kind: 'journey',
  input: { type: 'object', properties: { id: { type: 'string' } }, required: ['id'] },
  settings: { schema: { properties: { pause: { type: 'string' } } }, defaults: { pause: '15ms' } },
  machine: {
    context: { id: { $: 'input.id' }, passed: [] },
    initial: 'calling',
    entry: step('begun'),
    states: {
      calling: { invoke: { ...calling('call'), onDone: { target: 'waiting', actions: step('called') } } },
      waiting: {
        after: {
          pause: { target: 'both', actions: [...step('waited'), { type: 'emit', params: { type: 'waited' } }] },
        },
      },
      both: {
        type: 'parallel',
        states: {
          a: { initial: 'on', states: { on: { after: { '30ms': 'off' } }, off: { type: 'final' } } },
          b: { initial: 'on', states: { on: { invoke: { ...calling('b'), onDone: 'off' } }, off: { type: 'final' } } },
        },
        onDone: { target: 'over', guard: { $: 'size(context.passed) == 3' }, actions: step('over') },
      },
      over: { type: 'final' },
    },
    output: { $: 'context.passed' },
  },
}
const turn = () => new Promise((resolve) => setImmediate(resolve))
const call = fromPromise(async ({ input }) => {
  say({ fact: 'INVOKE', ...input })
  await turn()
})
const mark = (_, params) => say({ fact: 'EFFECT', ...params })

const silent = { debug() {}, info() {}, warn() {}, error() {} }
const tasks = [loadMachine(journey, { actors: { call }, actions: { mark } })]
const runtime = createRuntime({ path, tasks, log: silent })
await runtime.start()
const task = await runtime.enqueue('journey', { id: 'j' }, { id: 'j' })
say({ fact: 'ACK', id: 'j' })
const result = await task.finished()
const emitted = (await runtime.events('j')).map(({ event }) => event)
await runtime.stop()
process.stdout.write(JSON.stringify({ result, emitted }))
