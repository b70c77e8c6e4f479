import { setTimeout as sleep } from 'node:timers/promises'
import { chunks } from './inputs.mjs'

const MONTH_MS = 30 * 24 * 3600 * 1000
const GROUP = { group: 'door' }

/** A group that waits, and every verb for all of it; what is retried runs, ends, and is removed. */
export async function group({ open, begin, tasks }) {
  const driver = await open(() => null)
  const timed = async (work) => {
    const fromMs = performance.now()
    await work()
    return tasks / ((performance.now() - fromMs) / 1000)
  }
  const runAt = new Date(Date.now() + MONTH_MS).toISOString()
  const enqueuedPerSecond = await timed(async () => {
    for (const chunk of chunks(tasks)) await driver.addMany(chunk, { runAt, ...GROUP })
  })
  const pausedPerSecond = await timed(() => driver.verb('pause', GROUP))
  const resumedPerSecond = await timed(() => driver.verb('resume', GROUP))
  const end = begin()
  await driver.verb('cancel', GROUP)
  const { tasksPerSecond: cancelledPerSecond, syncsPerTask, bytesPerTask } = end(tasks)
  const retriedPerSecond = await timed(() => driver.verb('retry', GROUP))
  while (driver.ended() < tasks) await sleep(5)
  const removedPerSecond = await timed(() => driver.verb('remove', GROUP))
  const { memoryBytes } = end(tasks)
  return {
    enqueuedPerSecond, cancelledPerSecond, syncsPerTask, bytesPerTask, pausedPerSecond, resumedPerSecond,
    retriedPerSecond, removedPerSecond, memoryBytes,
  } // biome-ignore format: a list
}
