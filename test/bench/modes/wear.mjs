import { setTimeout as sleep } from 'node:timers/promises'
import { inputs } from './inputs.mjs'
import { bulk, single } from './throughput.mjs'

const ONE = { m: 'hello from the porch camera' }
/** So long after an end nothing of it is on its way any more. */
const APART_MS = 50
const SETTLED_MS = 1000
const WARM_UP = 100

/** Resolves when so many have ended, or it is late; gives how many have. */
async function ended(driver, count, deadlineMs) {
  for (;;) {
    const now = await driver.ended()
    if (now >= count || performance.now() > deadlineMs) return now
    await sleep(1)
  }
}

/** What one thing costs the disk: `{ NAMESyncs, NAMEBytes }` a task. Tasks are made for a sixth of the time there is. */
async function cost(name, { driver, begin, capMs, last }, feed) {
  const before = await driver.ended()
  const deadlineMs = performance.now() + capMs
  const end = begin()
  const accepted = await feed(deadlineMs - (capMs * 5) / 6)
  const over = (await ended(driver, before + accepted, deadlineMs)) - before
  if (over < accepted && !last)
    throw new Error(`${over} of ${accepted} tasks ended in time: the rest would count as others`)
  const { syncsPerTask, deviceBytesPerTask } = end(over)
  return { [`${name}Syncs`]: syncsPerTask, [`${name}Bytes`]: deviceBytesPerTask }
}

/**
 * Tasks alone, no task, tasks one after the other, tasks at load: what each writes to a disk of its own. In this order, for
 * a store that was at load has something to put in order afterwards.
 */
export async function wear({ open, begin, tasks, watchMs, capMs }) {
  const driver = await open(() => null)
  await driver.addMany(inputs(WARM_UP))
  await ended(driver, WARM_UP, performance.now() + capMs)
  await sleep(SETTLED_MS)
  const of = { driver, begin, capMs }
  const lone = await cost('lone', of, async (deadlineMs) => {
    const before = await driver.ended()
    let accepted = 0
    while (accepted < tasks / 100 && performance.now() < deadlineMs) {
      await driver.addOne(ONE)
      accepted += 1
      await ended(driver, before + accepted, deadlineMs + capMs / 2)
      await sleep(APART_MS)
    }
    return accepted
  })
  await sleep(SETTLED_MS)
  const end = begin()
  await sleep(watchMs)
  const { syncsPerTask: idleSyncs, deviceBytesPerTask: idleBytes } = end(1)
  const stream = await cost('stream', of, (deadlineMs) => single(driver, { tasks: tasks / 10, deadlineMs }))
  const load = await cost('load', { ...of, last: true }, (deadlineMs) => bulk(driver, { tasks, deadlineMs }))
  return { ...load, ...stream, ...lone, idleSyncs, idleBytes }
}
