/** What becomes of a second call about the same thing: replace, debounce, throttle. */
import { expect, onTestFinished, test } from 'vitest'
import { defineTask, type EnqueueOptions, type RunningTask, type Runtime } from '../../src/index.js'
import { Runtime as Bare } from '../../src/runtime/runtime.js'
import { memoryStore } from '../../src/testing/memory-store.js'
import { SimulatedClock } from '../../src/testing/simulated-clock.js'
import { boot, facts, onDisk, refusal, silent, stations, temporaryDirectory } from './lab.js'

const ran: unknown[] = []
const note = defineTask({ kind: 'note', run: (task) => void ran.push(task.input) })
const echo = defineTask({ kind: 'echo', run: (task) => task.input })

/** A runtime whose time the test moves. */
async function timed(clock = new SimulatedClock(), store = memoryStore()) {
  const options = { path: 'memory', tasks: [note, echo], log: silent }
  const runtime = new Bare(options, { store, clock }) as unknown as Runtime
  onTestFinished(() => runtime.stop())
  await runtime.start()
  return { runtime, clock, store }
}

test('replace makes the task that waits into what is asked for now', async () => {
  const path = await temporaryDirectory()
  const before = await boot({ path, tasks: [echo], routes: { other: {} } })
  const first = await before.enqueue('echo', { n: 1 }, {
    key: 'k', in: '1h', group: 'one', priority: 1, expiresIn: '2h', retry: { attempts: 3 },
    onSuccess: { kind: 'echo', group: 'follows' },
  }) // biome-ignore format: two lines read better
  const second = await before.enqueue('echo', { n: 2 }, {
    key: 'k', replace: true, in: '2h', group: 'two', priority: 7, route: 'other', timeout: '5s',
  }) // biome-ignore format: two lines read better
  expect([second.id, second.created]).toEqual([first.id, false])
  const now = { input: { n: 2 }, group: 'two', priority: 7, route: 'other', attempts: 1, state: 'SPOOLED' }
  expect(await first.get()).toMatchObject(now)
  expect([await before.count({ group: 'one' }), await before.count({ group: 'two' })]).toEqual([0, 1])
  await before.stop()
  const runtime = await boot({ path, tasks: [echo], routes: { other: {} } })
  expect(await runtime.get(first.id)).toMatchObject(now)
  await runtime.reschedule(first.id, { in: 0 })
  expect(await runtime.handle(first.id).finished()).toEqual({ n: 2 })
  expect(await runtime.count()).toBe(1)
})

test('a task in its queue is replaced where it is, or put off', async () => {
  const at = stations()
  const one = defineTask({
    kind: 'one',
    route: 'single',
    run: async (task: RunningTask<string>) => {
      if (task.input === 'gate') await at.stop('gate')
      return task.input
    },
  })
  const runtime = await boot({ tasks: [one], routes: { single: { concurrency: 1 } } })
  await runtime.enqueue('one', 'gate')
  await at.reached('gate')
  const queued = await runtime.enqueue('one', 'first', { key: 'k' })
  await runtime.enqueue('one', 'second', { key: 'k', replace: true })
  expect(await queued.get()).toMatchObject({ state: 'QUEUED', input: 'second' })
  await runtime.enqueue('one', 'third', { key: 'k', replace: true, in: '1h' })
  expect(await queued.get()).toMatchObject({ state: 'SPOOLED', input: 'third' })
  await runtime.enqueue('one', 'fourth', { key: 'k', replace: true })
  at.pass('gate')
  expect(await queued.finished()).toBe('fourth')
  expect((await queued.get())?.history.map(({ state }) => state)).toEqual(
    ['NONE', 'SPOOLED', 'QUEUED', 'SPOOLED', 'QUEUED', 'RUNNING', 'FINISHED'],
  ) // biome-ignore format: one line reads better
})

