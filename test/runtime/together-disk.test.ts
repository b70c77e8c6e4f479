/** Parts of the runtime that meet while the disk fails, or while something else is half done. */
import { expect, onTestFinished, test } from 'vitest'
import { fromPromise, setup } from 'xstate'
import { defineTask, type RunningTask } from '../../src/index.js'
import { dedupeKey, rangeOf } from '../../src/model/keys.js'
import { door } from '../../src/testing/door.js'
import { SimulatedRuntime } from '../support/simulated-runtime.js'
import { deferred, facts, refusal, stations } from './lab.js'

const joins = defineTask({ kind: 'joins', run: (task: RunningTask) => task.dependencies() })
const noop = defineTask({ kind: 'noop', run: () => 'done' })
const fails = defineTask({
  kind: 'fails',
  run: (): null => {
    throw new Error('no')
  },
})
const unknown = { code: 'ERR_COMMIT_UNKNOWN' }
const all = ['SPOOLED', 'QUEUED', 'RUNNING', 'FINISHED', 'FAILED', 'TERMINATED'] as const

async function begin(options: ConstructorParameters<typeof SimulatedRuntime>[0]) {
  const it = await new SimulatedRuntime(options).start()
  onTestFinished(() => it.runtime.stop().catch(() => undefined))
  return it
}

/** The disk fails under the next commit, and is back after a while. */
async function trouble({ store, runtime, clock, quiet }: SimulatedRuntime, call?: () => Promise<unknown>) {
  const degraded = facts('store.degraded')
  const recovered = facts('store.recovered')
  store.failNext(1)
  const made = call ?? (() => runtime.enqueue('noop', null, { in: '1h' }))
  expect(await refusal(made())).toMatchObject(unknown)
  await degraded.first()
  await quiet()
  clock.advance(500)
  await recovered.first()
  await quiet()
}

test('a group whose cancel the disk lost is cancelled again, and those that depend on it once', async () => {
  const it = await begin({ tasks: [noop, joins] })
  const { runtime } = it
  const group = Array.from({ length: 30 }, (_, n) => ({ kind: 'noop', id: `g${n}`, group: 'g', in: '1h' }))
  await runtime.enqueueMany(group)
  await runtime.enqueue('joins', null, { id: 'child', dependsOn: group.map(({ id }) => id) })
  const told = facts('flow.released')
  await trouble(it, () => runtime.cancel({ group: 'g' }))
  expect([await runtime.count({ group: 'g', state: 'TERMINATED' }), told.seen]).toEqual([0, []])
  expect(await runtime.get('child')).toMatchObject({ state: 'SPOOLED', pending: 30 })
  expect(await runtime.cancel({ group: 'g' })).toBe(30)
  await it.quiet()
  expect(await runtime.get('child')).toMatchObject({ state: 'TERMINATED', reason: 'cancelled' })
})

test('the end of a scheduled task that the disk lost lets its dependents and the waiting tick go, once', async () => {
  const at = stations()
  const slow = defineTask({ kind: 'slow', run: ({ id }) => at.stop(id) })
  const schedules = { q: { every: '1m', task: { kind: 'slow' }, overlap: 'queue', count: 2 } as const }
  const it = await begin({ tasks: [slow, noop, joins], schedules })
  const { runtime } = it
  await it.pass(120_000, 2)
  const [first] = (await runtime.find({ schedule: 'q' })).items
  const id = first?.id as string
  const child = await runtime.enqueue('joins', null, { dependsOn: [id] })
  expect((await runtime.schedules.get('q'))?.waiting).toBe(1)
  const recovered = facts('store.recovered')
  it.store.failNext(1)
  at.pass(id)
  await it.quiet()
  it.clock.advance(500)
  await recovered.first()
  await it.quiet()
  expect(await child.finished()).toMatchObject([{ id, state: 'FINISHED' }])
  const { items } = await runtime.find({ schedule: 'q' })
  expect(items.map(({ state, attempt }) => [state, attempt])).toEqual([
    ['RUNNING', 1],
    ['FINISHED', 1],
  ])
  at.pass(items[0]?.id as string)
  await it.quiet()
  expect(await runtime.schedules.get('q')).toMatchObject({ state: 'ended', counters: { made: 2 } })
})

