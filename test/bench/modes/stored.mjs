import { setTimeout as sleep } from 'node:timers/promises'
import { chunks } from './inputs.mjs'

const MONTH_MS = 30 * 24 * 3600 * 1000
/** More than these are never under way while a store is filled with what has ended. */
const UNDER_WAY = 20_000
/** Nothing is removed. */
export const KEPT = { retention: { finished: { age: false, count: false } } }

const fill = {
  async dormant(driver, tasks) {
    const runAt = new Date(Date.now() + MONTH_MS).toISOString()
    for (const chunk of chunks(tasks)) await driver.addMany(chunk, { runAt })
  },
  async ended(driver, tasks) {
    let added = 0
    for (const chunk of chunks(tasks)) {
      while (added - driver.ended() > UNDER_WAY) await sleep(1)
      await driver.addMany(chunk)
      added += chunk.length
    }
    while (driver.ended() < tasks) await sleep(5)
  },
  async queued(driver, tasks) {
    for (const chunk of chunks(tasks)) await driver.addMany(chunk)
  },
}

/** Fills a store with tasks of a sort; gives how many a second. */
export async function filled(driver, sort, tasks) {
  const fromMs = performance.now()
  await fill[sort](driver, tasks)
  return tasks / ((performance.now() - fromMs) / 1000)
}
