/** How many tasks of a kind, and of a concurrency key, run at once; the others are passed over and keep their order. */
import { expect, test } from 'vitest'
import { fromPromise, setup } from 'xstate'
import { z } from 'zod'
import { defineTask, type RunningTask } from '../../src/index.js'
import { memoryStore } from '../../src/testing/memory-store.js'
import { SimulatedClock } from '../../src/testing/simulated-clock.js'
import { bootOn } from './clocked.js'
import { boot, deferred, facts, refusal, stations, temporaryDirectory } from './lab.js'

interface Shot {
  readonly camera: string
  readonly name: string
}

/** Uploads that wait for the test's word, and the most that ran at once, by camera and in all. */
function cameras() {
  const at = stations()
  const begun: string[] = []
  const running = new Map<string, number>()
  const most = new Map<string, number>()
  const count = (name: string, change: number) => {
    running.set(name, (running.get(name) ?? 0) + change)
    most.set(name, Math.max(most.get(name) ?? 0, running.get(name) ?? 0))
  }
  const run = async ({ input: { camera, name } }: { readonly input: Shot }) => {
    begun.push(name)
    for (const each of [camera, 'all']) count(each, 1)
    await at.stop(name)
    for (const each of [camera, 'all']) count(each, -1)
  }
  const upload = defineTask({
    kind: 'upload',
    input: z.object({ camera: z.string(), name: z.string() }),
    concurrency: { by: ({ camera }) => camera },
    run,
  })
  const shot = (camera: string, name: string, more = {}) => ({
    kind: 'upload' as const,
    input: { camera, name },
    ...more,
  })
  return { at, begun, most, run, upload, shot }
}

test('one upload a camera at a time: what waits for its camera lets the others pass', async () => {
  const { at, begun, most, upload, shot } = cameras()
  const runtime = await boot({ tasks: [upload], routes: { default: { concurrency: 3 } } })
  const handles = await runtime.enqueueMany([
    shot('a', 'a1'),
    shot('a', 'a2', { priority: 9 }),
    shot('a', 'a3'),
    shot('b', 'b1'),
    shot('c', 'c1'),
    shot('b', 'b2'),
  ])
  await Promise.all(['a2', 'b1', 'c1'].map(at.reached))
  expect(begun.toSorted()).toEqual(['a2', 'b1', 'c1'])
  at.pass('b1')
  await at.reached('b2')
  expect(begun).not.toContain('a1')
  at.pass('a2')
  await at.reached('a1')
  expect(begun).not.toContain('a3')
  for (const name of ['a1', 'a3', 'b2', 'c1']) at.pass(name)
  await Promise.all(handles.map((handle) => handle.finished()))
  expect(most).toEqual(new Map([['a', 1], ['b', 1], ['c', 1], ['all', 3]])) // biome-ignore format: a table
})

test('concurrency: a number holds for the kind in all routes together', async () => {
  const { at, begun, run } = cameras()
  const upload = defineTask({ kind: 'upload', concurrency: 2, run })
  const fence = defineTask({ kind: 'fence', route: 'fence', run: () => null })
  const runtime = await boot({ tasks: [upload, fence], routes: { other: {} } })
  const handles = await runtime.enqueueMany(
    ['1', '2', '3', '4'].map((name, i) => ({
      kind: 'upload' as const,
      input: { camera: name, name },
      route: i % 2 ? 'other' : 'default',
    })),
  )
  await Promise.all(['1', '3'].map(at.reached))
  await (await runtime.enqueue('fence')).finished()
  expect(begun).toHaveLength(2)
  at.pass('1')
  at.pass('3')
  await Promise.all(['2', '4'].map(at.reached))
  at.pass('2')
  at.pass('4')
  await Promise.all(handles.map((handle) => handle.finished()))
})

test('concurrencyKey limits tasks of any kind to one at a time, and wins over the key of the definition', async () => {
  const { at, begun, run, upload, shot } = cameras()
  const plain = defineTask({ kind: 'plain', run })
  const runtime = await boot({ tasks: [upload, plain] })
  const first = await runtime.enqueueMany([
    { kind: 'plain', input: { camera: 'a', name: 'p1' }, concurrencyKey: 'x' },
    { kind: 'plain', input: { camera: 'b', name: 'p2' }, concurrencyKey: 'x' },
    { kind: 'plain', input: { camera: 'b', name: 'p3' } },
    shot('a', 'u1', { concurrencyKey: 'y' }),
    shot('b', 'u2', { concurrencyKey: 'y' }),
  ])
  await Promise.all(['p1', 'p3', 'u1'].map(at.reached))
  expect(begun.toSorted()).toEqual(['p1', 'p3', 'u1'])
  expect(await first[1]?.get()).toMatchObject({ state: 'QUEUED', concurrencyKey: 'x' })
  for (const name of ['p1', 'p2', 'p3', 'u1', 'u2']) at.pass(name)
  await Promise.all(first.map((handle) => handle.finished()))
})

