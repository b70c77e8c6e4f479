/** Schedules that were made, or go on, by a clock that was ahead: they go by the time that it is set to. */
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { SIMULATED_START } from '../../src/testing/simulated-clock.js'
import { Board } from '../support/board.js'
import { temporaryDirectory } from '../support/stores.js'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const AHEAD = 400 * DAY
const work = { kind: 'work' }
const at = (ms: number) => new Date(SIMULATED_START + ms).toISOString()

/** A board with a time service, which has not set the clock yet, or has. */
async function doubting(wall: number, synchronised = false) {
  const timesync = join(await temporaryDirectory(), 'timesync')
  const mark = join(timesync, 'synchronized')
  await mkdir(timesync)
  if (synchronised) await writeFile(mark, '')
  const it = new Board({ places: { timesync, chrony: '/nowhere' }, wall })
  const set = async (byMs: number) => {
    const believed = it.next('clock.trusted')
    await it.step(byMs)
    await writeFile(mark, '')
    await believed
    await it.settled()
  }
  return { it, set, unset: () => rm(mark) }
}

test.for([
  ['a cron of the code', 'code', { cron: '* * * * *' }],
  ['a cron that is put', 'api', { cron: '* * * * *' }],
  ['an interval by the time of day', 'api', { every: '1m', clock: 'wall' }],
] as const)('%s begins with the clock that is set', async ([, whose, times]) => {
  const { it, set } = await doubting(SIMULATED_START + AHEAD)
  const definition = { ...times, task: work }
  await it.start({ schedules: whose === 'code' ? { m: definition } : {} })
  if (whose === 'api') await it.runtime.schedules.put('m', definition)
  // Nobody knows when it is due.
  expect(await it.runtime.schedules.get('m')).not.toHaveProperty('next')
  await it.pass(MINUTE)
  expect(it.runs).toEqual([])
  await set(-AHEAD)
  await it.pass(10 * MINUTE, MINUTE)
  expect(it.runs.length).toBeGreaterThanOrEqual(10)
  expect(await it.runtime.schedules.get('m')).toMatchObject({ next: at(12 * MINUTE) })
})

test('a date that is to come in truth is made, though the clock was past it when it was put', async () => {
  const { it, set } = await doubting(SIMULATED_START + AHEAD)
  await it.start({})
  await it.runtime.schedules.put('s', { at: [at(HOUR)], task: work })
  expect(await it.runtime.schedules.get('s')).toMatchObject({ state: 'active' })
  await set(-AHEAD)
  await it.pass(2 * HOUR, 30 * MINUTE)
  expect(await it.made('s')).toEqual([at(HOUR)])
  expect(await it.runtime.schedules.get('s')).toMatchObject({ state: 'ended' })
})

test('one that is resumed in doubt goes on with the clock that is set', async () => {
  const { it, set, unset } = await doubting(SIMULATED_START, true)
  await it.start({})
  await it.runtime.schedules.put('s', { cron: '* * * * *', task: work })
  await it.runtime.schedules.pause('s')
  await unset()
  await it.powerOff(HOUR, { wall: SIMULATED_START + AHEAD })
  await it.runtime.schedules.resume('s')
  await set(HOUR - AHEAD)
  await it.pass(10 * MINUTE, MINUTE)
  expect(it.runs).toHaveLength(10)
})

test('an interval that changes to the hand that never steps, which is behind, ticks on', async () => {
  const it = new Board()
  await it.start({})
  await it.runtime.schedules.put('s', { every: '1m', clock: 'wall', task: work })
  // A board without a battery: its steady hand began with what it believed, the day is set later.
  await it.step(HOUR)
  await it.pass(3 * HOUR, HOUR)
  await it.runtime.schedules.put('s', { every: '1m', task: work })
  const before = it.runs.length
  await it.pass(30 * MINUTE, MINUTE)
  expect(it.runs).toHaveLength(before + 30)
})

test('those that are set back with the clock tick again, also when their part died on the way', async () => {
  const it = new Board()
  await it.start({ schedules: { m: { cron: '* * * * *', task: work } }, clock: { hold: 0 } })
  await it.step(300 * DAY)
  await it.pass(MINUTE)
  const before = it.runs.length
  const keys = it.store.keys.bind(it.store)
  let failures = 0
  it.store.keys = async (range) => {
    if (failures > 0 || range.limit !== 500) return keys(range)
    failures++
    throw new Error('IO error: a bad sector')
  }
  await it.step(-300 * DAY)
  expect(failures).toBe(1)
  await it.pass(10 * MINUTE, MINUTE)
  expect(it.runs.length).toBeGreaterThan(before + 5)
})
