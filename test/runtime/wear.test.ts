/** What is written to the disk, by days; a budget that warns; and the space that removed tasks give back. */
import { describe, expect, onTestFinished, test } from 'vitest'
import { defineTask } from '../../src/index.js'
import { SimulatedRuntime, silent } from '../support/simulated-runtime.js'
import { facts, refusal, stations } from './lab.js'

const DAY = 86_400_000
const HOUR = 3_600_000
const work = defineTask({ kind: 'work', run: () => null })
const tasks = [work]
const routes = { default: { concurrency: 10_000 } }

type Options = ConstructorParameters<typeof SimulatedRuntime>[0]
async function begin(options: Partial<Options> = {}) {
  const simulated = await new SimulatedRuntime({ tasks, routes, ...options }).start()
  onTestFinished(() => simulated.runtime.stop())
  return simulated
}

/** Tasks that have ended when it resolves. */
async function ended(simulated: SimulatedRuntime, count: number): Promise<readonly string[]> {
  const made = await simulated.runtime.enqueueMany(Array.from({ length: count }, () => ({ kind: 'work' })))
  await Promise.all(made.map((handle) => handle.finished()))
  await simulated.quiet()
  return made.map(({ id }) => id)
}

/** Tasks that wait, one commit each. */
async function commits(simulated: SimulatedRuntime, count: number): Promise<void> {
  for (let n = 0; n < count; n++) await simulated.runtime.enqueue('work', null, { in: '1000d' })
}

describe('wear()', () => {
  test('says how many fsyncs and bytes today took, and since when it counts', async () => {
    const simulated = await begin()
    const { runtime, store } = simulated
    expect(runtime.wear()).toMatchObject({ bytesToday: 0, fsyncsToday: 0, since: '2026-01-01T00:00:00.000Z' })
    const input = 'x'.repeat(10_000)
    await runtime.enqueue('work', input, { in: '1000d' })
    const { bytesToday, fsyncsToday } = runtime.wear()
    expect(fsyncsToday).toBe(store.synced)
    expect(bytesToday).toBeGreaterThan(10_000)
    expect(bytesToday).toBeLessThan(11_500)
    expect(runtime.wear()).not.toHaveProperty('budget')
  })

  test('a letter of another script counts as what it takes', async () => {
    const simulated = await begin()
    await simulated.runtime.enqueue('work', '漢'.repeat(1_000), { in: '1000d' })
    expect(simulated.runtime.wear().bytesToday).toBeGreaterThan(3_000)
  })

  test('a day ends after 24 hours, whatever the wall clock does; the mean is of the days before', async () => {
    const simulated = await begin()
    await commits(simulated, 10)
    simulated.clock.stepWall(300 * DAY)
    expect(simulated.runtime.wear()).toMatchObject({ fsyncsToday: 10, fsyncsPerDay: 10 })
    await simulated.pass(DAY)
    expect(simulated.runtime.wear()).toMatchObject({ fsyncsToday: 0, fsyncsPerDay: 10 })
    await commits(simulated, 20)
    await simulated.pass(DAY)
    expect(simulated.runtime.wear()).toMatchObject({ fsyncsToday: 0, fsyncsPerDay: 15 })
    await simulated.pass(8 * DAY)
    expect(simulated.runtime.wear()).toMatchObject({ fsyncsToday: 0, fsyncsPerDay: 0 })
  })

  test('it goes on over a restart, a crash and a failed disk', async () => {
    const before = await begin()
    await commits(before, 10)
    await before.pass(DAY)
    await commits(before, 5)
    before.store.failNext()
    await refusal(before.runtime.enqueue('work'))
    await before.pass(2_000)
    const { fsyncsToday } = before.runtime.wear()
    const simulated = await before.again()
    onTestFinished(() => simulated.runtime.stop())
    const after = simulated.runtime.wear()
    expect(after).toMatchObject({ fsyncsPerDay: 10, since: '2026-01-01T00:00:00.000Z' })
    // The mark of the clean stop is one more.
    expect(after.fsyncsToday).toBe(fsyncsToday + 1)
  })

  test.runIf(process.platform === 'linux')('what the kernel says is there where it says it', async () => {
    const simulated = await begin()
    await commits(simulated, 1)
    expect(simulated.runtime.wear().written).toEqual({
      bytesToday: expect.any(Number),
      bytesPerDay: expect.any(Number),
    })
  })
})

