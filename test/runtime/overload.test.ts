/** What happens when more is asked than the disk can take, and when the disk takes nothing. */
import { expect, onTestFinished, test } from 'vitest'
import { defineTask } from '../../src/index.js'
import { SystemClock } from '../../src/kernel/system-clock.js'
import { Runtime } from '../../src/runtime/runtime.js'
import { GroupCommit } from '../../src/store/commit.js'
import { FaultyStore } from '../../src/testing/faulty-store.js'
import { memoryStore } from '../../src/testing/memory-store.js'
import { facts, refusal, silent } from './lab.js'

const noop = defineTask({ kind: 'noop', run: () => 'done' })

async function onFaultyStore() {
  const store = new FaultyStore(memoryStore())
  const runtime = new Runtime({ path: 'memory', tasks: [noop], log: silent }, { store, clock: new SystemClock() })
  onTestFinished(() => runtime.stop())
  await runtime.start()
  return { store, runtime }
}

test('callers wait when too much waits for the disk, and beyond a bound they are refused with ERR_OVERLOADED', async () => {
  const store = memoryStore()
  await store.open()
  const nothing = () => undefined
  const hooks = {
    beforeLeaving: nothing,
    written: nothing,
    later: () => ({ clear: nothing }),
    now: () => 0,
    begun: nothing,
    departed: nothing,
    ended: nothing,
    landed: nothing,
    tidy: nothing,
    failed: nothing,
  }
  const commit = new GroupCommit(store, { ...hooks, effectFailed: nothing })
  expect(commit.room()).toBeUndefined()
  for (let i = 0; i < 20_000; i++) commit.put(`key${i}`, '')
  const rooms = Array.from({ length: 100_000 }, () => commit.room())
  expect(await refusal(() => commit.room())).toMatchObject({ code: 'ERR_OVERLOADED', hint: expect.any(String) })
  await Promise.all(rooms)
  expect(commit.room()).toBeUndefined()
})

test('a failed commit is ERR_COMMIT_UNKNOWN, and until the disk is back every call is ERR_DEGRADED', async () => {
  const { store, runtime } = await onFaultyStore()
  const degraded = facts('store.degraded')
  const recovered = facts('store.recovered')
  store.fail()
  const failed = await refusal(runtime.enqueue('noop', 1, { id: 'a' }))
  expect(failed).toMatchObject({ code: 'ERR_COMMIT_UNKNOWN', hint: expect.any(String) })
  expect(failed.cause).toMatchObject({ code: 'ERR_STORE_IO' })
  await degraded.first()
  expect(await refusal(runtime.enqueue('noop'))).toMatchObject({ code: 'ERR_DEGRADED' })
  expect(await refusal(runtime.cancel('a'))).toMatchObject({ code: 'ERR_DEGRADED' })
  store.mend()
  await recovered.first()
  const again = await runtime.enqueue('noop', 1, { id: 'a' })
  expect(await again.finished()).toBe('done')
})
