/**
 * What a restart has to bring back beside the tasks themselves: their order, the timers, what cannot be restored, and
 * the bounds. Each daemon here is left without a stop, as a kill would leave it; its disk is all that its successor has.
 */
import { expect, test } from 'vitest'
import { assign, setup } from 'xstate'
import type { AnyDefinition } from '../../src/runtime/define.js'
import { defineTask } from '../../src/runtime/define.js'
import type { RuntimeOptions } from '../../src/runtime/options.js'
import { Runtime } from '../../src/runtime/runtime.js'
import { PowerLossStore } from '../support/power-loss-store.js'
import { SimulatedClock } from '../support/simulated-clock.js'
import { codeOf, latch, next, noting, runtimeOn, settled } from './in-process.js'

const HOUR = 3_600_000

/** A daemon that loses its power when the test says so, and its disk. */
async function doomed(
  tasks: readonly AnyDefinition[],
  options: Partial<RuntimeOptions> = {},
  clock = new SimulatedClock(),
) {
  const store = new PowerLossStore()
  // Nobody stops it: without power it just hangs.
  const runtime = await new Runtime({ path: 'doomed', tasks, ...options }, { store, clock }).start()
  const cut = () => {
    store.powerCut({ tear: true })
    clock.close()
    return store.successor()
  }
  return { runtime, clock, cut }
}

/** A start that is not the first: the wall clock and the time since the boot go on. */
function later(clock: SimulatedClock, ms: number, boot = 'boot-2'): SimulatedClock {
  return new SimulatedClock({ wall: clock.wall() + ms, mono: 500, boot })
}

test('Order: a restart keeps priority, then runAt, then arrival', async () => {
  const runs: string[] = []
  const one = { routes: { default: { concurrency: 1 } } }
  const { runtime, clock, cut } = await doomed([noting('slow', [], latch().opened), noting('plain', runs)], one)
  const begun = next('run.start')
  await runtime.enqueue('slow', {}, { id: 'slow' })
  await begun
  const at = clock.wall()
  const asked = [
    { id: 'low', priority: 1 },
    { id: 'first' },
    { id: 'second' },
    { id: 'older', runAt: at - HOUR },
    { id: 'high', priority: 9 },
    { id: 'high-older', priority: 9, runAt: at - 1 },
    { id: 'third' },
  ]
  for (const options of asked) await runtime.enqueue('plain', {}, options)
  const after = await runtimeOn(cut(), [noting('slow', []), noting('plain', runs)], one, later(clock, 5))
  await settled(after)
  expect(runs.map((run) => run.split('#')[0])).toEqual([
    'high-older',
    'high',
    'older',
    'first',
    'second',
    'third',
    'low',
  ])
})

const waiter = defineTask({
  kind: 'waiter',
  machine: setup({}).createMachine({
    context: { fired: 0 },
    initial: 'waiting',
    states: {
      waiting: {
        on: { 'xstate.never': {} },
        after: { [HOUR]: { target: 'over', actions: assign({ fired: ({ context }) => context.fired + 1 }) } },
      },
      over: { type: 'final' },
    },
    output: ({ context }) => context.fired,
  }),
})

test('Timers survive: `after` keeps its due time over a restart', async () => {
  const { runtime, clock, cut } = await doomed([waiter])
  await runtime.enqueue('waiter', undefined, { id: 'waiter' })
  const due = (await runtime.get('waiter'))?.machine?.timers[0]?.due
  const rebooted = later(clock, HOUR / 2)
  const after = await runtimeOn(cut(), [waiter], {}, rebooted)
  expect((await after.get('waiter'))?.machine?.timers[0]?.due).toBe(due)
  await rebooted.advance(HOUR / 2 - 1)
  expect((await after.get('waiter'))?.state).toBe('RUNNING')
  const finished = (await after.enqueue('waiter', undefined, { id: 'waiter' })).finished()
  await rebooted.advance(1)
  expect(await finished).toBe(1)
})

