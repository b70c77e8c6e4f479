/** What is in flight when the disk fails, beside functions that go on: machines, and runs whose outcome nobody wants. */
import { expect, test } from 'vitest'
import { fromPromise, setup } from 'xstate'
import { defineTask } from '../../src/runtime/define.js'
import type { Runtime } from '../../src/runtime/runtime.js'
import { FaultyStore } from '../../src/testing/faulty-store.js'
import { memoryStore } from '../../src/testing/memory-store.js'
import { codeOf, latch, next, noting, runtimeOn, settled } from './in-process.js'

/** One commit fails, and the runtime gets over it. */
async function failOnce(store: FaultyStore, runtime: Runtime): Promise<void> {
  const recovered = next('store.recovered')
  store.failNext(1)
  expect(await codeOf(runtime.enqueue('plain', {}))).toBe('ERR_COMMIT_UNKNOWN')
  await recovered
}

test('the invoke of a machine starts again, in the same attempt, and a drain waits for it', async () => {
  const store = new FaultyStore(memoryStore())
  let calls = 0
  const { open, opened } = latch()
  const call = fromPromise(async () => {
    calls++
    await opened
  })
  const machine = setup({ actors: { call } }).createMachine({
    initial: 'calling',
    states: { calling: { invoke: { src: 'call', onDone: 'over' } }, over: { type: 'final' } },
  })
  const runtime = await runtimeOn(store, [defineTask({ kind: 'machine', machine }), noting('plain', [])])
  const started = next('machine.effect')
  const task = await runtime.enqueue('machine', undefined, { id: 'machine' })
  const finished = task.finished()
  await started
  const again = next('machine.effect')
  await failOnce(store, runtime)
  await again
  expect(calls).toBe(2)
  const stopped = runtime.stop({ drain: '1h' })
  open()
  await finished
  await stopped
})

test('a run that was timed out still keeps its task from starting until it settles', async () => {
  const store = new FaultyStore(memoryStore())
  const runs: string[] = []
  const { open, opened } = latch()
  const runtime = await runtimeOn(store, [noting('deaf', runs, opened), noting('plain', [])])
  const late = next('task.committed', ({ to }) => to === 'TERMINATED')
  await runtime.enqueue('deaf', {}, { id: 'deaf', timeout: 20, retry: { attempts: 2, delay: 1 } })
  await late
  await failOnce(store, runtime)
  // The retry is due by now, and everything that could start has had its turn.
  await (await runtime.enqueue('plain', {})).finished()
  expect(runs).toEqual(['deaf#1'])
  open()
  await settled(runtime)
  expect(runs).toEqual(['deaf#1', 'deaf#2'])
  expect(await runtime.get('deaf')).toMatchObject({ state: 'FINISHED', attempt: 2 })
})
