/** Holds: causes that do not cancel each other, and workers that learn of them when they are started anew. */
import { expect, onTestFinished, test } from 'vitest'
import { fromPromise, setup } from 'xstate'
import { type AnyDefinition, defineTask } from '../../../src/runtime/define.js'
import { draftOf } from '../../../src/runtime/draft.js'
import { Lifetime } from '../../../src/runtime/lifetime.js'
import type { RuntimeOptions } from '../../../src/runtime/options.js'
import type { Store } from '../../../src/store/store.js'
import { FaultyStore } from '../../../src/testing/faulty-store.js'
import { memoryStore } from '../../../src/testing/memory-store.js'
import { SimulatedClock } from '../../../src/testing/simulated-clock.js'
import { facts, refusal, silent, stations } from '../../runtime/lab.js'

const nap = defineTask({ kind: 'nap', run: () => null })
const other = defineTask({ kind: 'other', run: () => null })
const fence = defineTask({ kind: 'fence', route: 'fence', run: () => null })

async function started(
  tasks: readonly AnyDefinition[],
  {
    store = memoryStore(),
    clock = new SimulatedClock(),
    ...options
  }: Partial<RuntimeOptions> & {
    readonly store?: Store
    readonly clock?: SimulatedClock
  } = {},
) {
  const life = new Lifetime({ path: 'memory', log: silent, ...options, tasks: [...tasks, fence] }, store, clock)
  onTestFinished(() => life.stop(0))
  await life.start()
  const { engine } = life
  const begun = facts('run.start').seen
  const enqueue = async (kind: string, count = 1, more = {}) => {
    const drafts = Array.from({ length: count }, () => draftOf(engine.rules, kind, null, more))
    return engine.admission.admit(await Promise.all(drafts))
  }
  /** All that could start has started. */
  const settled = async () => {
    for (let i = 0; i < 2; i++) {
      const [task] = await enqueue('fence')
      await engine.waiters.wait((task as { id: string }).id)
    }
  }
  const ran = (kind: string) => begun.filter((fact) => fact.kind === kind).length
  return { life, engine, routes: engine.routes, enqueue, settled, ran, clock, store }
}

test('a route starts nothing while any cause holds it, and goes on when the last is taken back', async () => {
  const { routes, enqueue, settled, ran } = await started([nap])
  routes.hold('default', 'gate:online')
  routes.hold('default', 'gate:disk')
  routes.hold('default', 'gate:online')
  await enqueue('nap', 3)
  await settled()
  expect(ran('nap')).toBe(0)
  routes.release('default', 'gate:online')
  routes.release('default', 'gate:online')
  routes.release('default', 'never held')
  await settled()
  expect(ran('nap')).toBe(0)
  routes.release('default', 'gate:disk')
  await settled()
  expect(ran('nap')).toBe(3)
})

test('what runs goes on while its route is held', async () => {
  const at = stations()
  const work = defineTask({ kind: 'work', run: () => at.stop('work') })
  const { engine, routes, enqueue } = await started([work])
  const [task] = await enqueue('work')
  await at.reached('work')
  routes.hold('default', 'gate')
  at.pass('work')
  expect(await engine.waiters.wait((task as { id: string }).id)).toBe(null)
})

test('a held kind is passed over in every route, and its order is kept', async () => {
  const { routes, enqueue, settled, ran } = await started([nap, other], { routes: { second: {} } })
  routes.holdKind('nap', 'gate:online')
  await enqueue('nap', 2, { priority: 9 })
  await enqueue('nap', 2, { route: 'second' })
  await enqueue('other', 3)
  await settled()
  expect([ran('nap'), ran('other')]).toEqual([0, 3])
  expect([...routes.all()].map(({ load }) => load)).toEqual([0, 0, 0])
  routes.releaseKind('nap', 'gate:online')
  await settled()
  expect(ran('nap')).toBe(4)
})

test('a machine in flight that needs a slot again waits for its held route, and is not given up for its silence', async () => {
  const called: string[] = []
  const call = fromPromise(async ({ input }: { input: string }) => void called.push(input))
  const machine = setup({ actors: { call } }).createMachine({
    initial: 'a',
    states: {
      a: { invoke: { src: 'call', input: 'a', onDone: 'waiting' } },
      waiting: { after: { 1000: 'b' } },
      b: { invoke: { src: 'call', input: 'b', onDone: 'over' } },
      over: { type: 'final' },
    },
  })
  const flow = defineTask({ kind: 'flow', machine, heartbeat: '5s' })
  const { engine, routes, enqueue, settled, clock } = await started([flow])
  const [task] = await enqueue('flow')
  await settled()
  routes.hold('default', 'gate')
  clock.advance(1000)
  await settled()
  clock.advance(60_000)
  await settled()
  expect(called).toEqual(['a'])
  routes.release('default', 'gate')
  await engine.waiters.wait((task as { id: string }).id)
  expect(called).toEqual(['a', 'b'])
})

