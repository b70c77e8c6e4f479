/** What happens while one commit is on its way and another one has landed: runs that end just then, workers that ask. */
import { expect, onTestFinished, test } from 'vitest'
import type { Clock } from '../../src/kernel/clock.js'
import { SystemClock } from '../../src/kernel/system-clock.js'
import { type AnyDefinition, defineTask } from '../../src/runtime/define.js'
import { FaultyStore } from '../../src/testing/faulty-store.js'
import { memoryStore } from '../../src/testing/memory-store.js'
import { SimulatedClock } from '../../src/testing/simulated-clock.js'
import { codeOf, latch, next, runtimeOn } from './in-process.js'

const far = defineTask({ kind: 'far', remote: true, retry: { attempts: 50, delay: 0 } })
const near = defineTask({ kind: 'near', run: () => null })
const turn = () => new Promise<void>((resolve) => void setImmediate(resolve))
const large = (letter: string) => ({ text: letter.repeat(5_000) })

/** A runtime on a store that can hold batches back, and does not any more when the test is over. */
async function held(tasks: readonly AnyDefinition[], clock: Clock = new SystemClock()) {
  const store = new FaultyStore(memoryStore())
  const runtime = await runtimeOn(store, tasks, { routes: { one: { concurrency: 1 } } }, clock)
  onTestFinished(() => store.release())
  return { store, runtime }
}

/** One job that runs until it is let go, once it has begun. */
async function waiting(options: { readonly timeout?: number } = {}) {
  const { open: letGo, opened } = latch()
  const job = defineTask({
    kind: 'job',
    route: 'one',
    retry: { attempts: 3, delay: 1 },
    ...options,
    run: async ({ attempt }) => {
      if (attempt === 1) await opened
      return attempt
    },
  })
  const { store, runtime } = await held([job, near])
  const began = next('run.start')
  const task = await runtime.enqueue('job', undefined, { id: 't' })
  await began
  return { store, runtime, task, letGo }
}

test('a worker that fails a task and asks again at once gets it, whatever is committed beside', async () => {
  // The clock stands still: who is not called waits for ever.
  const runtime = await runtimeOn(memoryStore(), [far, near], {}, new SimulatedClock())
  await runtime.enqueue('far')
  let over = false
  const beside = (async () => {
    while (!over) await Promise.all([runtime.enqueue('near'), runtime.enqueue('near')])
  })()
  for (let attempt = 1; attempt <= 30; attempt++) {
    const [task] = await runtime.leases.take({ worker: 'w', kinds: ['far'], wait: '1m' })
    expect(task).toMatchObject({ kind: 'far', attempt })
    await runtime.leases.failure(task?.lease as string, { error: { message: 'no' } })
  }
  over = true
  await beside
})

test('workers are answered when a task is cancelled and retried while its start is committed, one run after the other', async () => {
  const { store, runtime } = await held([far, near], new SimulatedClock())
  await runtime.enqueue('far', undefined, { id: 't' })
  store.hold()
  const first = runtime.leases.take({ worker: 'a', kinds: ['far'], wait: '1m' })
  await store.heldBatches()
  const stopped = next('task.step', ({ event }) => event === 'cancel')
  const cancelled = runtime.cancel('t')
  await stopped
  const queued = next('task.step', ({ to }) => to === 'QUEUED')
  const retried = runtime.retry('t')
  await queued
  const second = runtime.leases.take({ worker: 'b', kinds: ['far'], wait: '1m' })
  store.release()
  await Promise.all([cancelled, retried])
  const [early] = await first
  const [late] = await second
  expect(late).toMatchObject({ id: 't' })
  expect(await runtime.get('t')).toMatchObject({ state: 'RUNNING', attempt: late?.attempt })
  if (early) expect(await codeOf(runtime.leases.success(early.lease, 1))).toBe('ERR_LEASE_LOST')
  await runtime.leases.success(late?.lease as string, 2)
  expect(await runtime.get('t')).toMatchObject({ state: 'FINISHED', result: 2 })
})

