/** A key makes a task one: while it has not ended, enqueue returns it. */
import { expect, test } from 'vitest'
import { defineTask } from '../../src/index.js'
import { boot, refusal, stations, temporaryDirectory } from './lab.js'

const noop = defineTask({ kind: 'noop', run: () => 'done' })
const other = defineTask({ kind: 'other', run: () => null })

test('a second task with the key of one that has not ended is that one', async () => {
  const runtime = await boot({ tasks: [noop] })
  const first = await runtime.enqueue('noop', { n: 1 }, { key: 'a.jpg', in: '1h' })
  const second = await runtime.enqueue('noop', { n: 2 }, { key: 'a.jpg' })
  expect([first.created, second.created]).toEqual([true, false])
  expect(second.id).toBe(first.id)
  expect(await first.get()).toMatchObject({ key: 'a.jpg', input: { n: 1 } })
  expect(await runtime.count()).toBe(1)
})

test('two calls at once with one key make one task, and both are its handle', async () => {
  const runtime = await boot({ tasks: [noop] })
  const [a, b, c] = await Promise.all([1, 2, 3].map((n) => runtime.enqueue('noop', { n }, { key: 'x/y with spaces!' })))
  expect([a?.created, b?.created, c?.created].filter(Boolean)).toHaveLength(1)
  expect(new Set([a?.id, b?.id, c?.id]).size).toBe(1)
  expect(await b?.finished()).toBe('done')
})

test('two tasks of one call with one key are one', async () => {
  const runtime = await boot({ tasks: [noop] })
  const [a, b] = await runtime.enqueueMany([
    { kind: 'noop', key: 'k' },
    { kind: 'noop', key: 'k' },
  ])
  expect([a?.created, b?.created, a?.id === b?.id]).toEqual([true, false, true])
})

test('kinds do not share keys', async () => {
  const runtime = await boot({ tasks: [noop, other] })
  await runtime.enqueue('noop', null, { key: 'k', paused: true })
  expect((await runtime.enqueue('other', null, { key: 'k', paused: true })).created).toBe(true)
})

test('a key is free again when its task has ended: finished, cancelled or dead', async () => {
  const fails = defineTask({
    kind: 'fails',
    run: (): null => {
      throw new Error('no')
    },
  })
  const runtime = await boot({ tasks: [noop, fails] })
  const done = await runtime.enqueue('noop', null, { key: 'k' })
  await done.finished()
  const cancelled = await runtime.enqueue('noop', null, { key: 'k', in: '1h' })
  expect(cancelled.created).toBe(true)
  await runtime.cancel(cancelled.id)
  expect((await runtime.enqueue('noop', null, { key: 'k' })).created).toBe(true)
  const dead = await runtime.enqueue('fails', null, { key: 'k' })
  await refusal(dead.finished())
  expect((await runtime.enqueue('fails', null, { key: 'k' })).created).toBe(true)
})

test('a failed task that is to be retried holds its key', async () => {
  const at = stations()
  const fails = defineTask({
    kind: 'fails',
    retry: { attempts: 2, delay: '1h' },
    run: (): null => {
      at.stop('run')
      throw new Error('no')
    },
  })
  const runtime = await boot({ tasks: [fails] })
  const first = await runtime.enqueue('fails', null, { key: 'k' })
  await at.reached('run')
  expect(await runtime.enqueue('fails', null, { key: 'k' })).toMatchObject({ id: first.id, created: false })
})

test('a task makes its successor under its own key', async () => {
  const left = { count: 3 }
  const chain = defineTask({
    kind: 'chain',
    run: async (task: { id: string; enqueue(kind: string, input: unknown, options: object): Promise<string> }) => {
      if (left.count-- > 0) await task.enqueue('chain', null, { key: 'the one', group: 'chain' })
      return left.count
    },
  })
  const runtime = await boot({ tasks: [chain] })
  let id: string | undefined = (await runtime.enqueue('chain', null, { key: 'the one', group: 'chain' })).id
  const ids: string[] = []
  while (id !== undefined) {
    ids.push(id)
    await runtime.enqueue('chain', null, { id }).then((task) => task.finished())
    const next = await runtime.find({ group: 'chain' })
    id = next.items.find((item) => item.cause?.id === ids.at(-1))?.id
  }
  expect(ids).toHaveLength(4)
  expect((await runtime.enqueue('chain', null, { key: 'the one' })).created).toBe(true)
})

