/**
 * Tasks move while many of them are read: they wake, fall asleep, end, are put back. Each look has all of them, each
 * once. A task sleeps where it waits for an hour, is awake in a route that is paused, and ends by being cancelled.
 */
import { expect, onTestFinished, test } from 'vitest'
import { defineTask, type Runtime } from '../../src/index.js'
import { SimulatedRuntime } from '../support/simulated-runtime.js'
import { WatchedStore } from '../support/watched-store.js'
import { boot } from './lab.js'

const nothing = defineTask({ kind: 'nothing', run: () => null })
const MOVER = 'm'
const IDS = ['a', 'e', MOVER, 'p', 'z']

type Place = 'asleep' | 'awake' | 'ended'
type Move = (runtime: Runtime, id: string) => Promise<unknown>

const wake: Move = (runtime, id) => runtime.reschedule([id], { in: 0 })
const sleep: Move = (runtime, id) => runtime.reschedule([id], { in: '1h' })
const end: Move = (runtime, id) => runtime.cancel([id])
const putBack: Move = (runtime, id) => runtime.retry([id])

const MOVES: readonly (readonly [string, Place, Move])[] = [
  ['wakes', 'asleep', wake],
  ['falls asleep', 'awake', sleep],
  ['ends', 'awake', end],
  ['is put back', 'ended', putBack],
]

/** Tasks in all places, one of which moves later. */
async function scene(from: Place): Promise<{ runtime: Runtime; store: WatchedStore }> {
  const inner = new WatchedStore()
  const simulated = await new SimulatedRuntime({ tasks: [nothing] }, { inner }).start()
  const { runtime } = simulated
  onTestFinished(() => runtime.stop())
  await runtime.routes.pause('default')
  const places: Place[] = ['awake', 'asleep', from, 'ended', 'awake']
  for (const [i, id] of IDS.entries()) {
    const place = places[i]
    await runtime.enqueue('nothing', null, { id, group: 'all', ...(place === 'asleep' ? { in: '1h' } : {}) })
    if (place === 'ended') await end(runtime, id)
  }
  return { runtime, store: inner }
}

/** A call with the move before its first look at the store, its second, and so on, until it takes no more than that. */
async function whileMoving(from: Place, move: Move, call: (runtime: Runtime) => Promise<void>): Promise<void> {
  for (let n = 0; ; n++) {
    const { runtime, store } = await scene(from)
    store.beforeLook(n, () => move(runtime, MOVER))
    await call(runtime)
    expect(store.moments).toBe(0)
    if (!store.reached) {
      expect(n).toBeGreaterThan(1)
      return
    }
  }
}

const found = async (runtime: Runtime, query: object) => (await runtime.find(query)).items.map(({ id }) => id).sort()

test.each(MOVES)('a task that %s between two looks of find() and count() is met once', async (_, from, move) => {
  for (const query of [{}, { kind: 'nothing' }, { group: 'all' }]) {
    await whileMoving(from, move, async (runtime) => expect(await found(runtime, query)).toEqual(IDS))
    await whileMoving(from, move, async (runtime) => expect(await runtime.count(query)).toBe(IDS.length))
  }
})

test.each(MOVES.slice(0, 3))('a task that %s between two looks of a verb is not passed over', async (_, from, move) => {
  for (const query of [{ kind: 'nothing' }, { group: 'all' }]) {
    await whileMoving(from, move, async (runtime) => {
      await runtime.cancel(query)
      expect(await runtime.count({ state: 'TERMINATED' })).toBe(IDS.length)
    })
  }
})

test('a task that was selected and is something else when its turn comes is not meant', async () => {
  const { runtime, store } = await scene('asleep')
  store.beforeLook(0, () => wake(runtime, MOVER))
  expect(await runtime.cancel({ state: 'SPOOLED' })).toBe(1)
  expect((await runtime.get('e'))?.state).toBe('TERMINATED')
  expect((await runtime.get(MOVER))?.state).toBe('QUEUED')
})

/** All pages of one task each, with something done after each. */
async function paged(runtime: Runtime, query: object, between: (page: number) => Promise<unknown>): Promise<string[]> {
  const ids: string[] = []
  let cursor: string | undefined
  do {
    const page = await runtime.find({ ...query, limit: 1, ...(cursor === undefined ? {} : { cursor }) })
    ids.push(...page.items.map(({ id }) => id))
    cursor = page.cursor
    await between(ids.length - 1)
  } while (cursor !== undefined)
  return ids
}

