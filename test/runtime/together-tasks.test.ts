/** Parts that a task meets: gates, flows, keys, limits, groups and lazy durability, with a restart or a cut between them. */
import { expect, test } from 'vitest'
import { defineTask, type RunningTask } from '../../src/index.js'
import { door } from '../../src/testing/door.js'
import { Board } from '../support/board.js'
import { boot, facts, stations, temporaryDirectory } from './lab.js'

const MINUTE = 60_000

/** A kind whose tasks give what they depended on. */
const joins = defineTask({ kind: 'joins', run: (task: RunningTask) => task.dependencies() })
const noop = defineTask({ kind: 'noop', run: () => 'done' })
const fails = defineTask({
  kind: 'fails',
  run: (): null => {
    throw new Error('no')
  },
})

test('a run that a gate interrupted gives back the slot it took, whatever its task was replaced by', async () => {
  const online = door(true)
  const at = stations()
  const upload = defineTask({
    kind: 'upload',
    onGateClose: 'interrupt',
    gates: ['online'],
    concurrency: { limit: 1, by: (input) => (input as { camera: string }).camera },
    run: async ({ attempt, id }: RunningTask<{ camera: string }>) => {
      if (attempt === 1 && id !== 'next') await at.stop('deaf')
    },
  })
  const runtime = await boot({ tasks: [upload, noop], gates: { online: online.definition } })
  const ends = facts('run.end')
  const first = await runtime.enqueue('upload', { camera: 'a' }, { key: 'file' })
  await at.reached('deaf')
  const back = facts('task.committed').next(({ id, to }) => id === first.id && to === 'QUEUED')
  online.set(false)
  await back
  const again = await runtime.enqueue('upload', { camera: 'b' }, { key: 'file', replace: true })
  expect(again.created).toBe(false)
  at.pass('deaf')
  await ends.first(({ id }) => id === first.id)
  online.set(true)
  await again.finished()
  const next = await runtime.enqueue('upload', { camera: 'a' }, { id: 'next' })
  const last = await runtime.enqueue('upload', { camera: 'b' })
  await Promise.all([next.finished(), last.finished()])
  expect(await first.get()).toMatchObject({ state: 'FINISHED', concurrencyKey: 'b', attempt: 2 })
})

test('the window of a throttled key is that of its kind, also when the kind has another name after a restart', async () => {
  const path = await temporaryDirectory()
  const old = await boot({ path, tasks: [defineTask({ kind: 'old', run: () => 'old' })] })
  const first = await old.enqueue('old', null, { key: 'k', throttle: '1h' })
  await first.finished()
  await old.stop()
  const renamed = defineTask({ kind: 'new', aliases: ['old'], run: () => 'new' })
  const runtime = await boot({ path, tasks: [renamed] })
  for (const name of ['new', 'old'] as const) {
    const again = await runtime.enqueue(name as 'new', null, { key: 'k', throttle: '1h' })
    expect([again.id, again.created]).toEqual([first.id, false])
  }
})

test('a task that depends on a lazy one takes it to the disk with it', async () => {
  const it = new Board()
  await it.start({ tasks: [joins] })
  const parent = await it.runtime.enqueue('work', 1, { durability: 'lazy', id: 'reading' })
  const child = await it.runtime.enqueue('joins', null, { dependsOn: [parent.id], id: 'sum' })
  await it.kill()
  expect(await it.runtime.get(child.id)).toBeDefined()
  await it.pass(11_000, 1_000)
  expect(await it.runtime.handle('sum').finished()).toMatchObject([{ id: 'reading', state: 'FINISHED' }])
})

test('lazy tasks that are debounced or throttled cost no commit of their own, however often they are asked for', async () => {
  const it = new Board()
  await it.start()
  const begun = it.facts('commit.begin')
  const ask = (n: number) => it.runtime.enqueue('work', n, { durability: 'lazy', key: 'k', debounce: '6s' })
  await ask(0)
  await it.pass(5_000)
  expect(begun.length).toBe(1)
  for (let n = 1; n < 50; n++) {
    await ask(n)
    await it.runtime.enqueue('work', n, { durability: 'lazy', key: 'w', throttle: '1h' })
  }
  await it.settled()
  expect(begun.length).toBe(1)
  await it.pass(5_000)
  await it.kill()
  await it.pass(15_000, 1_000)
  const found = (await it.runtime.find({ kind: 'work' })).items.map(({ key, input, state }) => [key, input, state])
  expect(found.sort()).toEqual([
    ['k', 49, 'FINISHED'],
    ['w', 1, 'FINISHED'],
  ])
})

