/** A clean stop: running tasks get their time, then they are interrupted and kept. */
import { expect, test } from 'vitest'
import { createMachine, fromPromise, setup } from 'xstate'
import { defineTask } from '../../src/runtime/define.js'
import type { Store } from '../../src/store/store.js'
import { memoryStore } from '../../src/testing/memory-store.js'
import { all as entries } from '../support/stores.js'
import { diskOf, type StoredTask } from './disk.js'
import { all, codeOf, latch, next, noting, runtimeOn, settled } from './in-process.js'

/** A task as a stopped runtime left it. */
async function kept(store: Store, id: string): Promise<StoredTask | undefined> {
  await store.open()
  return diskOf(await entries(store)).tasks.get(id)
}

/** A function that runs until it is told to stop, and notes why. */
function endless(kind: string, reasons: unknown[], options: object = {}) {
  return defineTask({
    kind,
    ...options,
    run: (task: { signal: AbortSignal }) =>
      new Promise<void>((_, reject) => {
        task.signal.addEventListener('abort', () => {
          reasons.push((task.signal.reason as { code?: string }).code)
          reject(task.signal.reason)
        })
      }),
  })
}

test('a task that ends within the drain has ended, durably, and its follow-ups are kept', async () => {
  const store = memoryStore()
  const runs: string[] = []
  const { open, opened } = latch()
  const runtime = await runtimeOn(store, [noting('work', runs, opened), noting('next', runs)])
  const begun = next('run.start')
  const task = await runtime.enqueue('work', {}, { id: 'work', onSuccess: { kind: 'next' } })
  await begun
  const end = task.finished()
  const stopped = runtime.stop({ drain: '1h' })
  expect(await codeOf(runtime.enqueue('work', {}))).toBe('ERR_STOPPED')
  open()
  expect(await end).toEqual({ of: 'work' })
  await stopped
  expect(runs).toEqual(['work#1'])
  expect((await kept(store, 'work'))?.state).toBe('FINISHED')
  const second = await runtimeOn(store, [noting('work', runs), noting('next', runs)])
  await settled(second)
  expect(runs.length).toBe(2)
})

test('past the drain it is told to stop, kept QUEUED, and runs again at the next start with attempt + 1', async () => {
  const store = memoryStore()
  const reasons: unknown[] = []
  const runs: string[] = []
  const runtime = await runtimeOn(store, [endless('work', reasons)])
  const begun = next('run.start')
  const task = await runtime.enqueue('work', {}, { id: 'work' })
  await begun
  const end = codeOf(task.finished())
  await runtime.stop({ drain: 20 })
  expect(await end).toBe('ERR_STOPPED')
  expect(reasons).toEqual(['drained'])
  expect(await kept(store, 'work')).toMatchObject({ state: 'QUEUED', context: { attempt: 1, failures: 0 } })
  const second = await runtimeOn(store, [noting('work', runs)])
  await (await second.enqueue('work', {}, { id: 'work' })).finished()
  expect(runs).toEqual(['work#2'])
  expect(await second.get('work')).toMatchObject({ state: 'FINISHED', attempt: 2 })
})

test('what an interrupted run comes to after all is ignored', async () => {
  const store = memoryStore()
  const runs: string[] = []
  const { open, opened } = latch()
  const runtime = await runtimeOn(store, [noting('deaf', runs, opened), noting('next', runs)])
  const begun = next('run.start')
  await runtime.enqueue('deaf', {}, { id: 'deaf', onSuccess: { kind: 'next' } })
  await begun
  await runtime.stop()
  const late = next('run.late')
  open()
  await late
  expect((await kept(store, 'deaf'))?.state).toBe('QUEUED')
  const second = await runtimeOn(store, [noting('deaf', runs), noting('next', runs)])
  await settled(second)
  expect(runs.filter((run) => run.startsWith('deaf'))).toEqual(['deaf#1', 'deaf#2'])
  expect(await second.count({ kind: 'next' })).toBe(1)
})

test('at-most-once is not kept for another run: it ends TERMINATED interrupted', async () => {
  const store = memoryStore()
  const runtime = await runtimeOn(store, [endless('once', [], { delivery: 'at-most-once' })])
  const begun = next('run.start')
  const task = await runtime.enqueue('once', {}, { id: 'once' })
  const end = codeOf(task.finished())
  await begun
  await runtime.stop()
  expect(await end).toBe('ERR_TASK_TERMINATED')
  expect(await kept(store, 'once')).toMatchObject({ state: 'TERMINATED', context: { reason: 'interrupted' } })
})

test('a machine goes on in the state it was in, in the same attempt', async () => {
  const store = memoryStore()
  const calls: string[] = []
  const { open, opened } = latch()
  const machine = setup({
    actors: {
      call: fromPromise(async () => {
        calls.push('call')
        await opened
      }),
    },
  }).createMachine({
    initial: 'first',
    states: {
      first: { after: { 1: 'second' } },
      second: { invoke: { src: 'call', onDone: 'done' } },
      done: { type: 'final' },
    },
  })
  const walk = defineTask({ kind: 'walk', machine })
  const parked = defineTask({
    kind: 'parked',
    machine: createMachine({ initial: 'a', states: { a: { on: { go: 'b' } }, b: { type: 'final' } } }),
  })
  const runtime = await runtimeOn(store, [walk, parked])
  const called = next('machine.effect', ({ effect }) => String(effect).startsWith('start'))
  await runtime.enqueue('walk', undefined, { id: 'walk' })
  await runtime.enqueue('parked', undefined, { id: 'parked' })
  await called
  await runtime.stop()
  expect(await kept(store, 'walk')).toMatchObject({ state: 'RUNNING', context: { attempt: 1 } })
  open()
  const second = await runtimeOn(store, [walk, parked])
  await (await second.enqueue('walk', undefined, { id: 'walk' })).finished()
  await second.send('parked', { type: 'go' })
  await (await second.enqueue('parked', undefined, { id: 'parked' })).finished()
  expect(calls).toEqual(['call', 'call'])
  expect(await second.get('walk')).toMatchObject({ state: 'FINISHED', attempt: 1 })
})

test('a second stop() is the same stop', async () => {
  const runtime = await runtimeOn(memoryStore(), [endless('work', [])])
  const begun = next('run.start')
  await runtime.enqueue('work', {}, { id: 'work' })
  await begun
  const stopped = all('runtime.stopped')
  await Promise.all([runtime.stop({ drain: 10 }), runtime.stop({ drain: '1h' }), runtime.done])
  await runtime.stop()
  expect(stopped.length).toBe(1)
})

test('a stop is a clean one: the next start writes nothing for tasks that only wait', async () => {
  const store = memoryStore()
  const runtime = await runtimeOn(store, [noting('work', [])])
  await runtime.enqueue('work', {}, { id: 'far', in: '1h' })
  await runtime.stop()
  const commits = all('commit.begin')
  const second = await runtimeOn(store, [noting('work', [])])
  expect((await second.get('far'))?.state).toBe('SPOOLED')
  await second.stop()
  expect(commits.filter(({ ops }) => ops !== 0)).toEqual([])
})
