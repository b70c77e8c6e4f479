import { setTimeout as sleep } from 'node:timers/promises'
import { chunks } from './inputs.mjs'

/** One that all others wait for; its end lets them go. */
export async function flow({ open, begin, tasks }) {
  const driver = await open(() => null)
  const gate = await driver.addOne({ i: -1 }, { paused: true })
  const fromMs = performance.now()
  for (const chunk of chunks(tasks)) await driver.addMany(chunk, { dependsOn: [gate.id] })
  const enqueuedPerSecond = tasks / ((performance.now() - fromMs) / 1000)
  const end = begin()
  await driver.verb('resume', gate.id)
  while (driver.ended() < tasks + 1) await sleep(5)
  const { tasksPerSecond, syncsPerTask, bytesPerTask, cpuUsPerTask, memoryBytes } = end(tasks)
  return { enqueuedPerSecond, tasksPerSecond, syncsPerTask, bytesPerTask, cpuUsPerTask, memoryBytes }
}
