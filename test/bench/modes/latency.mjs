import { fdatasyncSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { percentile } from '../statistics.mjs'

const WARM_UP = 20
/** A daemon has been at work before it is idle: its code is compiled. */
const AT_WORK = 2000
const GAP_MS = 5
const BLOCK = Buffer.alloc(300, 'x')

/** A bare append and fsync of a record's size: what the disk alone costs, at this minute, on this machine. */
export function bareSync(directory) {
  const file = openSync(join(directory, 'bare'), 'a')
  return () => {
    const fromMs = performance.now()
    writeSync(file, BLOCK)
    fdatasyncSync(file)
    return performance.now() - fromMs
  }
}

/** Nothing to do, then one enqueue: from the call to the start of the processor. */
export async function latency({ open, tasks, capMs, directory }) {
  let started = () => {}
  const driver = await open(() => {
    started(performance.now())
    return null
  })
  // A system that polls would take minutes for this, and waits longer than any code takes.
  for (let n = 0; n < AT_WORK && !driver.pollMs; n += 100) {
    await Promise.all(Array.from({ length: 100 }, () => driver.addOne({ i: -1, m: 'hello from the porch camera' })))
  }
  const before = driver.pollMs ? 0 : AT_WORK
  while ((await driver.ended()) < before) await sleep(1)
  const sync = bareSync(directory)
  const waits = []
  const syncs = []
  const deadlineMs = performance.now() + capMs
  for (let i = 0; i < tasks + WARM_UP && performance.now() < deadlineMs; i += 1) {
    const start = new Promise((resolve) => {
      started = resolve
    })
    const calledMs = performance.now()
    const [startedMs] = await Promise.all([start, driver.addOne({ i, m: 'hello from the porch camera' })])
    while ((await driver.ended()) <= before + i && performance.now() < deadlineMs) await sleep(1)
    await sleep(GAP_MS)
    const syncMs = sync()
    // A system that polls is met at any point of its period.
    await sleep(GAP_MS + Math.random() * (driver.pollMs ?? 0))
    if (i < WARM_UP && !driver.pollMs) continue
    waits.push(startedMs - calledMs)
    syncs.push(syncMs)
  }
  const [p50Ms, p99Ms, syncP50Ms] = [percentile(waits, 0.5), percentile(waits, 0.99), percentile(syncs, 0.5)]
  const worth = { syncsWorth: p50Ms / syncP50Ms, syncsWorth99: p99Ms / syncP50Ms }
  return { tasks: waits.length, p50Ms, p99Ms, syncP50Ms, ...worth }
}
