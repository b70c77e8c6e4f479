import { percentile } from '../statistics.mjs'
import { bulk } from './throughput.mjs'

const AT_A_TIME = 200

/** No-op tasks in one place: the first (its thread or process is made for it), one after another, then all at once. */
const isolated =
  (place) =>
  async ({ open, tasks, capMs, directory }) => {
    const driver = await open(() => null, {
      directory: `${directory}-${place}`,
      ...(place !== 'inline' && { isolate: place }),
    })
    const one = async () => {
      const fromMs = performance.now()
      await (await driver.addOne({})).finished()
      return performance.now() - fromMs
    }
    const firstMs = await one()
    const waits = []
    for (let n = 0; n < AT_A_TIME; n += 1) waits.push(await one())
    const before = driver.ended()
    const fromMs = performance.now()
    const accepted = await bulk(driver, { tasks, deadlineMs: fromMs + capMs / 2 })
    while (driver.ended() < before + accepted && performance.now() < fromMs + capMs) {
      await new Promise((resolve) => setImmediate(resolve))
    }
    const perSecond = (driver.ended() - before) / ((performance.now() - fromMs) / 1000)
    await driver.stop()
    return { [`${place}PerSecond`]: perSecond, [`${place}Ms`]: percentile(waits, 0.5), [`${place}FirstMs`]: firstMs }
  }

export const inInline = isolated('inline')
export const inThread = isolated('thread')
export const inProcess = isolated('process')