test('a large input that is being written is the input of its task', async () => {
  const { store, runtime } = await held([near])
  store.hold()
  const made = runtime.enqueue('near', large('a'), { id: 't', in: '1h' })
  await store.heldBatches()
  const again = runtime.reschedule('t', { input: large('b') })
  await turn()
  await turn()
  store.release()
  store.hold()
  await made
  // The input that it has now is on its way.
  await store.heldBatches()
  const same = runtime.enqueue('near', large('b'), { id: 't', in: '1h' })
  expect(await codeOf(runtime.enqueue('near', large('a'), { id: 't', in: '1h' }))).toBe('ERR_DUPLICATE_ID')
  store.release()
  expect(await again).toBeDefined()
  expect(await same).toMatchObject({ id: 't', created: false })
})

test('a task is retried whose run comes to its end while its timeout is committed', async () => {
  const { store, task, letGo } = await waiting({ timeout: 50 })
  store.hold()
  await store.heldBatches()
  const ended = next('run.end')
  letGo()
  await ended
  store.release()
  expect(await task.finished()).toBe(2)
})

test('a run that comes to its end while its cancel is committed is over, also when the disk fails then', async () => {
  const { store, runtime, task, letGo } = await waiting()
  store.hold()
  const cancelled = runtime.cancel('t')
  await store.heldBatches()
  const ended = next('run.end')
  letGo()
  await ended
  const joined = next('task.step')
  const lost = codeOf(runtime.enqueue('near'))
  await joined
  store.release()
  store.hold()
  await cancelled
  await store.heldBatches()
  const recovered = next('store.recovered')
  store.failNext()
  store.release()
  expect(await lost).toBe('ERR_COMMIT_UNKNOWN')
  await recovered
  expect(runtime.load()).toMatchObject({ runs: 0, routes: [{}, { route: 'one', running: 0 }] })
  await runtime.retry('t')
  expect(await task.finished()).toBe(2)
})

test('who writes into what it is shown of one task changes no other', async () => {
  const clock = new SimulatedClock()
  const runtime = await runtimeOn(memoryStore(), [near], {}, clock)
  await Promise.all(['a', 'b'].map((id) => runtime.enqueue('near', {}, { id, in: '5s' })))
  const spoil = (snapshot: { context: { history: readonly unknown[] } }) => {
    const history = snapshot.context.history as { state: string }[]
    for (const entry of history.reverse()) entry.state = 'SPOILT'
  }
  const actor = await runtime.task('a')
  spoil(actor.getSnapshot())
  actor.subscribe(spoil)
  await runtime.routes.pause('default')
  await runtime.reschedule(['a', 'b'], { in: 0 })
  const states = async (id: string) => (await runtime.get(id))?.history.map(({ state }) => state)
  expect(await states('a')).toEqual(['NONE', 'SPOOLED', 'QUEUED'])
  expect(await states('b')).toEqual(['NONE', 'SPOOLED', 'QUEUED'])
  await runtime.reschedule('b', { in: '3s' })
  expect(await states('b')).toEqual(['NONE', 'SPOOLED', 'QUEUED', 'SPOOLED'])
})

test('an actor of a task begins with what is on disk, and is shown what joins its commit meanwhile', async () => {
  const { store, runtime, task, letGo } = await waiting()
  store.hold()
  await Promise.all([store.heldBatches(), void runtime.enqueue('near')])
  const coming = runtime.task('t')
  const ended = next('run.end')
  // The batch that is let go and the one behind it are on disk when the run ends: its end is in the one after these.
  const beside = runtime.enqueue('near')
  store.release()
  store.hold()
  await store.heldBatches()
  letGo()
  await ended
  store.release()
  store.hold()
  const actor = await coming
  expect(actor.getSnapshot().value).toBe('RUNNING')
  const shown = new Promise((resolve) => actor.subscribe(({ value }) => value === 'FINISHED' && resolve(value)))
  await store.heldBatches()
  expect(actor.getSnapshot().value).toBe('RUNNING')
  store.release()
  await Promise.all([shown, beside, task.finished()])
})
