/** One commit fails, written or not, in the middle of the ticks of a schedule or of a sweep: both go on where they were. */
import { expect, test } from 'vitest'
import { defineTask } from '../../src/index.js'
import { FaultyStore } from '../../src/testing/faulty-store.js'
import { memoryStore } from '../../src/testing/memory-store.js'
import { SIMULATED_START, SimulatedClock } from '../../src/testing/simulated-clock.js'
import { bootOn } from '../runtime/clocked.js'

const turns = async (count: number) => {
  for (let n = 0; n < count; n++) await new Promise((resolve) => setImmediate(resolve))
}

/** A store of which the batch after `left` others fails: when it was written, or before. */
function doomed(written: boolean) {
  const store = new FaultyStore(memoryStore())
  const batch = store.batch.bind(store)
  const doom = { left: -1 }
  store.batch = async (ops, sync) => {
    if (doom.left-- !== 0) return batch(ops, sync)
    if (written) await batch(ops, sync)
    throw new Error('IO error: fsync')
  }
  return { store, doom }
}

const OVERLAPS = ['skip', 'queue', 'replace', 'allow'] as const
test.each(OVERLAPS.flatMap((overlap) => [[overlap, true] as const, [overlap, false] as const]))(
  'ticks with overlap %s are each made once (written: %s)',
  async (overlap, written) => {
    for (let left = 0; left < 14; left++) {
      const { store, doom } = doomed(written)
      const clock = new SimulatedClock()
      const job = defineTask({ kind: 'job', run: () => null })
      const s = { cron: '* * * * *', overlap, missed: { policy: 'all' }, task: { kind: 'job' } } as const
      const { runtime, settled } = await bootOn({ store, clock }, { tasks: [job], schedules: { s } })
      await settled()
      doom.left = left
      for (let n = 0; n < 40; n++) {
        clock.advance(15_000)
        await turns(15)
      }
      expect(runtime.state).toBe('working')
      doom.left = -1
      await settled()
      clock.advance(60_000)
      await turns(30)
      await settled()
      const { items } = await runtime.find({ schedule: 's' })
      const minutes = Array.from({ length: 11 }, (_, n) => new Date(SIMULATED_START + (n + 1) * 60_000).toISOString())
      expect(items.map(({ id }) => id).sort()).toEqual(minutes.map((minute) => `s@${minute}`))
      expect(items.every(({ state }) => state === 'FINISHED')).toBe(true)
    }
  },
  60_000,
)

test.each([true, false])(
  'a sweep takes what is too much (written: %s)',
  async (written) => {
    for (let left = 0; left < 10; left++) {
      const { store, doom } = doomed(written)
      const clock = new SimulatedClock()
      const nap = defineTask({ kind: 'nap', run: () => null })
      const retention = { finished: { count: 100 } }
      const { runtime, settled } = await bootOn({ store, clock }, { tasks: [nap], retention })
      await settled()
      await runtime.enqueueMany(Array.from({ length: 1200 }, () => ({ kind: 'nap' }) as const))
      doom.left = left
      for (let n = 0; n < 400; n++) {
        clock.advance(n < 200 ? 100 : 5_000)
        await turns(4)
      }
      expect(runtime.state).toBe('working')
      await settled()
      expect(await runtime.count({ state: 'FINISHED', kind: 'nap' })).toBeLessThanOrEqual(200)
    }
  },
  60_000,
)