test('a follow-up may take the key that its parent frees', async () => {
  const runtime = await boot({ tasks: [noop] })
  const parent = await runtime.enqueue('noop', 'first', {
    key: 'k',
    onSuccess: { kind: 'noop', key: 'k', paused: true },
  })
  await parent.finished()
  const holder = await runtime.enqueue('noop', null, { key: 'k' })
  expect(holder.created).toBe(false)
  expect(await holder.get()).toMatchObject({ input: 'done', cause: { id: parent.id, state: 'FINISHED' } })
})

test('a sleeping task holds its key over a restart', async () => {
  const path = await temporaryDirectory()
  const before = await boot({ path, tasks: [noop] })
  const first = await before.enqueue('noop', 1, { key: 'k', in: '1h' })
  await before.stop()
  const runtime = await boot({ path, tasks: [noop] })
  const calls = await Promise.all([2, 3].map((n) => runtime.enqueue('noop', n, { key: 'k' })))
  expect(calls.map(({ id, created }) => [id, created])).toEqual([
    [first.id, false],
    [first.id, false],
  ])
})

test('many sleeping tasks hold their keys though memory has room for few', async () => {
  const path = await temporaryDirectory()
  const tasks = Array.from({ length: 100 }, (_, n) => ({ kind: 'noop' as const, key: `k${n}`, in: '1h' }))
  const before = await boot({ path, tasks: [noop], limits: { live: 10 } })
  await before.enqueueMany(tasks)
  await before.stop()
  const runtime = await boot({ path, tasks: [noop], limits: { live: 10 } })
  const again = await runtime.enqueueMany(tasks)
  expect(again.filter(({ created }) => created)).toHaveLength(0)
  expect(await runtime.count()).toBe(100)
})

test('by hand a task is not put back while another holds its key', async () => {
  const runtime = await boot({ tasks: [noop] })
  const first = await runtime.enqueue('noop', null, { key: 'k', in: '1h' })
  await runtime.cancel(first.id)
  const second = await runtime.enqueue('noop', null, { key: 'k', in: '1h' })
  expect(await refusal(runtime.retry(first.id))).toMatchObject({ code: 'ERR_ILLEGAL_TRANSITION' })
  await runtime.cancel(second.id)
  expect(await runtime.retry(first.id)).toBe(1)
  expect(await first.finished()).toBe('done')
})

test('put back by hand, a task holds its key again, over a restart too', async () => {
  const path = await temporaryDirectory()
  const at = stations()
  const held = defineTask({ kind: 'held', run: () => at.stop('run') })
  const before = await boot({ path, tasks: [held] })
  const first = await before.enqueue('held', null, { key: 'k', in: '1h' })
  await before.cancel(first.id)
  await before.retry(first.id)
  expect(await before.enqueue('held', null, { key: 'k' })).toMatchObject({ id: first.id, created: false })
  await before.stop()
  const runtime = await boot({ path, tasks: [held] })
  expect(await runtime.enqueue('held', null, { key: 'k' })).toMatchObject({ id: first.id, created: false })
})

test('a follow-up made by a time limit finds the sleeping holder of its key', async () => {
  const path = await temporaryDirectory()
  const slow = defineTask({
    kind: 'slow',
    run: ({ signal }) => new Promise((_, no) => signal.addEventListener('abort', no)),
  })
  const before = await boot({ path, tasks: [noop, slow] })
  const holder = await before.enqueue('noop', null, { key: 'k', in: '1h' })
  await before.stop()
  const runtime = await boot({ path, tasks: [noop, slow] })
  const task = await runtime.enqueue('slow', null, { timeout: 20, onFailure: { kind: 'noop', key: 'k', in: '1h' } })
  await refusal(task.finished())
  const found = await runtime.find({ kind: 'noop' })
  expect(found.items.map(({ id }) => id)).toEqual([holder.id])
})
