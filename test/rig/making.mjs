/** Tasks made until the power goes, by a runtime or by the client of a daemon: each says what it was told. */
import { say } from './kinds.mjs'

const follow = (parent) => ({ kind: 'follow', input: { parent } })

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

/** `house`: who has the tasks; `ahead`: how many of one stream may be unfinished, unless it says otherwise. */
export function making(house, boot, ahead) {
  let count = 0
  const nextId = (kind) => `${kind}-${boot}-${++count}`

  /** It is on disk. */
  async function acknowledged(kind, input, options) {
    const id = options?.id ?? nextId(kind)
    say(`TRY ${id}`)
    const task = await house.enqueue(kind, input, { ...options, id })
    say(`ACK ${task.id}`)
    return task
  }
  /** It has ended. */
  const one = async (...asked) => announceEnd(await acknowledged(...asked))

  async function many(items) {
    say(`TRY ${items.map((item) => item.id).join(' ')}`)
    const tasks = await house.enqueueMany(items)
    for (const task of tasks) say(`ACK ${task.id}`)
    return Promise.all(tasks.map(announceEnd))
  }

  function batch() {
    const item = (_, index) => ({ kind: 'work', id: nextId('batch'), input: { ms: index % 4 } })
    return many(Array.from({ length: 15 }, item))
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

  /** Makes `make`'s tasks for ever, with at most `most` of them unfinished. */
  async function stream(make, most = ahead) {
    const unfinished = new Set()
    for (;;) {
      const task = make().finally(() => unfinished.delete(task))
      unfinished.add(task)
      if (unfinished.size >= most) await Promise.race(unfinished)
    }
  }

  return { nextId, acknowledged, announceEnd, one, many, batch, parent, mourned, patient, stream }
}
