/** What may be lost in a cut: it costs no commit of its own, it may be late, and nothing else changes. */
import { describe, expect, onTestFinished, test } from 'vitest'
import { setup } from 'xstate'
import { defineTask, type RunningTask } from '../../src/index.js'
import { Runtime } from '../../src/runtime/runtime.js'
import { PowerLossStore } from '../../src/testing/power-loss-store.js'
import { SimulatedClock } from '../../src/testing/simulated-clock.js'
import { SimulatedRuntime, silent } from '../support/simulated-runtime.js'
import { facts, refusal, stations } from './lab.js'

const reading = defineTask({
  kind: 'reading',
  durability: 'lazy',
  route: 'readings',
  run: ({ input }) => input ?? null,
})
const work = defineTask({ kind: 'work', run: () => 'done' })
const routes = { readings: { concurrency: 1_000 } }

async function begin(options: ConstructorParameters<typeof SimulatedRuntime>[0]) {
  const simulated = await new SimulatedRuntime(options).start()
  onTestFinished(() => simulated.runtime.stop())
  const { synced } = simulated.store
  return { ...simulated, simulated, fsyncs: () => simulated.store.synced - synced }
}

test('a thousand readings in ten seconds cost a handful of commits, and all of them are done', async () => {
  const { simulated, runtime, fsyncs } = await begin({ tasks: [reading], routes })
  for (let n = 0; n < 100; n++) {
    for (let each = 0; each < 10; each++) await runtime.enqueue('reading', { n, each })
    await simulated.pass(100)
  }
  await simulated.pass(10_000, 4)
  expect(await runtime.count({ state: 'FINISHED' })).toBe(1_000)
  expect(fsyncs()).toBeLessThanOrEqual(8)
})

test('it resolves at once, is seen when it is on disk, and that is within 5 s', async () => {
  const { simulated, runtime, fsyncs } = await begin({ tasks: [reading], routes })
  const starts = facts('run.start')
  const task = await runtime.enqueue('reading', 1)
  await simulated.pass(4_999)
  expect([task.created, await task.get(), starts.seen, fsyncs()]).toEqual([true, undefined, [], 0])
  await simulated.pass(1)
  expect([(await task.get())?.state, starts.seen.length, fsyncs()]).toEqual(['RUNNING', 1, 1])
  const end = task.finished()
  await simulated.pass(5_000)
  expect(await end).toBe(1)
})

test('it goes along with the commit of another one, which does not wait for it', async () => {
  const { simulated, runtime, fsyncs } = await begin({ tasks: [reading, work], routes })
  const late = await runtime.enqueue('reading', 1)
  await runtime.enqueue('work', null, { in: '1h' })
  expect([fsyncs(), (await late.get())?.state]).toEqual([1, 'RUNNING'])
  await simulated.quiet()
  const now = await runtime.enqueue('work')
  expect(await now.finished()).toBe('done')
  expect((await late.get())?.state).toBe('FINISHED')
})

test('one enqueueMany with one that must not be lost is on disk when it resolves', async () => {
  const { runtime } = await begin({ tasks: [reading, work], routes })
  const [late, now] = await runtime.enqueueMany([{ kind: 'reading' }, { kind: 'work', in: '1h' }])
  expect([(await late?.get())?.kind, (await now?.get())?.kind]).toEqual(['reading', 'work'])
})

test('a task of any kind can be it, and one of such a kind need not be', async () => {
  const { runtime, fsyncs } = await begin({ tasks: [reading, work], routes })
  await runtime.enqueue('work', null, { durability: 'lazy', in: '1h' })
  expect(fsyncs()).toBe(0)
  await runtime.enqueue('reading', null, { durability: 'commit', in: '1h' })
  expect(fsyncs()).toBe(1)
})

test('who waits for the slot of one does not wait for its commit', async () => {
  const at = stations()
  const slow = defineTask({ kind: 'slow', durability: 'lazy', run: () => at.stop('slow') })
  const { simulated, runtime } = await begin({ tasks: [slow, work], routes: { default: { concurrency: 1 } } })
  await runtime.enqueue('slow')
  await simulated.pass(5_000)
  await at.reached('slow')
  const next = await runtime.enqueue('work')
  at.pass('slow')
  expect(await next.finished()).toBe('done')
})