test('while one runs another is made, and takes the key over', async () => {
  const path = await temporaryDirectory()
  const at = stations()
  const slow = defineTask({
    kind: 'slow',
    run: async (task: RunningTask<string>) => {
      await at.stop(task.input)
      return task.input
    },
  })
  const runtime = await boot({ path, tasks: [slow] })
  const first = await runtime.enqueue('slow', 'first', { key: 'k' })
  await at.reached('first')
  const second = await runtime.enqueue('slow', 'second', { key: 'k', replace: true, in: '1h' })
  const third = await runtime.enqueue('slow', 'third', { key: 'k', replace: true })
  expect([second.created, third.created, third.id]).toEqual([true, false, second.id])
  expect((await first.get())?.key).toBeUndefined()
  at.pass('first')
  expect(await first.finished()).toBe('first')
  expect((await runtime.enqueue('slow', 'fourth', { key: 'k' })).id).toBe(second.id)
  at.pass('third')
  expect(await second.finished()).toBe('third')
  await runtime.stop()
  expect(await onDisk(path, async (level) => (await level.keys({ gt: 'k!', lt: 'k"' }).all()).length)).toBe(0)
})

test('a task that failed and is to be retried begins afresh', async () => {
  let broken = true
  const runs: unknown[] = []
  const failed = facts('task.committed')
  const flaky = defineTask({
    kind: 'flaky',
    retry: { attempts: 2, delay: '1h' },
    run: (task: RunningTask<string>) => {
      runs.push(task.input)
      if (broken) throw new Error('no')
      return task.input
    },
  })
  const runtime = await boot({ tasks: [flaky] })
  const first = await runtime.enqueue('flaky', 'old', { key: 'k' })
  await failed.first(({ to }) => to === 'FAILED')
  broken = false
  const second = await runtime.enqueue('flaky', 'new', { key: 'k', replace: true })
  expect([second.id, second.created]).toEqual([first.id, false])
  expect(await second.finished()).toBe('new')
  expect(runs).toEqual(['old', 'new'])
})

test('a pause by hand stays, and so does what it waits for', async () => {
  const runtime = await boot({ tasks: [echo] })
  await runtime.enqueue('echo', null, { id: 'gate', paused: true })
  const first = await runtime.enqueue('echo', 1, { key: 'k', dependsOn: ['gate'] })
  await runtime.pause(first.id)
  await runtime.enqueue('echo', 2, { key: 'k', replace: true })
  expect(await first.get()).toMatchObject({ paused: true, pending: 1, input: 2, dependsOn: ['gate'] })
  await runtime.resume(['gate', first.id])
  expect(await first.finished()).toBe(2)
})

test('of one call about one key the last one wins', async () => {
  const runtime = await boot({ tasks: [echo] })
  const two = await runtime.enqueueMany([
    { kind: 'echo', input: 1, key: 'k', replace: true },
    { kind: 'echo', input: 2, key: 'k', replace: true },
  ])
  expect(two.map(({ created }) => created)).toEqual([true, false])
  expect(await two[0]?.finished()).toBe(2)
  const calls = await Promise.all([3, 4, 5].map((n) => runtime.enqueue('echo', n, { key: 'p', debounce: 20 })))
  expect(calls.map(({ created }) => created)).toEqual([true, false, false])
  expect(await calls[0]?.finished()).toBe(5)
})

test('a replaced task is found by its key and not by a larger input that left memory', async () => {
  const runtime = await boot({ tasks: [echo], limits: { live: 10 } })
  const large = (n: number) => ({ n, text: 'x'.repeat(10_000) })
  const first = await runtime.enqueue('echo', large(1), { key: 'k', in: '1h' })
  await runtime.enqueueMany(Array.from({ length: 50 }, () => ({ kind: 'echo' as const, in: '1h' })))
  await runtime.enqueue('echo', large(2), { key: 'k', replace: true })
  expect(await first.finished()).toEqual(large(2))
})

test('debounce waits for quiet, the last input wins', async () => {
  ran.length = 0
  const { runtime, clock } = await timed()
  const push = (n: number) => runtime.enqueue('note', n, { key: 'k', debounce: '10s' })
  const first = await push(1)
  for (const n of [2, 3]) {
    clock.advance(9_000)
    expect((await push(n)).id).toBe(first.id)
  }
  clock.stepWall(3_600_000)
  clock.advance(9_999)
  expect(await first.get()).toMatchObject({ state: 'SPOOLED', input: 3 })
  clock.advance(1)
  await first.finished()
  expect(ran).toEqual([3])
  expect((await push(4)).created).toBe(true)
})