describe('a budget', () => {
  test('that is passed is told once a day, over a restart too, with what to do', async () => {
    const told: { message: string; data: object | undefined }[] = []
    const log = { ...silent, warn: (message: string, data?: object) => void told.push({ message, data }) }
    const exceeded = facts('wear.exceeded')
    const simulated = await begin({ wear: { fsyncsPerDay: 5 }, log })
    expect(simulated.runtime.wear().budget).toEqual({ fsyncsPerDay: 5 })
    await commits(simulated, 5)
    expect(told).toEqual([])
    await commits(simulated, 5)
    expect(told).toMatchObject([{ message: expect.stringContaining('commitWindow'), data: { fsyncs: 6 } }])
    expect(exceeded.seen).toMatchObject([{ fsyncs: 6, budget: { fsyncsPerDay: 5 } }])
    const next = await simulated.again()
    onTestFinished(() => next.runtime.stop())
    await commits(next, 5)
    expect(told.length).toBe(1)
    await next.pass(DAY)
    await commits(next, 6)
    expect(told.length).toBe(2)
  })

  test('of bytes is compared with what is written', async () => {
    const exceeded = facts('wear.exceeded')
    const simulated = await begin({ wear: { bytesPerDay: '20 kB' } })
    await simulated.runtime.enqueue('work', 'x'.repeat(30_000), { in: '1d' })
    expect(exceeded.seen).toMatchObject([{ budget: { bytesPerDay: 20_000 } }])
  })

  test.each([
    [{ bytesPerDay: 'much' }, 'wear.bytesPerDay'],
    [{ fsyncsPerDay: 1.5 }, 'wear.fsyncsPerDay'],
    [{ bytes: 1 }, 'wear'],
  ])('of %j is refused', async (wear, option) => {
    const error = await refusal(() => new SimulatedRuntime({ tasks, wear: wear as never }).start())
    expect(error).toMatchObject({ code: 'ERR_INVALID_OPTION', message: expect.stringContaining(option) })
  })
})

describe('space is given back', () => {
  const retention = { finished: { age: '1h' } } as const

  test('when much was removed, a minute later, and not again within an hour', async () => {
    const compacted = facts('store.compacted')
    const simulated = await begin({ retention })
    await ended(simulated, 5_000)
    await simulated.pass(HOUR + 60_000)
    expect(compacted.seen.length).toBe(0)
    await simulated.pass(60_000)
    expect(compacted.seen).toMatchObject([{ tookMs: expect.any(Number) }])
    await ended(simulated, 5_000)
    await simulated.runtime.remove({ state: 'FINISHED' })
    await simulated.pass(HOUR - 300_000, 20)
    expect(compacted.seen.length).toBe(1)
    await simulated.pass(300_000, 5)
    expect(compacted.seen.length).toBe(2)
  })

  test('not for a few, and not for a small part of many', async () => {
    const compacted = facts('store.compacted')
    const simulated = await begin({ retention })
    await ended(simulated, 1_000)
    await simulated.pass(3 * HOUR, 3)
    for (let n = 0; n < 3; n++) await ended(simulated, 7_000)
    await simulated.runtime.remove((await ended(simulated, 7_000)).slice(0, 5_000))
    await simulated.pass(5 * 60_000)
    expect(compacted.seen).toEqual([])
  })

  test('not while work waits', async () => {
    const compacted = facts('store.compacted')
    const at = stations()
    const slow = defineTask({ kind: 'slow', route: 'narrow', run: () => at.stop('slow') })
    const narrow = { default: { concurrency: 10_000 }, narrow: { concurrency: 1 } }
    const simulated = await begin({ retention, tasks: [work, slow], routes: narrow })
    await simulated.runtime.enqueueMany([{ kind: 'slow' }, { kind: 'slow' }])
    await at.reached('slow')
    await ended(simulated, 5_000)
    await simulated.pass(2 * HOUR, 20)
    expect(compacted.seen).toEqual([])
    at.pass('slow')
    await simulated.quiet()
    await simulated.pass(2 * 60_000, 4)
    expect(compacted.seen.length).toBe(1)
  })
})
