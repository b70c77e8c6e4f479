/**
 * Makes tasks until the power goes, and says on the host what it was told.
 *
 *   writer.mjs DIST STORE BOOT
 *
 * TRY <id>...          these are about to be made, in one commit
 * ACK <id>             enqueue resolved
 * RUN <id> <attempt>   a processor started              ACT <id>   the machine's action ran
 * END <id> <state>     finished() settled
 */
import { kinds, say } from './kinds.mjs'

const [, , dist, store, boot] = process.argv
const { createRuntime, defineTask } = await import(`${dist}/src/index.js`)

/** How many tasks of one stream may be unfinished: the store must not outgrow what a check can read. */
const AHEAD = 40

let count = 0
const nextId = (kind) => `${kind}-${boot}-${++count}`
const follow = (parent) => ({ kind: 'follow', input: { parent } })

say('OPENING')
const openedAt = performance.now()
const runtime = createRuntime({ path: store, tasks: kinds(defineTask), routes: { default: { concurrency: 20 } } })
await runtime.start()
say(`OPEN ${(performance.now() - openedAt).toFixed(1)}`)

async function announceEnd(task) {
  try {
    await task.finished()
    say(`END ${task.id} FINISHED`)
  } catch (error) {
    const state = { ERR_TASK_FAILED: 'FAILED', ERR_TASK_TERMINATED: 'TERMINATED' }[error.code]
    if (state) say(`END ${task.id} ${state}`)
    else throw error
  }
}

async function one(kind, input, options) {
  const id = options?.id ?? nextId(kind)
  say(`TRY ${id}`)
  const task = await runtime.enqueue(kind, input, { ...options, id })
  say(`ACK ${task.id}`)
  return announceEnd(task)
}

async function many() {
  const items = Array.from({ length: 15 }, (_, index) => ({
    kind: 'work',
    id: nextId('batch'),
    input: { ms: index % 4 },
  }))
  say(`TRY ${items.map((item) => item.id).join(' ')}`)
  const tasks = await runtime.enqueueMany(items)
  for (const task of tasks) say(`ACK ${task.id}`)
  return Promise.all(tasks.map(announceEnd))
}

function parent() {
  const id = nextId('parent')
  return one('work', { ms: 3 }, { id, onSuccess: follow(id) })
}
function mourned() {
  const id = nextId('mourned')
  return one('doomed', {}, { id, onFailure: follow(id) })
}
function patient() {
  const id = nextId('patience')
  return one('patience', { id }, { id })
}

/** Makes `make`'s tasks for ever, with at most `ahead` of them unfinished. */
async function stream(make, ahead = AHEAD) {
  const unfinished = new Set()
  for (;;) {
    const task = make().finally(() => unfinished.delete(task))
    unfinished.add(task)
    if (unfinished.size >= ahead) await Promise.race(unfinished)
  }
}

await Promise.all([
  stream(() => one('work', { ms: 0 }), 1),
  stream(() => one('work', { ms: 20 })),
  stream(() => one('work', { ms: 1 }, { id: nextId('later'), in: 150 })),
  stream(() => one('once', { ms: 15 })),
  stream(() => one('breeder', { ms: 5 })),
  stream(() => one('flaky', {})),
  stream(mourned, 5),
  stream(parent),
  stream(patient),
  stream(many, 2),
])