test('debounce is not put off for ever: `max` counts from the first call, over a restart too', async () => {
  ran.length = 0
  const before = await timed()
  const push = (runtime: Runtime, n: number) =>
    runtime.enqueue('note', n, { key: 'k', debounce: { wait: '10s', max: '25s' } })
  const first = await push(before.runtime, 0)
  before.clock.advance(9_000)
  await push(before.runtime, 1)
  await before.runtime.stop()
  const { runtime, clock } = await timed(before.clock.restart(), before.store)
  clock.advance(9_000)
  await push(runtime, 2)
  clock.advance(6_999)
  expect(await runtime.get(first.id)).toMatchObject({ state: 'SPOOLED' })
  clock.advance(1)
  await runtime.handle(first.id).finished()
  expect(ran).toEqual([2])
})

test('debounce called while the task runs leads to another run', async () => {
  const at = stations()
  const slow = defineTask({
    kind: 'slow',
    run: async (task: RunningTask<string>) => {
      await at.stop(task.input)
      return task.input
    },
  })
  const runtime = await boot({ tasks: [slow] })
  const first = await runtime.enqueue('slow', 'first', { key: 'k', debounce: 1 })
  await at.reached('first')
  const second = await runtime.enqueue('slow', 'second', { key: 'k', debounce: 1 })
  expect(second.created).toBe(true)
  at.pass('first')
  at.pass('second')
  expect([await first.finished(), await second.finished()]).toEqual(['first', 'second'])
})

test('throttle makes one task in a window, even when that one has ended or is gone', async () => {
  const { runtime, clock, store } = await timed()
  const call = (on: Runtime, n: number) => on.enqueue('echo', n, { key: 'k', throttle: '10m' })
  const first = await call(runtime, 1)
  expect(await first.finished()).toBe(1)
  clock.advance(599_999)
  expect(await call(runtime, 2)).toMatchObject({ id: first.id, created: false })
  await runtime.remove(first.id)
  expect(await call(runtime, 3)).toMatchObject({ id: first.id, created: false })
  clock.advance(1)
  const next = await call(runtime, 4)
  expect(next.created).toBe(true)
  await next.finished()
  await runtime.stop()
  const after = await timed(clock.restart(), store)
  after.clock.advance(300_000)
  expect(await call(after.runtime, 5)).toMatchObject({ id: next.id, created: false })
  after.clock.advance(300_000)
  expect((await call(after.runtime, 6)).created).toBe(true)
})

test('a window belongs to its kind and its key, and calls without it pass', async () => {
  const { runtime } = await timed()
  const made = async (kind: 'note' | 'echo', options: EnqueueOptions) => {
    const task = await runtime.enqueue(kind, null, options)
    await task.finished()
    return task.created
  }
  expect(await made('echo', { key: 'a', throttle: '1m' })).toBe(true)
  expect(await made('echo', { key: 'a', throttle: '1m' })).toBe(false)
  expect(await made('echo', { key: 'b', throttle: '1m' })).toBe(true)
  expect(await made('note', { key: 'a', throttle: '1m' })).toBe(true)
  expect(await made('echo', { key: 'a' })).toBe(true)
})

test('a throttled call finds the task of its key that has not ended, though the window is over', async () => {
  const { runtime, clock } = await timed()
  const first = await runtime.enqueue('echo', 1, { key: 'k', throttle: '1s', in: '1h' })
  clock.advance(5_000)
  expect(await runtime.enqueue('echo', 2, { key: 'k', throttle: '1s' })).toMatchObject({ id: first.id, created: false })
})

test('calls at once and in one call share a window', async () => {
  const { runtime } = await timed()
  const calls = await Promise.all([1, 2, 3].map((n) => runtime.enqueue('echo', n, { key: 'k', throttle: '1m' })))
  expect(calls.map(({ created }) => created)).toEqual([true, false, false])
  const many = await runtime.enqueueMany([1, 2].map((input) => ({ kind: 'echo', input, key: 'm', throttle: '1m' })))
  expect(many.map(({ id, created }) => [id === many[0]?.id, created])).toEqual([
    [true, true],
    [true, false],
  ])
})

