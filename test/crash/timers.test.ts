/** Timers survive: `after` in a user's machine keeps its due time over a power cut. */
import { expect, test } from 'vitest'
import { assign, setup } from 'xstate'
import { defineTask } from '../../src/runtime/define.js'
import { Runtime } from '../../src/runtime/runtime.js'
import { doomed, later, runtimeOn, silent } from './in-process.js'

const HOUR = 3_600_000

const waiter = defineTask({
  kind: 'waiter',
  machine: setup({}).createMachine({
    context: { fired: 0 },
    initial: 'waiting',
    states: {
      waiting: {
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

test('Timers survive: one that is overdue fires once even if the power goes while it fires', async () => {
  const { runtime, clock, cut } = await doomed([waiter])
  await runtime.enqueue('waiter', undefined, { id: 'waiter' })
  let [disk, at] = [cut(), clock]
  for (let n = 0; n < 3; n++) {
    at = later(at, 10 * HOUR, `boot-${n + 2}`)
    const store = disk
    const dark = new Promise<void>((resolve) => {
      const batch = store.batch.bind(store)
      store.batch = (ops, sync) => {
        const written = batch(ops, sync)
        store.powerCut({ tear: n < 2 })
        resolve()
        return written
      }
    })
    // The power may go before it has started.
    const starting = new Runtime({ path: 'doomed', tasks: [waiter], log: silent }, { store, clock: at }).start()
    await starting.catch(() => undefined)
    at.advance(0)
    await dark
    at.close()
    disk = store.successor()
  }
  const last = await runtimeOn(disk, [waiter], {}, later(at, HOUR, 'boot-9'))
  expect(await last.get('waiter')).toMatchObject({ state: 'FINISHED', result: 1 })
})
