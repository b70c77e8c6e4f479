/** Leases within the process: over a failing disk, a cancel in the same commit, a client that is gone, and the clock. */
import { expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'
import { defineTask } from '../../src/runtime/define.js'
import { Runtime } from '../../src/runtime/runtime.js'
import { FaultyStore } from '../../src/testing/faulty-store.js'
import { memoryStore } from '../../src/testing/memory-store.js'
import { SimulatedClock } from '../../src/testing/simulated-clock.js'
import { codeOf, next, silent } from '../crash/in-process.js'

const far = defineTask({ kind: 'far', remote: true, retry: { attempts: 2, delay: 0 } })
const near = defineTask({ kind: 'near', run: () => null })

async function started(clock?: SimulatedClock) {
  const store = new FaultyStore(memoryStore())
  const { SystemClock } = await import('../../src/kernel/system-clock.js')
  const parts = { store, clock: clock ?? new SystemClock() }
  const options = { path: 'leases', tasks: [far, near], log: silent, routes: { narrow: { queueLimit: 1 } } }
  const runtime = new Runtime(options, parts)
  onTestFinished(() => runtime.stop().catch(() => undefined))
  await runtime.start()
  return { runtime: runtime as unknown as Runtime, store }
}

const ask = { worker: 'w', kinds: ['far'] }

async function leased(runtime: Runtime, more: object = {}) {
  const [task] = await runtime.leases.take({ ...ask, wait: '30s', ...more })
  if (!task) throw new Error('nothing was leased')
  return task
}

test('an answer whose commit fails is told so, and said again when the disk is back it is answered', async () => {
  const { runtime, store } = await started()
  const { id } = await runtime.enqueue('far')
  const task = await leased(runtime)
  const recovered = next('store.recovered')
  store.failNext(1)
  expect(await codeOf(runtime.leases.success(task.lease, 'kept'))).toBe('ERR_COMMIT_UNKNOWN')
  await recovered
  await runtime.leases.success(task.lease, 'kept')
  expect(await runtime.get(id)).toMatchObject({ state: 'FINISHED', result: 'kept', attempt: 1 })
  expect(runtime.leases.workers()).toMatchObject([{ worker: 'w', leases: 0, state: 'idle' }])
})

test('a lease outlives a failing disk, as a run does', async () => {
  const { runtime, store } = await started()
  const { id } = await runtime.enqueue('far')
  const task = await leased(runtime)
  const recovered = next('store.recovered')
  store.failNext(1)
  expect(await codeOf(runtime.enqueue('near'))).toBe('ERR_COMMIT_UNKNOWN')
  await recovered
  await runtime.leases.success(task.lease, 'in time')
  expect(await runtime.get(id)).toMatchObject({ state: 'FINISHED', attempt: 1 })
})

test('a lease whose commit fails was none, and the task is leased when the disk is back', async () => {
  const { runtime, store } = await started()
  const { id } = await runtime.enqueue('far')
  const recovered = next('store.recovered')
  store.failNext(1)
  expect(await codeOf(runtime.leases.take(ask))).toBe('ERR_COMMIT_UNKNOWN')
  const waiting = leased(runtime)
  expect(await codeOf(waiting)).toBe('ERR_DEGRADED')
  await recovered
  const task = await leased(runtime)
  expect(task.id).toBe(id)
  await runtime.leases.success(task.lease)
  expect((await runtime.get(id))?.state).toBe('FINISHED')
})

test('a worker that waits while the disk fails is called when it is back', async () => {
  const { runtime, store } = await started()
  const waiting = leased(runtime)
  const recovered = next('store.recovered')
  store.failNext(1)
  expect(await codeOf(runtime.enqueue('far', 'lost'))).toBe('ERR_COMMIT_UNKNOWN')
  await recovered
  await runtime.enqueue('far', 'found')
  expect((await waiting).input).toBe('found')
})

test('an answer while a cancel is being committed comes too late', async () => {
  const { runtime, store } = await started()
  const { id } = await runtime.enqueue('far')
  const { lease } = await leased(runtime)
  store.hold()
  const cancelled = runtime.cancel(id)
  await store.heldBatches()
  const late = codeOf(runtime.leases.success(lease, 1))
  store.release()
  expect(await late).toBe('ERR_LEASE_LOST')
  await cancelled
  expect(await runtime.get(id)).toMatchObject({ state: 'TERMINATED', reason: 'cancelled' })
  expect((await runtime.get(id))?.result).toBeUndefined()
})

test('what is leased for somebody who is gone goes back, and no attempt is spent', async () => {
  const { runtime } = await started()
  const gone = new AbortController()
  const { id } = await runtime.enqueue('far')
  const taking = runtime.leases.take(ask, gone.signal)
  gone.abort()
  expect(await taking).toEqual([])
  expect(runtime.leases.workers()).toMatchObject([{ worker: 'w', state: 'gone' }])
  expect(await leased(runtime)).toMatchObject({ id, attempt: 1 })
})

test('a wait ends with its time and a silent lease with its heartbeat, on the steady hand', async () => {
  const clock = new SimulatedClock()
  const { runtime } = await started(clock)
  const waiting = runtime.leases.take({ ...ask, wait: '60s' })
  await clock.advance(60_000)
  expect(await waiting).toEqual([])
  const { id } = await runtime.enqueue('far')
  const { lease } = await leased(runtime)
  await clock.advance(40_000)
  runtime.leases.heartbeat(lease, 0.5)
  await clock.advance(40_000)
  expect(await runtime.get(id)).toMatchObject({ state: 'RUNNING', progress: 0.5 })
  const awol = next('task.committed', ({ to }) => to === 'TERMINATED')
  await clock.advance(40_000)
  await awol
  expect(() => runtime.leases.heartbeat(lease)).toThrow(/is over/)
  await clock.advance(60_000)
  expect(runtime.leases.workers()).toMatchObject([{ state: 'gone', leases: 0 }])
})

test('an input that does not fit any more fails its task, and the worker is not kept waiting for it', async () => {
  let least = 0
  const grown = defineTask({ kind: 'grown', remote: true, input: z.number().refine((value) => value >= least) })
  const store = memoryStore()
  const { SystemClock } = await import('../../src/kernel/system-clock.js')
  const runtime = new Runtime({ path: 'x', tasks: [grown], log: silent }, { store, clock: new SystemClock() })
  onTestFinished(() => runtime.stop())
  await runtime.start()
  const { id } = await runtime.enqueue('grown', 1)
  least = 2
  expect(await runtime.leases.take({ worker: 'w', kinds: ['grown'] })).toEqual([])
  expect(await codeOf(runtime.handle(id).finished())).toBe('ERR_TASK_FAILED')
  expect((await runtime.get(id))?.error?.code).toBe('ERR_INVALID_INPUT')
})

test('its route takes no slot of it, and counts it against its bound', async () => {
  const { runtime } = await started()
  await runtime.enqueue('far', null, { route: 'narrow' })
  expect(await codeOf(runtime.enqueue('far', null, { route: 'narrow' }))).toBe('ERR_QUEUE_FULL')
  expect(runtime.load().remote).toMatchObject([{ kind: 'far', queued: 1 }])
  await leased(runtime)
  expect(runtime.load().routes.find(({ route }) => route === 'narrow')).toMatchObject({ queued: 0, running: 0 })
})

test('a definition is played by one thing alone', () => {
  const made = (definition: object) => () =>
    new Runtime(
      { path: 'x', tasks: [defineTask(definition as never)], log: silent },
      { store: memoryStore(), clock: new SimulatedClock() },
    )
  expect(made({ kind: 'a', remote: true, run: () => null })).toThrow(/alone/)
  expect(made({ kind: 'a', remote: true, recover: () => null })).toThrow(/alone/)
  expect(made({ kind: 'a', remote: 1 })).toThrow(/remote: expected true/)
})