test('Timers survive: one overdue at restart fires once, at once', async () => {
  const { runtime, clock, cut } = await doomed([waiter])
  await runtime.enqueue('waiter', undefined, { id: 'waiter' })
  const rebooted = later(clock, 10 * HOUR)
  const after = await runtimeOn(cut(), [waiter], {}, rebooted)
  const finished = (await after.enqueue('waiter', undefined, { id: 'waiter' })).finished()
  await rebooted.advance(0)
  expect(await finished).toBe(1)
})

test('Nothing is thrown away: what cannot be restored is set aside with its reason, and the daemon starts', async () => {
  const runs: string[] = []
  const { runtime, clock, cut } = await doomed([noting('gone', []), noting('plain', runs), waiter])
  await runtime.enqueue('gone', {}, { id: 'gone', in: 5 })
  await runtime.enqueue('plain', {}, { id: 'torn', in: 5 })
  await runtime.enqueue('plain', {}, { id: 'newer', in: 5 })
  await runtime.enqueue('plain', {}, { id: 'fine', in: 5 })
  const disk = cut()
  await disk.open()
  const newer = JSON.stringify({ ...JSON.parse((await disk.get('l!newer')) as string), f: 99 })
  await disk.batch(
    [
      { type: 'put', key: 'l!torn', value: '{"f":1,' },
      { type: 'put', key: 'l!newer', value: newer },
    ],
    true,
  )
  const rebooted = later(clock, HOUR)
  const after = await runtimeOn(disk, [noting('plain', runs), waiter], {}, rebooted)
  await rebooted.advance(0)
  expect(await (await after.enqueue('plain', {}, { id: 'fine' })).finished()).toEqual({ of: 'fine' })
  const aside = await after.quarantine.list()
  expect(aside.map(({ id, code }) => [id, code]).toSorted()).toEqual([
    ['gone', 'ERR_UNKNOWN_KIND'],
    ['newer', 'ERR_FORMAT_NEWER'],
    ['torn', 'ERR_STORE_CORRUPT'],
  ])
  expect(aside.find(({ id }) => id === 'torn')?.record).toBe('{"f":1,')
  await after.stop()
  const third = later(rebooted, HOUR, 'boot-3')
  const back = await runtimeOn(disk, [noting('gone', runs), noting('plain', runs)], {}, third)
  expect(await back.quarantine.retry('gone')).toBe(true)
  const finished = (await back.enqueue('gone', {}, { id: 'gone' })).finished()
  await third.advance(0)
  expect(await finished).toEqual({ of: 'gone' })
})

test('Everything is bounded: a queue that was full is full after a restart', async () => {
  const full = { routes: { default: { concurrency: 1, queueLimit: 3 } } }
  const stuck = latch()
  const { runtime, clock, cut } = await doomed([noting('slow', [], stuck.opened)], full)
  const begun = next('run.start')
  await runtime.enqueue('slow', {}, { id: 'slow' })
  await begun
  for (let n = 0; n < 3; n++) await runtime.enqueue('slow', { n })
  expect(await codeOf(runtime.enqueue('slow', {}))).toBe('ERR_QUEUE_FULL')
  const again = next('run.start')
  const after = await runtimeOn(cut(), [noting('slow', [], stuck.opened)], full, later(clock, 1))
  await again
  expect(await codeOf(after.enqueue('slow', {}))).toBe('ERR_QUEUE_FULL')
  stuck.open()
  await settled(after)
  expect((await after.enqueue('slow', {})).created).toBe(true)
})

test('a task that enqueues as soon as it runs again meets a runtime that takes work', async () => {
  // More than one page of recovery: the first could run while the second is read.
  const many = Array.from({ length: 1500 }, (_, n) => ({ kind: 'caller', input: { n }, id: `caller-${n}` }))
  const { runtime, clock, cut } = await doomed([noting('caller', [], latch().opened), noting('plain', [])])
  await runtime.enqueueMany(many)
  const store = cut()
  const restarted: { after?: Runtime } = {}
  const caller = defineTask({ kind: 'caller', run: async () => void (await restarted.after?.enqueue('plain', {})) })
  const after = new Runtime({ path: 'after', tasks: [caller, noting('plain', [])] }, { store, clock: later(clock, 1) })
  restarted.after = after
  await after.start()
  for (const task of await after.enqueueMany(many)) await task.finished()
  expect(await after.count({ kind: 'plain' })).toBe(1500)
  await after.stop()
})
