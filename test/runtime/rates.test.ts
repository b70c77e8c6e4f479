/** How fast tasks start: token buckets of routes and kinds, over restarts, reboots and steps of the wall clock. */
import { expect, test } from 'vitest'
import { fromPromise, setup } from 'xstate'
import { defineTask } from '../../src/index.js'
import { memoryStore } from '../../src/testing/memory-store.js'
import { SimulatedClock } from '../../src/testing/simulated-clock.js'
import fc from '../support/fast-check.js'
import { bootOn } from './clocked.js'
import { deferred, facts } from './lab.js'

const board = () => ({ store: memoryStore(), clock: new SimulatedClock() })
const nap = defineTask({ kind: 'nap', run: () => null })
const paced = defineTask({ kind: 'paced', rateLimit: { limit: 2, per: '1m' }, run: () => null })
const inputs = (kind: string, count: number) => Array.from({ length: count }, (_, input) => ({ kind, input }))

test('a route starts its burst at once, then a task an interval, and the clock sleeps when nobody waits', async () => {
  const on = board()
  const begun = facts('run.start').seen
  const { runtime, settled } = await bootOn(on, {
    tasks: [nap],
    routes: { default: { rateLimit: { limit: 2, per: '1m' } } },
  })
  const started = () => begun.filter(({ kind }) => kind === 'nap').length
  await settled()
  const asleep = on.clock.waiting
  await runtime.enqueueMany(inputs('nap', 4))
  await settled()
  expect(started()).toBe(2)
  expect(on.clock.waiting).toBe(asleep + 1)
  expect(on.clock.next).toBe(30_000)
  on.clock.advance(29_999)
  await settled()
  expect(started()).toBe(2)
  on.clock.advance(1)
  await settled()
  expect(started()).toBe(3)
  on.clock.advance(30_000)
  await settled()
  expect(started()).toBe(4)
  expect(on.clock.waiting).toBe(asleep)
  expect((await runtime.routes.list()).find(({ name }) => name === 'default')).toMatchObject({
    rateLimit: { limit: 2, perMs: 60_000, burst: 2, tokens: 0 },
  })
})

test('a kind whose rate is spent lets the others of its route pass', async () => {
  const on = board()
  const { runtime, settled } = await bootOn(on, { tasks: [nap, paced], routes: { default: { concurrency: 1 } } })
  const handles = await runtime.enqueueMany([...inputs('paced', 4), ...inputs('nap', 3)])
  await Promise.all(handles.slice(4).map((handle) => handle.finished()))
  await settled()
  expect(await runtime.count({ kind: 'paced', state: 'FINISHED' })).toBe(2)
  expect(await runtime.count({ kind: 'nap', state: 'FINISHED' })).toBe(3)
  expect(await runtime.kinds.get('paced')).toMatchObject({ rateLimit: { tokens: 0 } })
})

test('burst: 1 spaces starts evenly, and both the rate of the kind and of the route hold', async () => {
  const on = board()
  const even = defineTask({ kind: 'even', rateLimit: { limit: 6, per: '1m', burst: 1 }, run: () => null })
  const { runtime, settled } = await bootOn(on, {
    tasks: [even],
    routes: { default: { rateLimit: { limit: 2, per: '1m', burst: 2 } } },
  })
  await runtime.enqueueMany(inputs('even', 10))
  const done = async () => {
    await settled()
    return runtime.count({ kind: 'even', state: 'FINISHED' })
  }
  expect(await done()).toBe(1)
  on.clock.advance(10_000)
  expect(await done()).toBe(2)
  on.clock.advance(10_000)
  // The bucket of the kind has a token, that of the route has none.
  expect(await done()).toBe(2)
  on.clock.advance(10_000)
  expect(await done()).toBe(3)
})

test('what waits for a token and is cancelled leaves no alarm behind', async () => {
  const on = board()
  const { runtime, settled } = await bootOn(on, { tasks: [paced] })
  await settled()
  const asleep = on.clock.waiting
  const handles = await runtime.enqueueMany(inputs('paced', 3))
  await settled()
  expect(on.clock.waiting).toBe(asleep + 1)
  await runtime.cancel((handles[2] as { id: string }).id)
  await settled()
  expect(on.clock.waiting).toBe(asleep)
})

test('a restart knows what was spent, and a function that is taken up again spends once more', async () => {
  const { store, clock } = board()
  const hangs = deferred()
  const stuck = defineTask({ kind: 'paced', rateLimit: { limit: 2, per: '1m' }, run: () => hangs.promise })
  const before = await bootOn({ store, clock }, { tasks: [stuck] })
  await before.runtime.enqueueMany(inputs('paced', 2))
  await before.settled()
  await before.runtime.stop()
  const again = clock.restart()
  const { runtime, settled } = await bootOn({ store, clock: again }, { tasks: [paced] })
  await settled()
  expect(await runtime.count({ state: 'QUEUED', kind: 'paced' })).toBe(2)
  again.advance(30_000)
  await settled()
  expect(await runtime.count({ state: 'QUEUED', kind: 'paced' })).toBe(1)
})