test('what a processor asks for and what follows a task are debounced, replaced and throttled alike', async () => {
  const work = defineTask({
    kind: 'work',
    run: async (task: RunningTask<number>) => {
      await task.enqueue('echo', task.input, { key: 'digest', debounce: '1h' })
      await task.enqueue('echo', task.input, { key: 'mail', throttle: '1h' })
      return task.input
    },
  })
  const path = await temporaryDirectory()
  const runtime = await boot({ path, tasks: [work, echo], limits: { live: 10 } })
  const follow = { kind: 'echo', key: 'last', replace: true, in: '1h' }
  for (const n of [1, 2, 3]) {
    await (await runtime.enqueue('work', n, { onSuccess: follow })).finished()
    // What sleeps has left memory by the time it is asked for again.
    await runtime.enqueueMany(Array.from({ length: 30 }, () => ({ kind: 'echo' as const, in: '1h', group: 'noise' })))
  }
  const { items } = await runtime.find({ kind: 'echo', limit: 1_000 })
  const mine = items.filter(({ group }) => group !== 'noise')
  expect(mine.map(({ key, input }) => [key, input]).sort()).toEqual([
    ['digest', 3],
    ['last', 3],
    ['mail', 1],
  ])
})

test('of those that a run asks for, the last wins', async () => {
  const work = defineTask({
    kind: 'work',
    run: async (task: RunningTask) => {
      for (const n of [1, 2, 3]) await task.enqueue('echo', n, { key: 'k', replace: true, in: '1h' })
    },
  })
  const runtime = await boot({ tasks: [work, echo] })
  await (await runtime.enqueue('work')).finished()
  const { items } = await runtime.find({ kind: 'echo' })
  expect(items.map(({ input }) => input)).toEqual([3])
})

const refused: [EnqueueOptions, RegExp][] = [
  [{ replace: true }, /replace: needs a `key`/],
  [{ debounce: '1s' }, /debounce: needs a `key`/],
  [{ throttle: '1s' }, /throttle: needs a `key`/],
  [{ key: 'k', replace: 'yes' as never }, /replace: expected true or false/],
  [{ key: 'k', replace: true, debounce: '1s' }, /replace: cannot be together with `debounce`/],
  [{ key: 'k', replace: true, throttle: '1s' }, /replace: cannot be together with `throttle`/],
  [{ key: 'k', debounce: '1s', throttle: '1s' }, /debounce: cannot be together with `throttle`/],
  [{ key: 'k', debounce: '1s', in: '1s' }, /debounce: cannot be together with `in`/],
  [{ key: 'k', debounce: '1s', runAt: 0 }, /debounce: cannot be together with `runAt`/],
  [{ key: 'k', replace: true, id: 'mine' }, /replace: cannot be together with `id`/],
  [{ key: 'k', throttle: '1s', dependsOn: ['a'] }, /throttle: cannot be together with `dependsOn`/],
  [{ key: 'k', debounce: 0 }, /debounce: expected a time above 0/],
  [{ key: 'k', throttle: '0s' }, /throttle: expected a time above 0/],
  [{ key: 'k', debounce: { wait: '10s', max: '5s' } }, /debounce\.max: expected at least `wait`/],
  [{ key: 'k', debounce: { wait: '10s', most: '1m' } as never }, /unknown option 'most'/],
]
test.each(refused)('%j is refused', async (options, message) => {
  const { runtime } = await timed()
  const error = await refusal(runtime.enqueue('echo', null, options))
  expect(error).toMatchObject({ code: 'ERR_INVALID_OPTION', message: expect.stringMatching(message) })
  const follow = await refusal(runtime.enqueue('echo', null, { onSuccess: { kind: 'echo', ...options } as never }))
  expect(follow.code).toBe('ERR_INVALID_OPTION')
})

test.each([{ debounce: 'soon' }, { throttle: '-1s' }, { debounce: {} as never }, { debounce: null as never }])(
  '%j is no length of time',
  async (options) => {
    const { runtime } = await timed()
    const error = await refusal(runtime.enqueue('echo', null, { key: 'k', ...options }))
    expect(error.code).toBe('ERR_INVALID_DURATION')
  },
)
