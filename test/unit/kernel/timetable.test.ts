/** What falls due when: near waits in memory, far ones in the store, one alarm a hand. */
import { beforeEach, expect, test } from 'vitest'
import { Timetable } from '../../../src/kernel/timetable.js'
import { dueKey } from '../../../src/model/keys.js'
import type { Store } from '../../../src/store/store.js'
import { memoryStore } from '../../../src/testing/memory-store.js'
import { SimulatedClock } from '../../../src/testing/simulated-clock.js'
import fc from '../../support/fast-check.js'
import { turns } from './play.js'

let clock: SimulatedClock
let store: Store
let wakes: number
let table: Timetable

beforeEach(async () => {
  clock = new SimulatedClock({ wall: 10_000, mono: 0 })
  store = memoryStore()
  await store.open()
  wakes = 0
  table = new Timetable('task', clock, store, () => void wakes++)
})

const put = (...keys: string[]) =>
  store.batch(
    keys.map((key) => ({ type: 'put', key, value: '' })),
    true,
  )
const taken = async (limit = 100) => [...(await table.take(limit)).keys()]

test('wakes once when the nearest of many is due, and gives what is due', async () => {
  table.set('b', { steady: 10_200 })
  table.set('a', { steady: 10_100 })
  table.set('c', { wall: 10_300 })
  expect(clock.waiting).toBe(2)
  clock.advance(100)
  expect(wakes).toBe(1)
  expect(table.due).toBe(true)
  expect(await taken()).toEqual(['a'])
  expect(table.due).toBe(false)
})

test('after a page was taken the next alarm is set by look()', async () => {
  table.set('a', { steady: 10_100 })
  table.set('b', { steady: 10_200 })
  clock.advance(100)
  expect(await taken()).toEqual(['a'])
  await table.look()
  clock.advance(100)
  expect(wakes).toBe(2)
  expect(await taken()).toEqual(['b'])
  await table.look()
  expect(clock.waiting).toBe(0)
})

test('what is set again waits for its new time only; what is left out is forgotten', async () => {
  table.set('a', { steady: 10_100, wall: 10_100 })
  table.set('a', { steady: 10_500 })
  table.set('b', { steady: 10_100 })
  table.set('b', {})
  expect(table.size).toBe(1)
  clock.advance(400)
  expect(await taken()).toEqual([])
  clock.advance(100)
  expect(await taken()).toEqual(['a'])
})

test('keys in the store are found by their times, with the key, and again until they are gone', async () => {
  const keys = [dueKey('task', 'steady', 10_050, 'far'), dueKey('task', 'wall', 10_060, 'wall')]
  await put(...keys, dueKey('retry', 'steady', 10_001, 'other-lane'), dueKey('task', 'steady', 99_000, 'later'))
  await table.look()
  clock.advance(60)
  expect(wakes).toBe(2)
  expect([...(await table.take(100))].sort()).toEqual([
    ['far', keys[0]],
    ['wall', keys[1]],
  ])
  expect(await taken()).toHaveLength(2)
  await store.batch(
    keys.map((key) => ({ type: 'del', key })),
    true,
  )
  expect(await taken()).toEqual([])
  await table.look()
  clock.advance(88_940)
  expect(await taken()).toEqual(['later'])
})

test('a key written meanwhile is heard of without looking', async () => {
  await put(dueKey('task', 'steady', 10_050, 'x'))
  table.stored('steady', 10_050)
  clock.advance(50)
  expect(wakes).toBe(1)
  expect(await taken()).toEqual(['x'])
})

test('a key that is written while the store is being looked at is not overlooked', async () => {
  const keys = store.keys.bind(store)
  const slow = { ...held(), asked: 0 }
  store.keys = async (range) => {
    const found = await keys(range)
    slow.asked++
    await slow.promise
    return found
  }
  const looking = table.look()
  await put(dueKey('task', 'wall', 10_050, 'w'), dueKey('task', 'steady', 10_070, 's'))
  table.stored('wall', 10_050)
  table.stored('steady', 10_070)
  slow.resolve()
  await looking
  clock.advance(100)
  expect(wakes).toBe(2)
})

test('a page has at most as many as was asked for, and the rest is due still', async () => {
  for (const id of ['a', 'b', 'c', 'd', 'e']) table.set(id, { steady: 10_010 })
  await put(dueKey('task', 'steady', 10_010, 'f'))
  table.stored('steady', 10_010)
  clock.advance(10)
  expect(await taken(4)).toHaveLength(4)
  expect(table.due).toBe(true)
  expect(await taken(4)).toHaveLength(2)
})

test('a step of the wall clock moves what waits on that hand', async () => {
  table.set('a', { wall: 70_000 })
  table.set('b', { steady: 70_000 })
  clock.onStep(() => table.rearm())
  clock.stepWall(60_000)
  await turns()
  expect(wakes).toBe(1)
  expect(await taken()).toEqual(['a'])
  expect(clock.next).toBe(60_000)
})

test('cleared, it waits for nothing', () => {
  table.set('a', { wall: 70_000, steady: 70_000 })
  table.stored('wall', 20_000)
  table.clear()
  expect([table.size, clock.waiting, table.due]).toEqual([0, 0, false])
})

test('whatever is set, and however often, is taken once, in the order of time', async () => {
  const entry = fc.tuple(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'), fc.option(fc.integer({ min: 1, max: 50 })))
  await fc.assert(
    fc.asyncProperty(fc.array(entry, { maxLength: 200 }), async (entries) => {
      const time = new SimulatedClock({ wall: 0, mono: 0 })
      const all = new Timetable('task', time, store, () => undefined)
      const last = new Map<string, number>()
      for (const [id, at] of entries) {
        all.set(id, at === null ? {} : { steady: at })
        last.delete(id)
        if (at !== null) last.set(id, at)
      }
      expect(all.size).toBe(last.size)
      const seen: [string, number][] = []
      for (let now = 1; now <= 50; now++) {
        time.advance(1)
        for (const id of (await all.take(100)).keys()) seen.push([id, now])
      }
      expect(seen.sort()).toEqual([...last].sort())
    }),
    { numRuns: 50 },
  )
})

function held(): { promise: Promise<void>; resolve: () => void } {
  let resolve = () => {}
  const promise = new Promise<void>((go) => {
    resolve = go
  })
  return { promise, resolve }
}