test('what is kept back can be cancelled, paused, moved to the front and to another route', async () => {
  const { at, begun, upload, shot } = cameras()
  const runtime = await boot({ tasks: [upload], routes: { other: {} } })
  const names = ['held', 'cancelled', 'paused', 'moved', 'first', 'last']
  const handles = await runtime.enqueueMany(names.map((name) => shot('a', name, { id: name })))
  await at.reached('held')
  await runtime.cancel('cancelled')
  await runtime.pause('paused')
  await runtime.reschedule('moved', { route: 'other' })
  await runtime.reschedule('first', { priority: 9 })
  const routes = Object.fromEntries((await runtime.routes.list()).map(({ name, queued }) => [name, queued]))
  expect(routes).toEqual({ default: 2, other: 1 })
  for (const name of names) at.pass(name)
  await Promise.all(['held', 'moved', 'first', 'last'].map((name) => runtime.handle(name).finished()))
  expect(begun[0]).toBe('held')
  expect(begun.indexOf('first')).toBeLessThan(begun.indexOf('last'))
  expect(begun).not.toContain('cancelled')
  expect(begun).not.toContain('paused')
  await runtime.resume('paused')
  await runtime.handle('paused').finished()
  expect(handles).toHaveLength(6)
})

test('a restart knows the keys: they are not asked for again', async () => {
  const path = await temporaryDirectory()
  const { upload, shot } = cameras()
  const before = await boot({ path, tasks: [upload] })
  await before.enqueueMany([shot('a', 'a1'), shot('a', 'a2'), shot('b', 'b1')])
  await before.stop()
  const { at, begun, run } = cameras()
  const asked: unknown[] = []
  const again = defineTask({
    kind: 'upload',
    concurrency: { by: (input: Shot) => void asked.push(input) as never },
    run,
  })
  const fence = defineTask({ kind: 'fence', route: 'fence', run: () => null })
  const runtime = await boot({ path, tasks: [again, fence] })
  await Promise.all([at.reached('a1'), at.reached('b1')])
  await (await runtime.enqueue('fence')).finished()
  expect(begun.toSorted()).toEqual(['a1', 'b1'])
  expect(asked).toEqual([])
  at.pass('a1')
  await at.reached('a2')
  for (const name of ['a2', 'b1']) at.pass(name)
})

test('tasks that sleep on disk while they wait for their key are read back one by one', async () => {
  const { at, begun, most, upload, shot } = cameras()
  const runtime = await boot({ tasks: [upload], limits: { live: 2 } })
  const names = Array.from({ length: 12 }, (_, i) => `s${i}`)
  const handles = await runtime.enqueueMany(names.map((name) => shot('a', name)))
  for (const name of names) at.pass(name)
  await Promise.all(handles.map((handle) => handle.finished()))
  expect(begun).toEqual(names)
  expect(most.get('a')).toBe(1)
})

test('what is kept back counts against the bound of the queue', async () => {
  const { at, upload, shot } = cameras()
  const runtime = await boot({ tasks: [upload], routes: { default: { queueLimit: 2 } } })
  const first = await runtime.enqueueMany([shot('a', 'a1')])
  await at.reached('a1')
  const more = await runtime.enqueueMany([shot('a', 'a2'), shot('a', 'a3')])
  expect(await refusal(runtime.enqueueMany([shot('a', 'a4')]))).toMatchObject({ code: 'ERR_QUEUE_FULL' })
  for (const name of ['a1', 'a2', 'a3']) at.pass(name)
  await Promise.all([...first, ...more].map((handle) => handle.finished()))
})

