import { setTimeout as sleep } from 'node:timers/promises'
import { filled, KEPT } from './stored.mjs'
import { bulk, single } from './throughput.mjs'

const WARM_UP = 2000

/** A store with so many tasks in it; then SIGKILL. */
export async function growthFill({ open, sort, stored, killMe }) {
  const driver = await open(() => null, { runtime: KEPT, concurrency: 500 })
  await killMe({ filledPerSecond: await filled(driver, sort, stored) })
}

/** What a task costs beside them. */
export async function growthCost({ open, begin, tasks, settleMs }) {
  const fromMs = performance.now()
  const driver = await open(() => null, { runtime: KEPT })
  const readyMs = performance.now() - fromMs
  const rate = async (feed, count) => {
    const before = driver.ended()
    const end = begin()
    await feed(driver, { tasks: count, deadlineMs: Number.POSITIVE_INFINITY })
    while (driver.ended() < before + count) await sleep(1)
    return end(count)
  }
  await rate(bulk, WARM_UP)
  // What the kill left to LevelDB is done by then.
  await sleep(settleMs)
  const { tasksPerSecond: singlePerSecond } = await rate(single, tasks / 10)
  const { tasksPerSecond, cpuUsPerTask, bytesPerTask, memoryBytes } = await rate(bulk, tasks)
  return { readyMs, singlePerSecond, bulkPerSecond: tasksPerSecond, cpuUsPerTask, bytesPerTask, memoryBytes }
}
