import { setTimeout as sleep } from 'node:timers/promises'
import { chunks } from './inputs.mjs'
import { filled } from './stored.mjs'

const forever = () => new Promise(() => {})
/** The most that a route may have running. */
const ROUTE = 10_000

/** Routes with a slot for each task. */
function roomFor(tasks) {
  const names = Array.from({ length: Math.ceil(tasks / ROUTE) }, (_, n) => `route-${n}`)
  const routes = Object.fromEntries(names.map((name) => [name, { concurrency: ROUTE }]))
  return { names, runtime: { routes, limits: { live: 2 * tasks } } }
}

/** All of them running, and perhaps others asleep; then SIGKILL. */
export async function runningFill({ open, tasks, dormant, killMe }) {
  let started = 0
  const { names, runtime } = roomFor(tasks)
  const run = () => {
    started += 1
    return forever()
  }
  const driver = await open(run, { runtime })
  if (dormant) await filled(driver, 'dormant', dormant)
  let turn = 0
  for (const chunk of chunks(tasks)) await driver.addMany(chunk, { route: names[turn++ % names.length] })
  while (started < tasks) await sleep(5)
  await killMe({})
}

/** A new process: when the first of them runs again, and when all of them do. */
export async function runningStart({ open, tasks, capMs }) {
  const fromMs = performance.now()
  let started = 0
  let [firstStartMs, allStartMs] = [Number.NaN, Number.NaN]
  const run = () => {
    started += 1
    if (started === 1) firstStartMs = performance.now() - fromMs
    if (started === tasks) allStartMs = performance.now() - fromMs
    return forever()
  }
  await open(run, { runtime: roomFor(tasks).runtime })
  const readyMs = performance.now() - fromMs
  while (started < tasks && performance.now() < fromMs + capMs) await sleep(5)
  return { readyMs, firstStartMs, allStartMs, memoryBytes: process.memoryUsage.rss() }
}
