import { setTimeout as sleep } from 'node:timers/promises'
import { chunks, inputs } from './inputs.mjs'

const CALLERS = 100

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

/**
 * From the first enqueue until all that was accepted has ended. Half of the cap is for the enqueues, so that what is
 * slow has ended something; past the cap, what has ended by then counts.
 */
export const throughput =
  (feed) =>
  async ({ open, begin, tasks, capMs }) => {
    const driver = await open(() => null)
    await sleep(300)
    const end = begin()
    const fromMs = performance.now()
    const deadlineMs = fromMs + capMs
    const accepted = await feed(driver, { tasks, deadlineMs: fromMs + capMs / 2 })
    let ended = await driver.ended()
    while (ended < accepted && performance.now() < deadlineMs) {
      await sleep(2)
      ended = await driver.ended()
    }
    return { tasks: ended, ...end(ended) }
  }