test('a machine that is cancelled while it waits for a held route leaves nothing behind', async () => {
  const called: unknown[] = []
  const call = fromPromise(async ({ input }: { input: unknown }) => void called.push(input))
  const machine = setup({ actors: { call } }).createMachine({
    initial: 'waiting',
    states: {
      waiting: { after: { 1000: 'b' } },
      b: { invoke: { src: 'call', input: 'b', onDone: 'over' } },
      over: { type: 'final' },
    },
  })
  const flow = defineTask({ kind: 'flow', machine })
  const { engine, routes, enqueue, settled, clock } = await started([flow])
  const [task] = await enqueue('flow')
  await settled()
  routes.hold('default', 'gate')
  clock.advance(1000)
  await settled()
  expect(routes.of('default').load).toBe(1)
  await engine.verbs.cancel((task as { id: string }).id)
  expect(routes.of('default').load).toBe(0)
  routes.release('default', 'gate')
  await settled()
  expect(called).toEqual([])
  expect(routes.of('default').running).toBe(0)
})

test('a worker that is started anew knows that its route is held, and whose tasks wait', async () => {
  const restarted = facts('supervisor.restarted')
  const { routes, enqueue, settled, ran } = await started([nap])
  routes.hold('default', 'gate')
  await enqueue('nap', 2)
  const { worker } = routes.of('default')
  const bug = new Error('bug')
  // A bug of the worker's port: its machine dies of it.
  Object.defineProperty(routes, 'claim', { value: () => { throw bug }, configurable: true }) // biome-ignore format: a line
  worker?.send({ type: 'release' })
  expect(await restarted.first()).toMatchObject({ child: 'route:default', error: bug })
  Reflect.deleteProperty(routes, 'claim')
  expect(routes.of('default').worker).not.toBe(worker)
  await settled()
  expect(ran('nap')).toBe(0)
  routes.release('default', 'gate')
  await settled()
  expect(ran('nap')).toBe(2)
})

test('the disk that comes back does not open a route that a gate holds, nor a pause a start', async () => {
  const store = new FaultyStore(memoryStore())
  const { routes, engine, enqueue, settled, ran, clock } = await started([nap], { store })
  await enqueue('nap', 2, { in: '1h' })
  routes.hold('default', 'gate')
  await enqueue('nap', 2)
  const degraded = facts('store.degraded')
  const recovered = facts('store.recovered')
  store.fail()
  await refusal(enqueue('nap'))
  await degraded.first()
  expect([...routes.of('default').held].toSorted()).toEqual(['disk', 'gate'])
  store.mend()
  clock.advance(1000)
  await recovered.first()
  expect([...routes.of('default').held]).toEqual(['gate'])
  expect(engine.routes.of('default').queue.size).toBe(2)
  await settled()
  expect(ran('nap')).toBe(0)
  routes.release('default', 'gate')
  await settled()
  expect(ran('nap')).toBe(2)
})

test('over a failing disk a run that goes on keeps its place, and one that was stopped keeps it until it settles', async () => {
  const store = new FaultyStore(memoryStore())
  const at = stations()
  const begun: string[] = []
  const work = defineTask({
    kind: 'work',
    concurrency: 1,
    run: async (task) => {
      begun.push(task.id)
      await at.stop(task.id)
    },
  })
  const { engine, routes, enqueue, settled, clock } = await started([work], { store })
  const ids = (await enqueue('work', 3)).map(({ id }) => id)
  const [one, two, three] = ids as [string, string, string]
  const recovered = facts('store.recovered')
  const fails = async () => {
    store.fail()
    await refusal(enqueue('work'))
    store.mend()
    const back = recovered.next()
    clock.advance(1000)
    await back
    await settled()
  }
  await at.reached(one)
  await fails()
  expect(begun).toEqual([one])
  at.pass(one)
  await at.reached(two)
  await engine.verbs.cancel(two)
  await fails()
  expect(begun).toEqual([one, two])
  at.pass(two)
  await at.reached(three)
  at.pass(three)
  await engine.waiters.wait(three)
  expect(routes.of('default').running).toBe(0)
})

test('what a lost commit had spent is there again when the disk is back; what was committed is not', async () => {
  const store = new FaultyStore(memoryStore())
  const paced = defineTask({ kind: 'paced', rateLimit: { limit: 3, per: '1h' }, run: () => null })
  const { engine, enqueue, settled, clock } = await started([paced], { store })
  await enqueue('paced')
  await settled()
  const recovered = facts('store.recovered')
  store.fail()
  await refusal(enqueue('paced'))
  store.mend()
  clock.advance(1000)
  await recovered.first()
  expect(engine.kindControl.get('paced').rateLimit).toMatchObject({ tokens: 2 })
  await settled()
})

test('nobody holds what is not there', async () => {
  const { routes } = await started([nap])
  const thrown = (call: () => void) => refusal(async () => call())
  expect(await thrown(() => routes.hold('nowhere', 'gate'))).toMatchObject({ code: 'ERR_NOT_FOUND' })
  expect(await thrown(() => routes.release('nowhere', 'gate'))).toMatchObject({ code: 'ERR_NOT_FOUND' })
  expect(await thrown(() => routes.holdKind('nobody', 'gate'))).toMatchObject({ code: 'ERR_UNKNOWN_KIND' })
})
