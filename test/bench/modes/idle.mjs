import { setTimeout as sleep } from 'node:timers/promises'
import { inputs } from './inputs.mjs'

const WARM_UP = 100

/** Has run some tasks, then has nothing to do. The parent watches from outside. */
export async function idle({ open, settleMs, watchMs, watchMe }) {
  const driver = await open(() => null)
  await driver.addMany(inputs(WARM_UP))
  while ((await driver.ended()) < WARM_UP) await sleep(10)
  await sleep(settleMs)
  await watchMe({}, watchMs)
}
