import { setTimeout as sleep } from 'node:timers/promises'
import { percentile } from '../statistics.mjs'
import { inputs } from './inputs.mjs'

const WARM_UP = 200

/** Tasks that arrive one at a time at a steady pace, whatever became of those before them. */
export async function arrivals({ open, begin, perSecond, seconds }) {
  const called = new Map()
  const [starts, answers] = [[], []]
  const driver = await open(({ i }) => {
    if (called.has(i)) starts.push(performance.now() - called.get(i))
    return null
  })
  await driver.addMany(inputs(WARM_UP, -WARM_UP))
  while (driver.ended() < WARM_UP) await sleep(5)
  const tasks = perSecond * seconds
  const end = begin()
  const fromMs = performance.now()
  const calls = []
  for (const input of inputs(tasks)) {
    const dueMs = fromMs + (input.i * 1000) / perSecond
    while (performance.now() < dueMs) await sleep(Math.max(1, dueMs - performance.now()))
    const calledMs = performance.now()
    called.set(input.i, calledMs)
    calls.push(driver.addOne(input).then(() => answers.push(performance.now() - calledMs)))
  }
  await Promise.all(calls)
  while (driver.ended() < WARM_UP + tasks) await sleep(5)
  const { syncsPerTask, deviceBytesPerTask } = end(tasks)
  return {
    answerP50Ms: percentile(answers, 0.5),
    p50Ms: percentile(starts, 0.5),
    p99Ms: percentile(starts, 0.99),
    syncsPerTask,
    deviceBytesPerTask,
  }
}