test('more of them than slots go through as fast as the disk is', async () => {
  const { simulated, runtime } = await begin({ tasks: [reading], routes: { readings: { concurrency: 5 } } })
  for (let n = 0; n < 50; n++) await runtime.enqueue('reading', n)
  await simulated.pass(5_000)
  await simulated.pass(5_000)
  expect(await runtime.count({ state: 'FINISHED' })).toBe(50)
})

test('a cut loses the last seconds and nothing before them; all that stays is whole', async () => {
  const clock = new SimulatedClock()
  const disk = new PowerLossStore()
  const boot = async (store: PowerLossStore, hand: SimulatedClock) => {
    const options = { path: 'memory', tasks: [reading, work], routes, log: silent }
    return (await new Runtime(options, { store, clock: hand }).start()) as unknown as Runtime
  }
  const before = await boot(disk, clock)
  const turns = async () => {
    for (let n = 0; n < 30; n++) await new Promise<void>((resolve) => void setImmediate(resolve))
  }
  // The start has its own commit to make.
  await turns()
  const made: string[] = []
  for (let n = 0; n < 18; n++) {
    made.push((await before.enqueue('reading', n)).id)
    clock.advance(1_000)
    await turns()
  }
  disk.powerCut({ tear: true })
  const store = disk.successor()
  const after = await boot(store, clock.restart())
  onTestFinished(() => after.stop())
  const there = await Promise.all(made.map((id) => after.get(id)))
  const lost = there.indexOf(undefined)
  // Five seconds are five readings; which of them rode with the commit of the start is no matter.
  expect(lost).toBeGreaterThanOrEqual(made.length - 5)
  expect(there.slice(lost).every((view) => view === undefined)).toBe(true)
  for (const view of there) if (view) expect(view.input).toBe(made.indexOf(view.id))
})

test('a restart knows that it is one: its retry hurries nothing', async () => {
  const options = { jitter: 0, attempts: 9, delay: '2s', backoff: 'constant' } as const
  const fails = defineTask({
    kind: 'fails',
    retry: options,
    run: () => {
      throw new Error('no')
    },
  })
  const { simulated, runtime } = await begin({ tasks: [fails] })
  const { id } = await runtime.enqueue('fails', null, { durability: 'lazy' })
  await simulated.pass(5_000)
  await simulated.pass(5_000)
  expect((await runtime.get(id))?.attempt).toBe(1)
  const next = await simulated.again()
  onTestFinished(() => next.runtime.stop())
  const { synced } = next.store
  await next.pass(10_000, 100)
  expect((await next.runtime.get(id))?.attempt).toBeGreaterThan(1)
  expect(next.store.synced - synced).toBeLessThanOrEqual(3)
})

test('what it emits and asks for goes with it', async () => {
  const parent = defineTask({
    kind: 'parent',
    durability: 'lazy',
    run: async (task: RunningTask) => {
      await task.emit({ type: 'seen' })
      await task.enqueue('work')
    },
  })
  const { simulated, runtime, fsyncs } = await begin({ tasks: [parent, work] })
  await runtime.enqueue('parent')
  await simulated.pass(5_000)
  expect([fsyncs(), await runtime.events(), await runtime.count({ kind: 'work' })]).toEqual([1, [], 0])
  await simulated.pass(5_000)
  expect(await runtime.count({ state: 'FINISHED' })).toBe(2)
  expect(await runtime.events()).toMatchObject([{ event: { type: 'seen' } }])
})

test('a machine that may be lost steps with the commits of others', async () => {
  const machine = setup({}).createMachine({
    initial: 'one',
    states: { one: { after: { 500: 'two' } }, two: { after: { 500: 'three' } }, three: { type: 'final' } },
  })
  const stepping = defineTask({ kind: 'stepping', durability: 'lazy', machine })
  const { simulated, runtime, fsyncs } = await begin({ tasks: [stepping] })
  const task = await runtime.enqueue('stepping')
  await simulated.pass(20_000, 80)
  expect((await task.get())?.state).toBe('FINISHED')
  expect(fsyncs()).toBeLessThanOrEqual(4)
})

