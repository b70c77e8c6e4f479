import { setTimeout as sleep } from 'node:timers/promises'

const AT_ONCE = 500

async function putAll(schedules, count, plan) {
  for (let first = 0; first < count; first += AT_ONCE) {
    const ids = Array.from({ length: Math.min(AT_ONCE, count - first) }, (_, n) => `schedule-${first + n}`)
    await Promise.all(ids.map((id, n) => schedules.put(id, plan(first + n))))
  }
}

/** Schedules of all sorts, none of which is due soon; then SIGKILL. */
export async function schedulesFill({ open, tasks, killMe }) {
  const { schedules } = await open(() => null)
  const hour = (new Date().getUTCHours() + 12) % 24
  const input = { i: 0, m: 'hello from the porch camera' }
  const fromMs = performance.now()
  await putAll(schedules, tasks, (n) => ({
    ...(n % 2 ? { cron: `${n % 60} ${hour} * * *`, timezone: 'Europe/Rome' } : { every: `${(n % 7) + 1}d` }),
    task: { kind: 'noop', input },
  }))
  await killMe({ putPerSecond: tasks / ((performance.now() - fromMs) / 1000) })
}

/** A new process over them, watched from outside. */
export async function schedulesIdle({ open, settleMs, watchMs, watchMe }) {
  const fromMs = performance.now()
  await open(() => null)
  const readyMs = performance.now() - fromMs
  await sleep(settleMs)
  await watchMe({ readyMs }, watchMs)
}

/** Schedules that all tick in the same second. */
export async function ticks({ open, tasks, aheadMs, capMs }) {
  const driver = await open(() => null)
  const at = Date.now() + aheadMs
  await putAll(driver.schedules, tasks, () => ({ at: [at], task: { kind: 'noop', input: { i: 0 } } }))
  if (Date.now() > at) throw new Error('the schedules were not made in time')
  while (Date.now() < at) await sleep(1)
  while (driver.ended() < tasks && Date.now() < at + capMs) await sleep(2)
  if (driver.ended() < tasks) throw new Error(`${driver.ended()} of ${tasks} ticks ended in time`)
  return { ticksPerSecond: tasks / ((Date.now() - at) / 1000), memoryBytes: process.memoryUsage.rss() }
}
