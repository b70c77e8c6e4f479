/** A run in a thread or process outlives a failing disk as an inline one does. */
import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'
import { SystemClock } from '../../src/kernel/system-clock.js'
import { Runtime } from '../../src/runtime/runtime.js'
import { FaultyStore } from '../../src/testing/faulty-store.js'
import { memoryStore } from '../../src/testing/memory-store.js'
import { cells, isolated, PLACES } from './isolated-lab.js'
import { facts, refusal, silent, temporaryDirectory } from './lab.js'

async function begun(place: (typeof PLACES)[number]) {
  const store = new FaultyStore(memoryStore())
  const tasks = [isolated('any', place)]
  const options = { path: 'in-process', tasks, log: silent, multitask: { workers: 2 } }
  const runtime = new Runtime(options, { store, clock: new SystemClock() })
  onTestFinished(() => runtime.stop().catch(() => undefined))
  await runtime.start()
  const from = join(await temporaryDirectory(), 'pipe')
  await promisify(execFile)('mkfifo', [from])
  return { store, runtime, from }
}

test.for(PLACES)('what the run comes to counts when the store is back (%s)', async (place) => {
  const { store, runtime, from } = await begun(place)
  const ends = facts('run.end')
  const recovered = facts('store.recovered')
  const started = facts('isolation.started')
  const task = await runtime.enqueue('any', { do: 'reads', from })
  await started.first()
  const finished = task.finished()
  store.failNext(1)
  expect(await refusal(runtime.enqueue('any', { do: 'look' }))).toMatchObject({ code: 'ERR_COMMIT_UNKNOWN' })
  await writeFile(from, 'in the meantime')
  await ends.first(({ id }) => id === task.id)
  await recovered.first()
  expect(await finished).toBe('in the meantime')
  expect(await runtime.get(task.id)).toMatchObject({ state: 'FINISHED', attempt: 1 })
})

test.for(PLACES)('a run that the disk failed under is interrupted, and runs again (%s)', async (place) => {
  const { store, runtime, from } = await begun(place)
  const at = cells()
  const task = await runtime.enqueue('any', { do: 'readsAndEmits', from })
  const finished = task.finished()
  await at.here(task.id)
  store.failNext(1)
  await writeFile(from, '')
  expect(await finished).toBe('recovered readsAndEmits at 2')
})

test.for(PLACES)('stopped while the disk is failing, nothing remains (%s)', async (place) => {
  const { store, runtime } = await begun(place)
  const at = cells()
  const task = await runtime.enqueue('any', { do: 'waits' })
  await at.here(task.id)
  store.failNext(Number.POSITIVE_INFINITY)
  await refusal(runtime.enqueue('any', { do: 'look' }))
  await runtime.stop()
  expect(at.there).toBe(0)
})