test('a disk that fails takes it along: who waits for its end hears that it is not there', async () => {
  const { simulated, runtime, store } = await begin({ tasks: [reading, work], routes })
  const task = await runtime.enqueue('reading', 1)
  const end = refusal(task.finished())
  store.failNext()
  expect(await refusal(runtime.enqueue('work'))).toMatchObject({ code: 'ERR_COMMIT_UNKNOWN' })
  await simulated.pass(2_000)
  expect(await end).toMatchObject({ code: 'ERR_NOT_FOUND' })
  expect(await (await runtime.enqueue('work')).finished()).toBe('done')
})

test('a stop writes what was to be late', async () => {
  const { simulated, runtime } = await begin({ tasks: [reading], routes })
  const { id } = await runtime.enqueue('reading', 7)
  const next = await simulated.again()
  onTestFinished(() => next.runtime.stop())
  expect((await next.runtime.get(id))?.input).toBe(7)
})

test('a drain does not wait for it: what ends meanwhile is written at once', async () => {
  const at = stations()
  const slow = defineTask({ kind: 'slow', durability: 'lazy', run: () => at.stop('slow') })
  const { simulated, runtime } = await begin({ tasks: [slow] })
  const { id } = await runtime.enqueue('slow')
  await simulated.pass(5_000)
  await at.reached('slow')
  const stopped = runtime.stop({ drain: '1h' })
  at.pass('slow')
  await stopped
  const next = await new SimulatedRuntime({ tasks: [slow] }, { inner: simulated.inner }).start()
  onTestFinished(() => next.runtime.stop())
  expect((await next.runtime.get(id))?.state).toBe('FINISHED')
})

describe('it is refused', () => {
  const once = defineTask({ kind: 'once', delivery: 'at-most-once', run: () => null })

  test.each([
    ['reading', { delivery: 'at-most-once' }],
    ['once', { durability: 'lazy' }],
    ['work', { durability: 'lazy', delivery: 'at-most-once' }],
    ['work', { durability: 'sometimes' }],
    ['work', { onSuccess: { kind: 'once', durability: 'lazy' } }],
  ])('for %s with %j', async (kind, options) => {
    const { runtime } = await begin({ tasks: [reading, work, once], routes })
    expect(await refusal(runtime.enqueue(kind, null, options as never))).toMatchObject({
      code: 'ERR_INVALID_OPTION',
      message: expect.stringContaining('durability'),
    })
  })

  test.each([[{ durability: 'lazy', delivery: 'at-most-once' }], [{ durability: true }]])(
    'for a kind with %j',
    async (options) => {
      const tasks = [defineTask({ kind: 'bad', run: () => null, ...(options as object) })]
      expect(await refusal(() => new SimulatedRuntime({ tasks }).start())).toMatchObject({
        code: 'ERR_INVALID_OPTION',
        message: expect.stringContaining('durability'),
      })
    },
  )
})

test('commitWindow gathers what comes within it into one commit', async () => {
  const { simulated, runtime, fsyncs } = await begin({ tasks: [work], commitWindow: '50ms' })
  const made: Promise<unknown>[] = []
  for (let n = 0; n < 10; n++) {
    made.push(runtime.enqueue('work', n, { in: '1h' }))
    await simulated.quiet()
    await simulated.pass(4)
  }
  expect(fsyncs()).toBe(0)
  await simulated.pass(10)
  await Promise.all(made)
  expect(fsyncs()).toBe(1)
})

test.each(['2s', -1, 'soon', true])('a commitWindow of %j is refused', async (commitWindow) => {
  const error = await refusal(() =>
    new SimulatedRuntime({ tasks: [work], commitWindow: commitWindow as string }).start(),
  )
  expect(error).toMatchObject({ message: expect.stringContaining('commitWindow') })
})