test('a tick that was about to replace its predecessor when the disk failed does so once it is back, and once', async () => {
  const at = stations()
  const slow = defineTask({ kind: 'slow', run: ({ id }) => at.stop(id) })
  const task = { kind: 'slow', onFailure: { kind: 'noop', key: 'f' } }
  const it = await begin({ tasks: [slow, noop], schedules: { r: { every: '1m', task, overlap: 'replace' } } })
  const { runtime, store } = it
  await it.pass(60_000)
  const [first] = (await runtime.find({ schedule: 'r' })).items
  const [asked, answer] = [deferred(), deferred()]
  const get = store.get.bind(store)
  store.get = async (key) => {
    const found = await get(key)
    if (key !== dedupeKey('noop', 'f')) return found
    asked.resolve()
    await answer.promise
    return found
  }
  it.clock.advance(60_000)
  await asked.promise
  await trouble(it)
  store.get = get
  answer.resolve()
  await it.quiet()
  await it.pass(1_000)
  expect(await runtime.get(first?.id as string)).toMatchObject({ state: 'TERMINATED', reason: 'superseded' })
  expect(await runtime.count({ kind: 'noop' })).toBe(1)
  expect(await runtime.schedules.get('r')).toMatchObject({ counters: { made: 2 } })
  for (const { id } of (await runtime.find({ schedule: 'r' })).items) at.pass(id)
  await it.quiet()
  // Memory and disk know the same end of it.
  expect(await runtime.retry(first?.id as string)).toBe(1)
  await it.quiet()
  expect((await runtime.get(first?.id as string))?.state).toBe('FINISHED')
  expect((await runtime.routes.list()).map(({ running }) => running)).toEqual([0])
})

test('what the disk lost of a window, a replacement and a retirement is not in force', async () => {
  const it = await begin({ tasks: [noop] })
  const { runtime } = it
  await trouble(it, () => runtime.enqueue('noop', 1, { key: 'w', throttle: '1h' }))
  expect((await runtime.enqueue('noop', 2, { key: 'w', throttle: '1h' })).created).toBe(true)
  const task = await runtime.enqueue('noop', 'old', { key: 'k', in: '2h' })
  await trouble(it, () => runtime.enqueue('noop', 'new', { key: 'k', in: '3h', replace: true }))
  expect((await runtime.get(task.id))?.input).toBe('old')
  await trouble(it, () => runtime.kinds.retire('noop'))
  expect(await runtime.kinds.get('noop')).toMatchObject({ retired: false })
  expect((await runtime.enqueue('noop', 'new', { key: 'k', replace: true })).id).toBe(task.id)
  expect(await task.finished()).toBe('done')
  expect((await runtime.get(task.id))?.input).toBe('new')
})

test('a run that lives over a failing disk is interrupted by its gate, keeps its slot, and gives it back to its key', async () => {
  const online = door(true)
  const at = stations()
  const upload = defineTask({
    kind: 'upload',
    gates: ['online'],
    onGateClose: 'interrupt',
    concurrency: { limit: 1, by: (input) => String(input) },
    run: async ({ attempt, input }: RunningTask) => {
      if (attempt === 1 && input === 'a') await at.stop('deaf')
    },
  })
  const it = await begin({ tasks: [upload, noop], gates: { online: online.definition } })
  const { runtime } = it
  const first = await runtime.enqueue('upload', 'a', { key: 'k' })
  await at.reached('deaf')
  await trouble(it)
  online.set(false)
  await it.quiet()
  expect((await first.get())?.state).toBe('QUEUED')
  await runtime.enqueue('upload', 'b', { key: 'k', replace: true })
  await trouble(it)
  online.set(true)
  const other = await runtime.enqueue('upload', 'a')
  await it.quiet()
  expect((await other.get())?.state).toBe('QUEUED')
  at.pass('deaf')
  await Promise.all([first.finished(), other.finished()])
  expect((await runtime.routes.list()).map(({ running }) => running)).toEqual([0])
})