test('a reboot fills the bucket by the time that passed, a step of the wall clock by nothing', async () => {
  const { store, clock } = board()
  const before = await bootOn({ store, clock }, { tasks: [paced] })
  await before.runtime.enqueueMany(inputs('paced', 5))
  await before.settled()
  clock.stepWall(3_600_000)
  await before.settled()
  expect(await before.runtime.count({ state: 'QUEUED', kind: 'paced' })).toBe(3)
  await before.runtime.stop()
  const { runtime, settled } = await bootOn({ store, clock: clock.reboot({ offFor: 30_000 }) }, { tasks: [paced] })
  await settled()
  expect(await runtime.count({ state: 'QUEUED', kind: 'paced' })).toBe(2)
})

test('a limit that was changed holds from the restart on: nobody waits for what the old one spent', async () => {
  const { store, clock } = board()
  const slow = defineTask({ kind: 'paced', rateLimit: { limit: 1, per: '10d' }, run: () => null })
  const before = await bootOn({ store, clock }, { tasks: [slow] })
  await before.runtime.enqueueMany(inputs('paced', 2))
  await before.settled()
  await before.runtime.stop()
  const again = clock.restart()
  const { runtime, settled } = await bootOn({ store, clock: again }, { tasks: [paced] })
  expect(await runtime.count({ state: 'QUEUED', kind: 'paced' })).toBe(1)
  again.advance(30_000)
  await settled()
  expect(await runtime.count({ state: 'QUEUED', kind: 'paced' })).toBe(0)
})

test('a machine spends when it starts, not when it goes on', async () => {
  const on = board()
  const machine = setup({ actors: { call: fromPromise(async () => null) } }).createMachine({
    initial: 'a',
    states: {
      a: { invoke: { src: 'call', onDone: 'waiting' } },
      waiting: { after: { 1000: 'b' } },
      b: { invoke: { src: 'call', onDone: 'over' } },
      over: { type: 'final' },
    },
  })
  const flow = defineTask({ kind: 'flow', machine, rateLimit: { limit: 1, per: '1h' } })
  const { runtime, settled } = await bootOn(on, { tasks: [flow] })
  const first = await runtime.enqueue('flow')
  await settled()
  on.clock.advance(1000)
  await first.finished()
  await runtime.enqueue('flow')
  await settled()
  expect(await runtime.count({ state: 'QUEUED', kind: 'flow' })).toBe(1)
})

test('whatever is asked for when, over restarts and steps of the clock, no window sees more than limit + burst', async () => {
  const step = fc.oneof(
    fc.record({ do: fc.constant('enqueue' as const), count: fc.integer({ min: 1, max: 5 }) }),
    fc.record({ do: fc.constant('wait' as const), ms: fc.nat(400) }),
    fc.record({ do: fc.constant('restart' as const), ms: fc.nat(50) }),
    fc.record({ do: fc.constant('step' as const), ms: fc.integer({ min: -1000, max: 1000 }) }),
  )
  const limits = fc.record({ limit: fc.integer({ min: 1, max: 4 }), burst: fc.integer({ min: 1, max: 3 }) })
  await fc.assert(
    fc.asyncProperty(limits, fc.array(step, { maxLength: 12 }), async (limit, script) => {
      const per = 100
      const store = memoryStore()
      let clock = new SimulatedClock()
      const starts: number[] = []
      const kind = defineTask({
        kind: 'k',
        rateLimit: { ...limit, per },
        run: () => void starts.push(clock.steady()),
      })
      let on = await bootOn({ store, clock }, { tasks: [kind] })
      let asked = 0
      for (const each of script) {
        if (each.do === 'enqueue') {
          await on.runtime.enqueueMany(inputs('k', each.count))
          asked += each.count
        } else if (each.do === 'restart') {
          await on.runtime.stop()
          clock = clock.restart()
          clock.advance(each.ms)
          on = await bootOn({ store, clock }, { tasks: [kind] })
        } else if (each.do === 'step') clock.stepWall(each.ms)
        else {
          for (let left = each.ms; left > 0; left -= 20) {
            clock.advance(Math.min(20, left))
            await on.settled()
          }
        }
        await on.settled()
      }
      for (const [i, at] of starts.entries()) {
        const within = starts.slice(0, i + 1).filter((time) => at - time <= per).length
        expect(within).toBeLessThanOrEqual(limit.limit + limit.burst)
      }
      // And it goes on: nothing waits for ever.
      while (starts.length < asked) {
        clock.advance(per)
        await on.settled()
      }
      await on.runtime.stop()
    }),
    { numRuns: 25 },
  )
}, 60_000)