test.each(MOVES.slice(0, 2))('a task that %s between two pages is met once', async (_, from, move) => {
  for (let at = 0; at < IDS.length; at++) {
    const { runtime } = await scene(from)
    const ids = await paged(runtime, {}, async (page) => page === at && (await move(runtime, MOVER)))
    expect(ids.sort()).toEqual(IDS)
  }
})

test('a task that ends between two pages is met, and in its group once', async () => {
  for (let at = 0; at < IDS.length; at++) {
    const { runtime } = await scene('awake')
    const ends = async (page: number) => page === at && (await end(runtime, MOVER))
    expect(new Set(await paged(runtime, {}, ends))).toEqual(new Set(IDS))
    const again = await scene('awake')
    const endsAgain = async (page: number) => page === at && (await end(again.runtime, MOVER))
    expect(await paged(again.runtime, { group: 'all' }, endsAgain)).toEqual(IDS)
  }
})

test('pages have first what has not ended, then what has, each in the order of ids', async () => {
  const { runtime } = await scene('ended')
  expect(await paged(runtime, {}, async () => undefined)).toEqual(['a', 'e', 'z', MOVER, 'p'])
})

test('no moment stays open when a look fails or is refused', async () => {
  const { runtime, store } = await scene('awake')
  const broken = async () => {
    throw new Error('the disk is gone')
  }
  for (const look of [() => runtime.find(), () => runtime.count(), () => runtime.cancel({ kind: 'nothing' })]) {
    store.beforeLook(1, broken)
    await expect(look()).rejects.toThrow('the disk is gone')
    expect(store.moments).toBe(0)
  }
  await expect(runtime.find({ cursor: 'none' })).rejects.toMatchObject({ code: 'ERR_INVALID_OPTION' })
  expect(store.moments).toBe(0)
})

test('while hundreds of tasks wake, fall asleep and end, each look has all of them once', async () => {
  const runtime = (await boot({ tasks: [nothing] })) as unknown as Runtime
  await runtime.routes.pause('default')
  const made = await runtime.enqueueMany(Array.from({ length: 600 }, () => ({ kind: 'nothing', in: '1h' })))
  const ids = made.map(({ id }) => id)
  let over = false
  const movers = [0, 1, 2].map(async (mine) => {
    const some = ids.filter((_, i) => i % 3 === mine)
    for (let n = 0; !over; n++) {
      await runtime.reschedule(some, { in: n % 2 ? '1h' : 0 })
      if (mine > 0) continue
      await runtime.cancel(some)
      await runtime.retry(some)
    }
  })
  for (let n = 0; n < 10; n++) {
    const { items } = await runtime.find({ kind: 'nothing', limit: 1000 })
    expect([items.length, new Set(items.map(({ id }) => id)).size]).toEqual([600, 600])
    expect(await runtime.count({ kind: 'nothing' })).toBe(600)
    expect(await runtime.pause({ kind: 'nothing', state: ['SPOOLED', 'QUEUED'] })).toBeLessThanOrEqual(600)
    await runtime.resume({ kind: 'nothing' })
  }
  over = true
  await Promise.all(movers)
  const moving = runtime.reschedule(ids, { in: 0 })
  expect(await runtime.cancel({ kind: 'nothing' })).toBe(600)
  await moving
})

test('a task that ends while find() and count() read is met once', async () => {
  const runtime = await boot({ tasks: [nothing], routes: { default: { concurrency: 3 } } })
  for (let round = 0; round < 10; round++) {
    const handles = await runtime.enqueueMany(Array.from({ length: 100 }, () => ({ kind: 'nothing' as const })))
    const ids: string[] = []
    do {
      const { items } = await runtime.find({ kind: 'nothing', limit: 1000 })
      ids.splice(0, ids.length, ...items.map(({ id }) => id))
      expect(new Set(ids).size).toBe(ids.length)
      expect(await runtime.count({ kind: 'nothing' })).toBe(handles.length)
    } while ((await runtime.count({ state: ['QUEUED', 'RUNNING'] })) > 0)
    await runtime.remove({ state: 'FINISHED' })
  }
})
