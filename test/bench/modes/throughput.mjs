import { setTimeout as sleep } from 'node:timers/promises'
import { chunks, inputs } from './inputs.mjs'

const CALLERS = 100
/** A daemon has been at work before: its code is compiled, its connections are open. As many as end in two seconds. */
const WARM_UP = 10_000
const WARM_UP_MS = 2000
const WARM_UP_AT_ONCE = 100

/** The batch call, a thousand at a time. Gives how many were accepted. */
export async function bulk(driver, { tasks, deadlineMs }) {
  let accepted = 0
  for (const chunk of chunks(tasks)) {
    if (performance.now() > deadlineMs) break
    await driver.addMany(chunk)
    accepted += chunk.length
  }
  return accepted
}

/** One caller that waits for each answer; the runs go on beside it. */
export async function single(driver, { tasks, deadlineMs }) {
  let accepted = 0
  for (const input of inputs(tasks)) {
    if (performance.now() > deadlineMs) break
    await driver.addOne(input)
    accepted += 1
  }
  return accepted
}

/** A hundred callers, each of which waits for its own answer. */
export async function callers(driver, { tasks, deadlineMs }) {
  const left = inputs(tasks)
  let accepted = 0
  const caller = async () => {
    while (left.length > 0 && performance.now() < deadlineMs) {
      await driver.addOne(left.pop())
      accepted += 1
    }
  }
  await Promise.all(Array.from({ length: CALLERS }, caller))
  return accepted
}

/** Tasks that are not measured, all of which have ended. Gives how many there were. */
async function warmUp(driver) {
  const untilMs = performance.now() + WARM_UP_MS
  let added = 0
  while (added < WARM_UP && performance.now() < untilMs) {
    await driver.addMany(inputs(WARM_UP_AT_ONCE, added))
    added += WARM_UP_AT_ONCE
    while ((await driver.ended()) < added) await sleep(1)
  }
  return added
}

/**
 * From the first enqueue until all that was accepted has ended. Half of the cap is for the enqueues, so that what is
 * slow has ended something; past the cap, what has ended by then counts.
 */
export const throughput =
  (feed) =>
  async ({ open, begin, tasks, capMs }) => {
    const driver = await open(() => null)
    const before = await warmUp(driver)
    await sleep(300)
    const end = begin()
    const fromMs = performance.now()
    const deadlineMs = fromMs + capMs
    const accepted = await feed(driver, { tasks, deadlineMs: fromMs + capMs / 2 })
    let ended = (await driver.ended()) - before
    while (ended < accepted && performance.now() < deadlineMs) {
      await sleep(2)
      ended = (await driver.ended()) - before
    }
    return { tasks: ended, ...end(ended) }
  }
