/** A kind that was renamed: what was made under its old name goes on under the new one. */
import { expect, test } from 'vitest'
import { fromPromise, setup } from 'xstate'
import { defineTask } from '../../src/index.js'
import { boot, NEAR, onDisk, refusal, stations, temporaryDirectory } from './lab.js'

const old = defineTask({ kind: 'old', run: () => 'old' })
const renamed = defineTask({ kind: 'new', aliases: ['old', 'older'], run: (task) => task.kind })
const parent = defineTask({ kind: 'parent', run: () => 'parent' })

test('queued, near, sleeping and ended tasks of the old name are tasks of the new one', async () => {
  const path = await temporaryDirectory()
  const before = await boot({ path, tasks: [old] })
  await before.routes.pause('default')
  await before.enqueue('old', null, { id: 'queued' })
  await before.enqueue('old', null, { id: 'near', in: NEAR })
  await before.enqueue('old', null, { id: 'asleep', in: '1h', group: 'g' })
  await before.routes.resume('default')
  await (await before.enqueue('old', null, { id: 'ended' })).finished()
  await before.routes.pause('default')
  await before.enqueue('old', null, { id: 'later' })
  await before.stop()
  const runtime = await boot({ path, tasks: [renamed] })
  const ids = async (query: object) => (await runtime.find(query)).items.map(({ id }) => id).toSorted()
  for (const kind of ['new', 'old', 'older']) {
    expect(await ids({ kind, state: ['SPOOLED', 'QUEUED'] })).toEqual(['asleep', 'later', 'near'])
    expect(await ids({ kind, state: 'FINISHED' })).toEqual(['ended', 'queued'])
  }
  expect(await ids({ kind: 'old', group: 'g' })).toEqual(['asleep'])
  expect(await ids({ kind: 'other' })).toEqual([])
  expect(await runtime.get('asleep')).toMatchObject({ kind: 'new' })
  await runtime.routes.resume('default')
  await runtime.reschedule({ kind: 'old' }, { in: 0 })
  for (const id of ['asleep', 'near', 'later']) expect(await runtime.handle(id).finished()).toBe('new')
  expect(await (await runtime.enqueue('old' as 'new')).finished()).toBe('new')
  await runtime.stop()
  const kinds = await onDisk(path, async (database) => {
    const texts = await database.values({ gt: 'e!', lt: 'e"' }).all()
    return texts.map((text) => (JSON.parse(text) as { k: string }).k)
  })
  // Those that ended before the rename are read as new, and were not written since.
  expect(kinds.filter((kind) => kind === 'new')).toHaveLength(4)
})

test('a key held under the old name is found, kept when its task is written anew, and freed', async () => {
  const path = await temporaryDirectory()
  const before = await boot({ path, tasks: [old] })
  await before.enqueue('old', null, { id: 'a', key: 'k', in: '1h' })
  await before.enqueue('old', null, { id: 'b', key: 'n', in: NEAR })
  await before.stop()
  const between = await boot({ path, tasks: [renamed] })
  for (const kind of ['new', 'old', 'older'] as 'new'[]) {
    expect(await between.enqueue(kind, null, { key: 'k' })).toMatchObject({ id: 'a', created: false })
    expect(await between.enqueue(kind, null, { key: 'n' })).toMatchObject({ id: 'b', created: false })
  }
  await between.reschedule('a', { in: '2h' })
  await between.stop()
  const keys = () => onDisk(path, (database) => database.keys({ gt: 'k!', lt: 'k"' }).all())
  expect(await keys()).toEqual(['k!new!k', 'k!old!n'])
  const runtime = await boot({ path, tasks: [renamed] })
  expect(await runtime.enqueue('new', null, { key: 'k' })).toMatchObject({ id: 'a', created: false })
  await runtime.cancel(['a', 'b'])
  for (const key of ['k', 'n']) {
    const next = await runtime.enqueue('old' as 'new', null, { key })
    expect(next.created).toBe(true)
    await next.finished()
  }
  await runtime.stop()
  expect(await keys()).toEqual([])
})

