/** Order: within a route higher priority first, then runAt, then arrival; over a power cut too. */
import { expect, test } from 'vitest'
import { defineTask } from '../../src/runtime/define.js'
import { Runtime } from '../../src/runtime/runtime.js'
import { doomed, latch, later, next, noting, runtimeOn, settled } from './in-process.js'

const HOUR = 3_600_000

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

test('a task that enqueues as soon as it runs again meets a runtime that takes work', async () => {
  // More than one page of recovery: the first could run while the second is read.
  const many = Array.from({ length: 1500 }, (_, n) => ({ kind: 'caller', input: { n }, id: `caller-${n}` }))
  const { runtime, clock, cut } = await doomed([noting('caller', [], latch().opened), noting('plain', [])])
  await runtime.enqueueMany(many)
  const store = cut()
  const scan = store.scan.bind(store)
  // A slow card: there is time for many turns of the loop between two pages.
  store.scan = async function* (range) {
    for await (const page of scan(range)) {
      yield page
      for (let n = 0; n < 200; n++) await new Promise((resolve) => setImmediate(resolve))
    }
  }
  const restarted: { after?: Runtime } = {}
  const caller = defineTask({ kind: 'caller', run: async () => void (await restarted.after?.enqueue('plain', {})) })
  const after = new Runtime({ path: 'after', tasks: [caller, noting('plain', [])] }, { store, clock: later(clock, 1) })
  restarted.after = after
  await after.start()
  for (const task of await after.enqueueMany(many)) await task.finished()
  expect(await after.count({ kind: 'plain' })).toBe(1500)
  await after.stop()
})