test('a task that waits for its retry is replaced by hand, and whoever depends on it waits for what it is now', async () => {
  const path = await temporaryDirectory()
  const moody = defineTask({
    kind: 'moody',
    retry: { attempts: 3, delay: '1h' },
    run: ({ input }: RunningTask<{ ok: boolean }>) => {
      if (!input.ok) throw new Error('no')
      return 'yes'
    },
  })
  const tasks = [moody, joins]
  const runtime = await boot({ path, tasks })
  const failed = facts('task.committed').first(({ to }) => to === 'FAILED')
  const parent = await runtime.enqueue('moody', { ok: false }, { key: 'k' })
  const child = await runtime.enqueue('joins', null, { dependsOn: [parent.id] })
  await failed
  await runtime.stop()
  const next = await boot({ path, tasks })
  const again = await next.enqueue('moody', { ok: true }, { key: 'k', replace: true })
  expect(again.id).toBe(parent.id)
  expect(await next.handle(child.id).finished()).toEqual([{ id: parent.id, state: 'FINISHED', result: 'yes' }])
})

test('cancel of a group reaches its dependents elsewhere, and what it queued behind a full key and a spent rate goes too', async () => {
  const path = await temporaryDirectory()
  const paced = defineTask({
    kind: 'paced',
    rateLimit: { limit: 1, per: '1h' },
    concurrency: { limit: 1 },
    run: () => 1,
  })
  const tasks = [paced, joins]
  const runtime = await boot({ path, tasks })
  const many = Array.from({ length: 20 }, (_, n) => ({ kind: 'paced' as const, id: `p${n}`, group: 'g' }))
  const [first] = await runtime.enqueueMany(many)
  await first?.finished()
  const outside = await runtime.enqueue('joins', null, { dependsOn: many.slice(1).map(({ id }) => id) })
  expect(await runtime.cancel({ group: 'g', state: ['SPOOLED', 'QUEUED', 'RUNNING'] })).toBe(19)
  await outside.finished().catch(() => undefined)
  await runtime.stop()
  const next = await boot({ path, tasks })
  expect(await next.get(outside.id)).toMatchObject({ state: 'TERMINATED', reason: 'cancelled' })
  expect(await next.count({ group: 'g', state: 'TERMINATED' })).toBe(19)
  expect((await next.routes.list()).find(({ name }) => name === 'default')).toMatchObject({ queued: 0, running: 0 })
})

test('each start of a run that a gate interrupts spends a token: a gate that flaps cannot pass the rate', async () => {
  const it = new Board()
  const online = door(true)
  const upload = defineTask({
    kind: 'upload',
    gates: ['online'],
    onGateClose: 'interrupt',
    rateLimit: { limit: 2, per: '1h' },
    run: ({ signal }) => new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve())),
  })
  await it.start({ tasks: [upload], gates: { online: online.definition } })
  const starts = it.facts('run.start')
  const task = await it.runtime.enqueue('upload')
  for (const open of [false, true, false, true]) {
    online.set(open)
    await it.settled()
  }
  expect([starts.length, (await task.get())?.state]).toEqual([2, 'QUEUED'])
  await it.kill()
  expect([starts.length, (await it.runtime.get(task.id))?.state]).toEqual([2, 'QUEUED'])
  await it.pass(31 * MINUTE)
  expect([starts.length, (await it.runtime.get(task.id))?.state]).toEqual([3, 'RUNNING'])
  await it.runtime.cancel(task.id)
})

test('one that is let go into a paused route waits there, and the pause, its result and its place live over a kill', async () => {
  const it = new Board()
  await it.start({ tasks: [joins, fails], routes: { aside: {} } })
  await it.runtime.routes.pause('aside')
  const parents = ['a', 'b'].map((id) => ({ kind: 'work', id }))
  const [, , child] = await it.runtime.enqueueMany([
    ...parents,
    { kind: 'joins', id: 'child', route: 'aside', dependsOn: ['b', 'a'] },
  ])
  await it.settled()
  await it.kill()
  expect(await it.runtime.get('child')).toMatchObject({ state: 'QUEUED', attempt: 0 })
  await it.runtime.routes.resume('aside')
  expect(await it.runtime.handle(child?.id as string).finished()).toMatchObject([{ id: 'b' }, { id: 'a' }])
})

test('who waits behind a pause is in no hurry: a lazy task that ends costs no commit for it', async () => {
  const it = new Board()
  await it.start({ routes: { one: { concurrency: 1 } } })
  const lazy = { durability: 'lazy', route: 'one' } as const
  const task = await it.runtime.enqueue('slow', null, lazy)
  await it.pass(5_000)
  await it.runtime.enqueue('slow', null, { route: 'one' })
  await it.runtime.routes.pause('one')
  await it.settled()
  const begun = it.facts('commit.begin')
  it.slow.get(task.id)?.finish()
  await it.settled()
  expect([begun.length, (await task.get())?.state]).toEqual([0, 'RUNNING'])
  await it.pass(5_000)
  expect([begun.length, (await task.get())?.state]).toEqual([1, 'FINISHED'])
})
