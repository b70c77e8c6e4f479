import { subscribe } from 'node:diagnostics_channel'
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { percentile } from '../statistics.mjs'
import { syncs } from '../syncs.mjs'
import { chunks } from './inputs.mjs'

const ALL = { finished: { age: false, count: false } }
const NONE = { finished: { age: 0 } }
const SAMPLES = 300
const GAP_MS = 10

/** Bytes of the files below a directory. */
const bytesIn = (directory) =>
  readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce(
      (sum, entry) => sum + (statSync(join(entry.parentPath, entry.name), { throwIfNoEntry: false })?.size ?? 0),
      0,
    )

/** One caller now and then: how long each enqueue takes, while `going()`. */
async function callers(driver, going) {
  const waits = []
  for (let i = 0; going(waits.length); i += 1) {
    const fromMs = performance.now()
    await driver.addOne({ i, m: 'hello from the porch camera' })
    waits.push(performance.now() - fromMs)
    await sleep(GAP_MS)
  }
  return waits
}

/** As many ended tasks, nothing of which is removed; then what an enqueue takes beside nothing. */
export async function retentionFill({ open, tasks, killMe }) {
  const driver = await open(() => null, { runtime: { retention: ALL } })
  for (const chunk of chunks(tasks)) await driver.addMany(chunk)
  while (driver.ended() < tasks) await sleep(5)
  await sleep(2000)
  const waits = await callers(driver, (count) => count < SAMPLES)
  await killMe({ enqueueWithoutMs: percentile(waits, 0.5), enqueue99WithoutMs: percentile(waits, 0.99) })
}

/** The same store, of which nothing is to be kept any more. */
export async function retentionSweep({ open, tasks, directory, capMs, compacts }) {
  const bytesBefore = bytesIn(directory)
  let swept = 0
  let compacted = false
  subscribe('holdfast:retention.swept', ({ removed }) => {
    swept += removed
  })
  subscribe('holdfast:store.compacted', () => {
    compacted = true
  })
  const first = syncs()
  const fromMs = performance.now()
  const deadlineMs = fromMs + capMs
  const driver = await open(() => null, { runtime: { retention: NONE } })
  const waits = await callers(driver, () => swept < tasks && performance.now() < deadlineMs)
  const seconds = (performance.now() - fromMs) / 1000
  const sweepSyncs = syncs() - first - 2 * waits.length
  const bytesSwept = bytesIn(directory)
  while (compacts && !compacted && performance.now() < deadlineMs) await sleep(100)
  return {
    sweptPerSecond: swept / seconds,
    sweepSyncs,
    enqueueMs: percentile(waits, 0.5),
    enqueue99Ms: percentile(waits, 0.99),
    bytesBefore,
    bytesSwept,
    bytesAfter: compacted ? bytesIn(directory) : Number.NaN,
    memoryBytes: process.memoryUsage.rss(),
  }
}
