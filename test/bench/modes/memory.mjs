import { setTimeout as sleep } from 'node:timers/promises'
import { filled } from './stored.mjs'

const forever = () => new Promise(() => {})
/** One runs for ever: all that is due after it stays queued. */
const ONE_RUNS = { concurrency: 1 }

/** Tasks of one sort; then SIGKILL. */
export async function memoryFill({ open, sort, stored, killMe }) {
  const driver = await open(forever, ONE_RUNS)
  if (stored > 0) await filled(driver, sort, stored)
  await killMe({})
}

/** A new process over them, at rest. */
export async function memoryAtRest({ open, settleMs }) {
  await open(forever, ONE_RUNS)
  await sleep(settleMs)
  return { restingBytes: process.memoryUsage.rss(), peakBytes: process.resourceUsage().maxRSS * 1024 }
}
