import { setTimeout as sleep } from 'node:timers/promises'
import { chunks } from './inputs.mjs'

const forever = () => new Promise(() => {})

/** As many running as there are slots, the rest queued; then SIGKILL. */
export async function restartFill({ open, tasks, concurrency, killMe }) {
  let started = 0
  const driver = await open(() => {
    started += 1
    return forever()
  })
  for (const chunk of chunks(tasks)) await driver.addMany(chunk)
  while (started < concurrency) await sleep(5)
  await killMe({})
}

/** A new process over the same directory. */
export async function restartStart({ open }) {
  let firstStart = () => {}
  const first = new Promise((resolve) => {
    firstStart = resolve
  })
  const fromMs = performance.now()
  await open(() => {
    firstStart(performance.now() - fromMs)
    return forever()
  })
  const readyMs = performance.now() - fromMs
  const firstStartMs = await first
  await sleep(1000)
  return { readyMs, firstStartMs, memoryBytes: process.memoryUsage.rss() }
}
