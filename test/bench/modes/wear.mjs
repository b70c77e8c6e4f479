import { setTimeout as sleep } from 'node:timers/promises'
import { inputs } from './inputs.mjs'
import { bulk, single } from './throughput.mjs'

const ONE = { m: 'hello from the porch camera' }
/** So long after an end nothing of it is on its way any more. */
const APART_MS = 50

/** Resolves when so many have ended. */
async function ended(driver, count, deadlineMs) {
  while ((await driver.ended()) < count && performance.now() < deadlineMs) await sleep(1)
}

/** What one thing costs the disk: `{ NAMESyncs, NAMEBytes }` a task. */
async function cost(name, { driver, begin, capMs }, feed) {
  const before = await driver.ended()
  const deadlineMs = performance.now() + capMs
  const end = begin()
  const accepted = await feed(deadlineMs - capMs / 2)
  await ended(driver, before + accepted, deadlineMs)
  const { syncsPerTask, deviceBytesPerTask } = end(accepted)
  return { [`${name}Syncs`]: syncsPerTask, [`${name}Bytes`]: deviceBytesPerTask }
}

/** Tasks at load, tasks one after the other, tasks alone, and no task: what each writes to a disk of their own. */
export async function wear({ open, begin, tasks, watchMs, capMs }) {
  const driver = await open(() => null)
  await driver.addMany(inputs(100))
  await ended(driver, 100, performance.now() + capMs)
  const of = { driver, begin, capMs }
  const load = await cost('load', of, (deadlineMs) => bulk(driver, { tasks, deadlineMs }))
  const stream = await cost('stream', of, (deadlineMs) => single(driver, { tasks: tasks / 10, deadlineMs }))
  const lone = await cost('lone', of, async (deadlineMs) => {
    const before = await driver.ended()
    let accepted = 0
    while (accepted < tasks / 100 && performance.now() < deadlineMs) {
      await driver.addOne(ONE)
      accepted += 1
      await ended(driver, before + accepted, deadlineMs)
      await sleep(APART_MS)
    }
    return accepted
  })
  const end = begin()
  await sleep(watchMs)
  const { syncsPerTask: idleSyncs, deviceBytesPerTask: idleBytes } = end(1)
  return { ...load, ...stream, ...lone, idleSyncs, idleBytes }
}
