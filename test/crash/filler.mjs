/**
 * A daemon that fills its disk: `filler.mjs DIRECTORY WITNESS [kill]`. It enqueues until a commit fails, says DEGRADED,
 * and waits until the disk is back; with `kill` it dies there. Then it says all of it again, and DONE.
 */
import { randomBytes } from 'node:crypto'
import * as holdfast from '../../dist/src/index.js'
import { die, next, told, witness } from './witness.mjs'

const [path, log, mode] = process.argv.slice(2)
const say = witness(log)
const acked = told(log).filter(({ fact }) => fact === 'ACK')
let letGo
const gone = new Promise((resolve) => {
  letGo = resolve
})
const run = (task) => {
  say({ fact: 'RUN', id: task.id, attempt: task.attempt })
  return { of: task.id }
}
const tasks = [
  holdfast.defineTask({ kind: 'big', run }),
  holdfast.defineTask({
    kind: 'slow',
    run: async (task) => {
      run(task)
      await task.enqueue('big', {})
      if (acked.length === 0) await gone
      return { of: task.id }
    },
  }),
]
const silent = { debug() {}, info() {}, warn() {}, error() {} }
const runtime = holdfast.createRuntime({ path, tasks, log: silent })
const degraded = next('store.degraded')
const recovered = next('store.recovered')
await runtime.start()
const slow = await runtime.enqueue('slow', {}, { id: 'slow' })
const slowEnd = slow.finished()
say({ fact: 'ACK', id: 'slow' })

/** The same id has the same input in every life. */
const inputs = new Map()
const enqueue = async (n) => {
  const id = `big-${n}`
  if (!inputs.has(id)) inputs.set(id, { text: randomBytes(20_000).toString('base64') })
  const task = await runtime.enqueue('big', inputs.get(id), { id })
  say({ fact: 'ACK', id })
  return task
}

const codes = new Set()
let unknown = 0
if (acked.length === 0) {
  for (let n = 0; codes.size === 0; n++) {
    unknown = n
    await enqueue(n).catch((error) => codes.add(error.code))
  }
  await degraded
  await runtime.enqueue('big', {}).catch((error) => codes.add(error.code))
  const ended = next('run.end')
  letGo()
  await ended
  process.stdout.write('DEGRADED\n')
  if (mode === 'kill') die()
  await recovered
  await (await enqueue(unknown)).finished()
}
await slowEnd
for (const id of new Set([...acked, ...told(log).filter(({ fact }) => fact === 'ACK')].map((each) => each.id))) {
  // A task that is not there any more, or did not end, would keep this waiting.
  const { state } = (await runtime.get(id)) ?? {}
  if (state !== 'FINISHED') {
    for (let now; now !== 'FINISHED'; ) {
      const moved = next('commit.end')
      now = (await runtime.get(id))?.state
      if (now === undefined) throw new Error(`${id} was acknowledged and is lost`)
      if (now !== 'FINISHED') await moved
    }
  }
}
await runtime.stop()
process.stdout.write(`DONE ${JSON.stringify([...codes])}\n`)