test('a task that ended under the old name takes its key back when it is retried, unless another has it', async () => {
  const path = await temporaryDirectory()
  const failing = defineTask({
    kind: 'old',
    run: () => {
      throw new Error('never')
    },
  })
  const before = await boot({ path, tasks: [failing] })
  await refusal((await before.enqueue('old', null, { id: 'dead', key: 'k' })).finished())
  await before.stop()
  const runtime = await boot({ path, tasks: [renamed] })
  await runtime.enqueue('new', null, { id: 'holder', key: 'k', in: '1h' })
  expect(await refusal(runtime.retry('dead'))).toMatchObject({ code: 'ERR_ILLEGAL_TRANSITION' })
  await runtime.cancel('holder')
  await runtime.routes.pause('default')
  await runtime.retry('dead')
  expect(await runtime.enqueue('old' as 'new', null, { key: 'k' })).toMatchObject({ id: 'dead', created: false })
  await runtime.stop()
  expect(await onDisk(path, (database) => database.keys({ gt: 'k!', lt: 'k"' }).all())).toEqual(['k!new!k'])
})

test('a follow-up that names the old kind is made, and meets the holder of its key', async () => {
  const path = await temporaryDirectory()
  const before = await boot({ path, tasks: [old, parent] })
  await before.enqueue('old', null, { id: 'holder', key: 'k', in: '1h' })
  await before.enqueue('parent', null, { id: 'p', in: '1h', onSuccess: [{ kind: 'old', key: 'k' }, { kind: 'old' }] })
  await before.stop()
  const runtime = await boot({ path, tasks: [renamed, parent] })
  await runtime.reschedule('p', { in: 0 })
  await runtime.handle('p').finished()
  const { items } = await runtime.find({ kind: 'new' })
  expect(items.map(({ id, cause }) => [id === 'holder', cause?.id]).toSorted()).toEqual([
    [false, 'p'],
    [true, undefined],
  ])
})

test('a machine in flight goes on under the new name', async () => {
  const path = await temporaryDirectory()
  const at = stations()
  const call = fromPromise(({ input }: { input: string }) => at.stop(input))
  const machine = setup({ actors: { call } }).createMachine({
    initial: 'a',
    states: { a: { invoke: { src: 'call', input: 'a', onDone: 'over' } }, over: { type: 'final' } },
  })
  const before = await boot({ path, tasks: [defineTask({ kind: 'old', machine })] })
  await before.enqueue('old', undefined, { id: 'm' })
  await at.reached('a')
  await before.stop()
  const runtime = await boot({ path, tasks: [defineTask({ kind: 'new', aliases: ['old'], machine })] })
  at.pass('a')
  await runtime.handle('m').finished()
  expect(await runtime.get('m')).toMatchObject({ kind: 'new', state: 'FINISHED', attempt: 1 })
})

test('settings, a retirement and what a rate has spent go along', async () => {
  const path = await temporaryDirectory()
  const rateLimit = { limit: 1, per: '1h' } as const
  const before = await boot({ path, tasks: [defineTask({ kind: 'old', rateLimit, run: () => null })] })
  await (await before.enqueue('old')).finished()
  await before.kinds.set('old', { n: 1 })
  await before.kinds.retire('old')
  await before.stop()
  const tasks = [defineTask({ kind: 'new', aliases: ['old'], rateLimit, run: () => null })] as const
  const between = await boot({ path, tasks })
  expect(await between.kinds.get('new')).toMatchObject({ settings: { n: 1 }, retired: true, rateLimit: { tokens: 0 } })
  await between.kinds.restore('old')
  await between.stop()
  const runtime = await boot({ path, tasks })
  expect(await runtime.kinds.get('new')).toMatchObject({ settings: { n: 1 }, retired: false })
})

test('what was quarantined for its unknown kind comes back when the kind has its alias', async () => {
  const path = await temporaryDirectory()
  const before = await boot({ path, tasks: [old] })
  await before.enqueue('old', null, { id: 'q', in: NEAR })
  await before.stop()
  const without = await boot({ path, tasks: [parent] })
  expect((await without.quarantine.list()).map(({ id }) => id)).toEqual(['q'])
  await without.stop()
  const runtime = await boot({ path, tasks: [renamed] })
  expect(await runtime.quarantine.retry('q')).toBe(true)
  await runtime.reschedule('q', { in: 0 })
  expect(await runtime.handle('q').finished()).toBe('new')
})

test('an alias that is a kind too, or twice an alias, is refused', async () => {
  const clash = [
    [renamed, old],
    [old, renamed],
    [renamed, defineTask({ kind: 'third', aliases: ['older'], run: () => null })],
    [defineTask({ kind: 'self', aliases: ['self'], run: () => null })],
    [defineTask({ kind: 'twice', aliases: ['x', 'x'], run: () => null })],
  ]
  for (const tasks of clash) {
    const error = await refusal(boot({ tasks }))
    expect(error).toMatchObject({ code: 'ERR_DUPLICATE_KIND', hint: expect.any(String) })
    expect(error.message).toMatch(/an alias of/)
  }
})