test('a recovery that the disk cuts short leaks no slot of the machines it had taken up', async () => {
  const call = deferred()
  const machine = setup({ actors: { call: fromPromise(() => call.promise) } }).createMachine({
    initial: 'calls',
    states: { calls: { invoke: { src: 'call', onDone: 'end' } }, end: { type: 'final' } },
  })
  const it = await begin({ tasks: [defineTask({ kind: 'light', machine }), noop] })
  const { runtime, store } = it
  const task = await runtime.enqueue('light')
  await it.quiet()
  expect((await task.get())?.state).toBe('RUNNING')
  const scan = store.scan.bind(store)
  let cuts = 1
  store.scan = async function* (range) {
    yield* scan(range)
    if (cuts-- > 0) throw new Error('the disk went away again')
  }
  const recovered = facts('store.recovered')
  store.failNext(1)
  expect(await refusal(runtime.enqueue('noop'))).toMatchObject(unknown)
  for (let n = 0; n < 3; n++) {
    await it.quiet()
    it.clock.advance(2_000)
  }
  await recovered.first()
  call.resolve()
  await task.finished()
  await it.quiet()
  expect(cuts).toBeLessThan(1)
  expect((await runtime.routes.list()).map(({ running }) => running)).toEqual([0])
})

test('a failed task that somebody begins to wait for while the sweep looks at it stays', async () => {
  const it = await begin({ tasks: [fails, joins, noop], retention: { failed: { age: '1h' } } })
  const { runtime, store, clock } = it
  const parent = await runtime.enqueue('fails')
  await parent.finished().catch(() => undefined)
  await it.quiet()
  const [looking, look] = [deferred(), deferred()]
  const keys = store.keys.bind(store)
  let looks = 0
  store.keys = async (range) => {
    const found = await keys(range)
    // Who waits for them, and then what hangs on them.
    if (rangeOf('dependent').gt !== range.gt || ++looks !== 2) return found
    looking.resolve()
    await look.promise
    return found
  }
  clock.advance(2 * 3_600_000)
  await looking.promise
  const child = await runtime.enqueue('joins', null, { dependsOn: { tasks: [parent.id], failed: 'wait' } })
  await it.quiet()
  look.resolve()
  await it.pass(1_000)
  expect((await parent.get())?.state).toBe('FAILED')
  expect(await child.get()).toMatchObject({ state: 'SPOOLED', pending: 1 })
  await runtime.cancel(child.id)
  // In the end both go.
  await it.pass(3 * 3_600_000, 12)
  expect(await parent.get()).toBeUndefined()
})

test('what a task depended on stays while it waits, over a restart, and goes when that one has run', async () => {
  const it = await begin({ tasks: [noop, joins], retention: { finished: { age: '1h' } } })
  const parent = await it.runtime.enqueue('noop', null, { in: '1m' })
  const child = await it.runtime.enqueue('joins', null, { in: '5h', dependsOn: [parent.id] })
  await it.pass(4 * 3_600_000, 8)
  const next = await it.again()
  onTestFinished(() => next.runtime.stop())
  await next.pass(61 * 60_000, 3)
  expect(await next.runtime.get(child.id)).toMatchObject({ state: 'FINISHED' })
  await next.pass(4 * 3_600_000, 8)
  expect(await next.runtime.count({ state: all })).toBe(0)
})

test('lazy ones that the disk lost are said to be gone to whoever waits for them', async () => {
  const it = await begin({ tasks: [noop] })
  const lost = await it.runtime.enqueue('noop', null, { durability: 'lazy' })
  const waiting = refusal(lost.finished())
  await trouble(it)
  expect(await waiting).toMatchObject({ code: 'ERR_NOT_FOUND' })
  expect(await it.runtime.count({ state: all })).toBe(0)
})

test('tokens of starts that the disk lost are spent once', async () => {
  const it = await begin({
    tasks: [noop],
    routes: { default: { rateLimit: { limit: 2, per: '1h' } }, free: {} },
  })
  const { runtime } = it
  const [paced] = await runtime.enqueueMany([{ kind: 'noop', paused: true }])
  await trouble(it, () => runtime.resume(paced?.id as string))
  await runtime.resume(paced?.id as string)
  await paced?.finished()
  await it.quiet()
  const [route] = await runtime.routes.list()
  expect(route).toMatchObject({ name: 'default', rateLimit: { tokens: 1 } })
})