test('a machine counts only while something of it is in flight, and waits for its place to go on', async () => {
  const clock = new SimulatedClock()
  const at = stations()
  const called: string[] = []
  const call = fromPromise(({ input }: { input: string }) => {
    called.push(input)
    return at.stop(input)
  })
  const machine = setup({
    actors: { call },
    types: { input: {} as string, context: {} as { name: string } },
  }).createMachine({
    context: ({ input }) => ({ name: input }),
    initial: 'before',
    states: {
      before: { invoke: { src: 'call', input: ({ context }) => `${context.name} before`, onDone: 'between' } },
      between: { after: { 1000: 'after' } },
      after: { invoke: { src: 'call', input: ({ context }) => `${context.name} after`, onDone: 'over' } },
      over: { type: 'final' },
    },
  })
  const flow = defineTask({ kind: 'flow', machine, concurrency: 1 })
  const { runtime, settled } = await bootOn({ store: memoryStore(), clock }, { tasks: [flow] })
  const one = await runtime.enqueue('flow', 'one')
  const two = await runtime.enqueue('flow', 'two')
  await at.reached('one before')
  await settled()
  expect(called).toEqual(['one before'])
  at.pass('one before')
  // The first one waits for its timer and holds no place: the second one begins.
  await at.reached('two before')
  clock.advance(1000)
  await settled()
  expect(called).toEqual(['one before', 'two before'])
  at.pass('two before')
  await at.reached('one after')
  at.pass('one after')
  await one.finished()
  clock.advance(1000)
  await at.reached('two after')
  at.pass('two after')
  await two.finished()
})

test('a follow-up gets its key from its own input; those that have none run one at a time', async () => {
  const at = stations()
  const begun: string[] = []
  const child = defineTask({
    kind: 'child',
    concurrency: { by: ({ camera }: { camera: string }) => camera.toLowerCase() },
    run: async (task) => {
      begun.push(task.id)
      await at.stop(task.id)
    },
  })
  const parent = defineTask({ kind: 'parent', run: (task: RunningTask<unknown>) => task.input })
  const runtime = await boot({ tasks: [parent, child] })
  const made = facts('run.start')
  const results = [{ camera: 'A' }, { camera: 'a' }, { camera: 5 }, { nothing: true }]
  const parents = await runtime.enqueueMany(
    results.map((input) => ({ kind: 'parent' as const, input, onSuccess: { kind: 'child' } })),
  )
  await Promise.all(parents.map((each) => each.finished()))
  const keys = (await runtime.find({ kind: 'child' })).items.map(({ concurrencyKey }) => concurrencyKey)
  expect(keys.toSorted()).toEqual(['', '', 'a', 'a'])
  await made.first(({ kind }) => kind === 'child')
  const children = (await runtime.find({ kind: 'child' })).items
  for (const { id } of children) at.pass(id)
  await Promise.all(children.map(({ id }) => runtime.handle(id).finished()))
  expect(begun).toHaveLength(4)
})

test('an input without a usable key is refused, with what its definition is to give', async () => {
  const gate = deferred()
  const broken = defineTask({
    kind: 'broken',
    concurrency: { by: (input: { key?: unknown }) => input.key as string },
    run: () => gate.promise,
  })
  const runtime = await boot({ tasks: [broken] })
  for (const key of ['', 5, 'x'.repeat(513), null]) {
    const error = await refusal(runtime.enqueue('broken', { key }))
    expect(error).toMatchObject({ code: 'ERR_INVALID_INPUT', hint: expect.stringMatching(/1 to 512 characters/) })
    expect(error.message).toMatch(/broken.*concurrency\.by/)
  }
  expect(await refusal(runtime.enqueue('broken', null as never))).toMatchObject({ code: 'ERR_INVALID_INPUT' })
  // No key, no limit.
  const [one, two] = await Promise.all([runtime.enqueue('broken', {}), runtime.enqueue('broken', {})])
  gate.resolve()
  await Promise.all([one.finished(), two.finished()])
})

test('of very many that may start, the first run while those after them are written', async () => {
  const all = deferred()
  const end = deferred()
  let [started, last] = [0, 0]
  const most = facts('commit.begin')
  const work = defineTask({
    kind: 'work',
    run: async () => {
      started++
      last = most.seen.length
      if (started === 12_000) all.resolve()
      await end.promise
    },
  })
  const routes = { default: { concurrency: 10_000 }, other: { concurrency: 10_000 } }
  const runtime = await boot({ tasks: [work], routes })
  await Promise.all(Object.keys(routes).map((name) => runtime.routes.pause(name)))
  const task = (route: string) => ({ kind: 'work' as const, input: null, route })
  for (const route of Object.keys(routes)) {
    for (let n = 0; n < 6; n++) await runtime.enqueueMany(Array.from({ length: 1000 }, () => task(route)))
  }
  const before = most.seen.length
  await Promise.all(Object.keys(routes).map((name) => runtime.routes.resume(name)))
  await all.promise
  const steps = most.seen.slice(before, last).map((batch) => batch.steps as number)
  expect(Math.max(...steps)).toBe(5_000)
  expect(steps.filter((count) => count > 0)).toHaveLength(3)
  end.resolve()
})
