import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { chunks } from './inputs.mjs'
import { bulk, single } from './throughput.mjs'

const MONTH_MS = 30 * 24 * 3600 * 1000
const DUE_NOW = 20_000
const ONE_BY_ONE = 2000

/** A million tasks that are due next month; then SIGKILL. */
export async function dormantFill({ open, tasks, killMe }) {
  const driver = await open(() => null)
  const runAt = new Date(Date.now() + MONTH_MS).toISOString()
  const fromMs = performance.now()
  for (const chunk of chunks(tasks)) await driver.addMany(chunk, { runAt })
  const seconds = (performance.now() - fromMs) / 1000
  await killMe({ enqueuedPerSecond: tasks / seconds, fillMemoryBytes: process.memoryUsage.rss() })
}

async function rate(driver, feed, tasks) {
  const before = driver.ended()
  const fromMs = performance.now()
  await feed(driver, { tasks, deadlineMs: Number.POSITIVE_INFINITY })
  while (driver.ended() < before + tasks) await sleep(2)
  return tasks / ((performance.now() - fromMs) / 1000)
}

/** Tasks that are due now; a quick run tells as much with fewer of them. */
async function dueNow(driver, dormant) {
  const share = Math.min(1, dormant / 1_000_000 + 0.1)
  const singlePerSecond = await rate(driver, single, Math.round(ONE_BY_ONE * share))
  return { singlePerSecond, bulkPerSecond: await rate(driver, bulk, Math.round(DUE_NOW * share)) }
}

/** A new process over them: what they cost at start, in memory, and to the tasks that are due now. */
export async function dormantStart({ open, tasks }) {
  const fromMs = performance.now()
  const driver = await open(() => null)
  const readyMs = performance.now() - fromMs
  await sleep(1000)
  const memoryBytes = process.memoryUsage.rss()
  return { readyMs, memoryBytes, ...(await dueNow(driver, tasks)) }
}

/** The same tasks in a store that holds nothing else. */
export async function dormantWithout({ open, tasks, directory }) {
  const elsewhere = join(directory, 'without')
  mkdirSync(elsewhere)
  const driver = await open(() => null, { directory: elsewhere })
  await sleep(1000)
  const { singlePerSecond, bulkPerSecond } = await dueNow(driver, tasks)
  return { singleWithout: singlePerSecond, bulkWithout: bulkPerSecond }
}
