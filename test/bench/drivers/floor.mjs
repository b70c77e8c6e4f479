// The floor: bare classic-level with a group commit and nothing else. It writes what ours writes (the same records and
// inputs, the same number of synced batches) and has no actors, checks, retries, timers or queries.
import { join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import { ClassicLevel } from 'classic-level'

const READ_AT_ONCE = 1000

/** One synced batch in flight, the next one filling. */
class Commits {
  #operations = []
  #waiting = []
  #busy = false

  constructor(db) {
    this.db = db
  }

  add(...operations) {
    this.#operations.push(...operations)
    const landed = new Promise((resolve) => {
      this.#waiting.push(resolve)
    })
    if (!this.#busy) void this.#flush()
    return landed
  }

  async #flush() {
    this.#busy = true
    while (this.#waiting.length > 0) {
      // A turn of the loop: whoever was just told that a batch has landed can join the next one.
      await turn()
      const [operations, waiting] = [this.#operations, this.#waiting]
      this.#operations = []
      this.#waiting = []
      await this.db.batch(operations, { sync: true })
      for (const landed of waiting) landed()
    }
    this.#busy = false
  }
}

const recordOf = (id, state, history) => ({
  type: 'put',
  key: `t!${id}`,
  value: JSON.stringify({
    v: 1,
    id,
    kind: 'noop',
    state,
    route: 'default',
    priority: 4,
    attempt: 1,
    attempts: 1,
    runAt: history[0][1],
    createdAt: history[0][1],
    history,
  }),
})
const inputOf = (id, input) => ({ type: 'put', key: `i!${id}`, value: JSON.stringify(input) })

export async function open({ directory, concurrency, run }) {
  const db = new ClassicLevel(join(directory, 'floor'))
  await db.open()
  const commits = new Commits(db)
  const queue = []
  let next = 0
  let running = 0
  let ended = 0
  let sequence = 0

  const task = (input) => {
    sequence += 1
    return { id: String(sequence).padStart(20, '0'), input, history: [['SPOOLED', Date.now()]] }
  }
  /** Takes a slot where one is free; the change of the record goes into the commit that the caller makes. */
  const enter = (one) => {
    const state = running < concurrency ? 'RUNNING' : 'QUEUED'
    if (state === 'RUNNING') running += 1
    else queue.push(one)
    one.history.push([state, Date.now()])
    return recordOf(one.id, state, one.history)
  }
  const started = (one) => one.history.at(-1)[0] === 'RUNNING'
  /** The outcome and the start of the next in the queue share a commit. */
  const play = async (one) => {
    await run(one.input)
    one.history.push(['FINISHED', Date.now()])
    running -= 1
    const operations = [recordOf(one.id, 'FINISHED', one.history)]
    const following = queue[next]
    if (following) {
      next += 1
      running += 1
      following.history.push(['RUNNING', Date.now()])
      operations.push(recordOf(following.id, 'RUNNING', following.history))
    }
    await commits.add(...operations)
    ended += 1
    if (following) void play(following)
  }
  const add = async (all) => {
    const operations = all.flatMap((one) => [enter(one), inputOf(one.id, one.input)])
    const starting = all.filter(started)
    await commits.add(...operations)
    for (const one of starting) void play(one)
  }

  const left = await unfinished(db)
  const starting = left.slice(0, concurrency)
  queue.push(...left.slice(concurrency))
  running = starting.length
  for (const one of starting) void play(one)

  return {
    addMany: (inputs) => add(inputs.map(task)),
    addOne: (input) => add([task(input)]),
    ended: () => ended,
  }
}

/** What an earlier process left: every record and every input read and parsed. */
async function unfinished(db) {
  const inputs = new Map()
  const left = []
  const iterator = db.iterator()
  for (
    let entries = await iterator.nextv(READ_AT_ONCE);
    entries.length > 0;
    entries = await iterator.nextv(READ_AT_ONCE)
  ) {
    for (const [key, value] of entries) {
      const body = JSON.parse(value)
      if (key.startsWith('i!')) inputs.set(key.slice(2), body)
      else if (body.state !== 'FINISHED') left.push({ ...body, input: inputs.get(body.id) })
    }
  }
  await iterator.close()
  return left
}
