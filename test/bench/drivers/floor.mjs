// The floor: bare classic-level with a group commit and nothing else. It writes what ours writes (the same keys, records
// of the same size, the same synced batches) and has no actors, checks, retries, timers or queries.
import { join } from 'node:path'
import { ClassicLevel } from 'classic-level'
import { Commits } from './commits.mjs'

const READ_AT_ONCE = 1000

const put = (kind, id, value) => ({ type: 'put', key: `${kind}!${id}`, value: JSON.stringify(value) })
const del = (kind, id) => ({ type: 'del', key: `${kind}!${id}` })
const record = ({ id, state, madeMs, history }) => ({ f: 1, s: state, k: 'noop', q: +id, c: madeMs, n: 1, h: history })

const kept = (task) => put('l', task.id, record(task))
const accepted = (task) => [kept(task), put('i', task.id, task.input)]
/** A record that has ended moves to a range of its own, which a restart does not read. */
const ended = (task) => [del('l', task.id), put('e', task.id, { ...record(task), res: null, end: Date.now() })]

function make(sequence, input) {
  return { id: String(sequence).padStart(21, '0'), input, madeMs: Date.now(), state: 'S', history: 'S0' }
}

function move(task, state) {
  task.state = state
  task.history += `${state}${Date.now() - task.madeMs}`
}

/** The tasks that an earlier process left: every live record and its input, read and parsed. */
async function left(db) {
  const inputs = new Map()
  const tasks = []
  const iterator = db.iterator({ gte: 'i', lt: 'm' })
  for (;;) {
    const entries = await iterator.nextv(READ_AT_ONCE)
    if (entries.length === 0) break
    for (const [key, value] of entries) {
      const id = key.slice(2)
      const parsed = JSON.parse(value)
      if (key.startsWith('i')) inputs.set(id, parsed)
      else tasks.push({ id, input: inputs.get(id), madeMs: parsed.c, state: parsed.s, history: parsed.h })
    }
  }
  await iterator.close()
  return tasks
}

export async function open({ directory, concurrency, run }) {
  const db = new ClassicLevel(join(directory, 'floor'))
  await db.open()
  const commits = new Commits(db)
  const queue = await left(db)
  let sequence = 0
  let next = 0
  let free = concurrency
  let done = 0

  /** The outcome of a run and the start of the next in the queue share a commit. */
  async function play(task) {
    await run(task.input)
    move(task, 'F')
    const following = queue[next]
    if (following) {
      next += 1
      move(following, 'R')
    } else free += 1
    await commits.add(following ? [...ended(task), kept(following)] : ended(task))
    done += 1
    if (following) void play(following)
  }

  /** What finds a free slot is accepted as running, in one commit; the rest waits in the queue. */
  async function add(tasks) {
    const starting = tasks.slice(0, free)
    const waiting = tasks.slice(free)
    free -= starting.length
    for (const task of starting) move(task, 'R')
    for (const task of waiting) move(task, 'Q')
    await commits.add(tasks.flatMap(accepted))
    for (const task of starting) void play(task)
    // Slots may have become free while the batch was on its way.
    for (const task of waiting) queue.push(task)
    const late = queue.slice(next, next + free)
    next += late.length
    free -= late.length
    for (const task of late) void begin(task)
  }

  async function begin(task) {
    move(task, 'R')
    await commits.add([kept(task)])
    void play(task)
  }

  const first = queue.slice(0, free)
  next = first.length
  free -= first.length
  for (const task of first) void play(task)

  const made = (input) => {
    sequence += 1
    return make(sequence, input)
  }
  return {
    addMany: (inputs) => add(inputs.map(made)),
    addOne: (input) => add([made(input)]),
    ended: () => done,
  }
}
