/** Kinds at run time: settings, retirement, names they had before, and what the API is to know of them. */
import { expect, test } from 'vitest'
import { z } from 'zod'
import { defineTask, type RunningTask, type TaskLog } from '../../src/index.js'
import { boot, deferred, facts, onDisk, refusal, silent, stations, temporaryDirectory } from './lab.js'

const Poll = z.object({ url: z.url(), every: z.number().min(1), headers: z.record(z.string(), z.string()).default({}) })
const defaults = { url: 'https://example.org/', every: 10 }
const poll = defineTask({ kind: 'poll', settings: { schema: Poll, defaults }, run: (task) => task.settings })
const plain = defineTask({ kind: 'plain', run: (task) => task.settings })

test('settings are read by the run, changed without a restart, and survive one', async () => {
  const path = await temporaryDirectory()
  const before = await boot({ path, tasks: [poll, plain] })
  expect(await (await before.enqueue('poll')).finished()).toEqual({ ...defaults, headers: {} })
  expect(await (await before.enqueue('plain')).finished()).toEqual({})
  expect(await before.kinds.set('poll', { every: 60 })).toMatchObject({ settings: { every: 60 } })
  expect(await (await before.enqueue('poll')).finished()).toMatchObject({ url: defaults.url, every: 60 })
  await before.kinds.set('plain', { anything: [1, { goes: true }] })
  await before.stop()
  const runtime = await boot({ path, tasks: [poll, plain] })
  expect(await (await runtime.enqueue('poll')).finished()).toMatchObject({ url: defaults.url, every: 60 })
  expect(await (await runtime.enqueue('plain')).finished()).toEqual({ anything: [1, { goes: true }] })
  await runtime.kinds.set('poll', { every: null })
  expect((await runtime.kinds.get('poll')).settings).toMatchObject({ every: 10 })
  await runtime.stop()
  expect(await onDisk(path, (database) => database.get('x!kind!poll'))).toBe('{}')
})

test('a run keeps the settings it began with, and can change nothing in them', async () => {
  const at = stations()
  const reads = defineTask({
    kind: 'reads',
    settings: { defaults: { deep: { n: 1 } } },
    run: async (task) => {
      await at.stop('reads')
      const refused = (() => {
        try {
          ;(task.settings.deep as { n: number }).n = 5
          return false
        } catch {
          return true
        }
      })()
      return { seen: task.settings.deep.n, refused }
    },
  })
  const runtime = await boot({ tasks: [reads] })
  const task = await runtime.enqueue('reads')
  await at.reached('reads')
  await runtime.kinds.set('reads', { deep: { n: 2 } })
  at.pass('reads')
  expect(await task.finished()).toEqual({ seen: 1, refused: true })
  expect(await (await runtime.enqueue('reads')).finished()).toMatchObject({ seen: 2 })
})

test('settings of the commit that starts a task are those that its run sees', async () => {
  const runtime = await boot({ tasks: [plain] })
  const batches = facts('commit.end')
  const set = runtime.kinds.set('plain', { of: 'this commit' })
  const task = await runtime.enqueue('plain')
  await set
  // The settings, the task and its start were one batch.
  expect(batches.seen).toHaveLength(1)
  expect(await task.finished()).toEqual({ of: 'this commit' })
})

test('settings that do not fit are refused with their issues, and those before stay in force', async () => {
  const runtime = await boot({ tasks: [poll, plain], limits: { input: 200 } })
  await runtime.kinds.set('poll', { every: 20 })
  const wrong = await refusal(runtime.kinds.set('poll', { url: 'no address', every: 0 }))
  expect(wrong).toMatchObject({ code: 'ERR_INVALID_SETTINGS', hint: expect.stringContaining('stay in force') })
  expect(wrong.issues?.map(({ path }) => path)).toEqual(['url', 'every'])
  const large = { text: 'x'.repeat(150) }
  await runtime.kinds.set('plain', large)
  // Each patch is small enough, both together are not.
  expect(await refusal(runtime.kinds.set('plain', { more: large.text }))).toMatchObject({ code: 'ERR_TOO_LARGE' })
  expect(await refusal(runtime.kinds.set('plain', { date: new Date(0) }))).toMatchObject({ code: 'ERR_NOT_JSON' })
  for (const patch of [null, undefined, [], 'x', 5]) {
    expect(await refusal(runtime.kinds.set('plain', patch as never))).toMatchObject({ code: 'ERR_INVALID_OPTION' })
  }
  expect(await refusal(runtime.kinds.set('nobody', {}))).toMatchObject({ code: 'ERR_UNKNOWN_KIND' })
  expect((await runtime.kinds.get('poll')).settings).toMatchObject({ every: 20 })
  expect((await runtime.kinds.get('plain')).settings).toEqual(large)
})

test('changes that cross each other lose nothing, also with a schema that takes its time', async () => {
  const slow = z.object({ a: z.number().optional(), b: z.number().optional() }).refine(async () => {
    await new Promise((resolve) => setImmediate(resolve))
    return true
  })
  const kind = defineTask({ kind: 'slow', settings: { schema: slow }, run: () => null })
  const runtime = await boot({ tasks: [kind] })
  await Promise.all([
    runtime.kinds.set('slow', { a: 1 }),
    runtime.kinds.retire('slow'),
    refusal(runtime.kinds.set('slow', { a: 'no number' })),
    runtime.kinds.set('slow', { b: 2 }),
  ])
  expect(await runtime.kinds.get('slow')).toMatchObject({ settings: { a: 1, b: 2 }, retired: true })
})

test('what was set and does not fit a schema that changed: the defaults hold, it is kept, and said', async () => {
  const path = await temporaryDirectory()
  const before = await boot({ path, tasks: [poll] })
  await before.kinds.set('poll', { every: 60 })
  await before.stop()
  const text = defineTask({
    kind: 'poll',
    settings: { schema: z.object({ every: z.string() }), defaults: { every: '10m' } },
    run: (task) => task.settings.every,
  })
  const warned: string[] = []
  const log: TaskLog = { ...silent, warn: (message) => void warned.push(message) }
  const changed = await boot({ path, tasks: [text], log })
  expect(await (await changed.enqueue('poll')).finished()).toBe('10m')
  expect(await changed.kinds.get('poll')).toMatchObject({ settingsError: expect.stringContaining('every') })
  expect(warned.join()).toContain('every')
  await changed.kinds.retire('poll')
  expect(await changed.kinds.get('poll')).toMatchObject({ settingsError: expect.stringContaining('every') })
  await changed.stop()
  const back = await boot({ path, tasks: [poll] })
  expect((await back.kinds.get('poll')).settings).toMatchObject({ every: 60 })
  await back.stop()
  const runtime = await boot({ path, tasks: [text] })
  const repaired = await runtime.kinds.set('poll', { every: '1h' })
  expect(repaired.settings).toEqual({ every: '1h' })
  expect(repaired).not.toHaveProperty('settingsError')
})

test('defaults that do not fit their schema are refused: at once, or at the start when the schema takes its time', async () => {
  const define = (schema: z.ZodType) =>
    defineTask({ kind: 'k', settings: { schema, defaults: { n: 'x' } }, run: () => null })
  const wanted = z.object({ n: z.number() })
  const error = await refusal(boot({ tasks: [define(wanted)] }))
  expect(error).toMatchObject({ code: 'ERR_INVALID_DEFINITION', hint: expect.stringMatching(/defaults/) })
  expect(error.message).toMatch(/task 'k'\.settings\.defaults.*n:/)
  const slow = wanted.refine(async () => true)
  expect(await refusal(boot({ tasks: [define(slow)] }))).toMatchObject({ code: 'ERR_INVALID_DEFINITION' })
})

test('a damaged record of a kind is none', async () => {
  const path = await temporaryDirectory()
  const before = await boot({ path, tasks: [poll] })
  await before.kinds.set('poll', { every: 60 })
  await before.stop()
  await onDisk(path, (database) => database.put('x!kind!poll', '{"settings'))
  const runtime = await boot({ path, tasks: [poll] })
  expect(await runtime.kinds.get('poll')).toMatchObject({ settings: { every: 10 }, retired: false })
})

test('a retired kind takes no new tasks, also after a restart; those that are there go on', async () => {
  const path = await temporaryDirectory()
  const at = stations()
  const old = defineTask({ kind: 'old', run: () => at.stop('old') })
  const parent = defineTask({ kind: 'parent', run: (task: RunningTask) => task.enqueue('old') })
  const tasks = [old, parent] as const
  const before = await boot({ path, tasks, routes: { default: { concurrency: 1 } } })
  const running = await before.enqueue('old')
  await at.reached('old')
  const queued = await before.enqueue('old')
  const errors: string[] = []
  expect(await before.kinds.retire('old')).toMatchObject({ retired: true })
  for (const call of [
    before.enqueue('old'),
    before.enqueueMany([{ kind: 'parent' }, { kind: 'old' }]),
    before.enqueue('parent', undefined, { onSuccess: { kind: 'old' } }),
  ]) {
    const error = await refusal(call)
    expect(error).toMatchObject({ code: 'ERR_KIND_RETIRED', hint: expect.stringContaining('restore') })
    errors.push(error.message)
  }
  expect(errors[0]).toContain("'old'")
  at.pass('old')
  await Promise.all([running.finished(), queued.finished()])
  await before.stop()
  const runtime = await boot({ path, tasks })
  expect(await refusal(runtime.enqueue('old'))).toMatchObject({ code: 'ERR_KIND_RETIRED' })
  expect(await refusal((await runtime.enqueue('parent')).finished())).toMatchObject({
    error: { code: 'ERR_KIND_RETIRED' },
  })
  expect(await runtime.retry(queued.id).catch(({ code }) => code)).toBe('ERR_ILLEGAL_TRANSITION')
  await runtime.kinds.restore('old')
  await (await runtime.enqueue('old')).finished()
})

test('a follow-up whose kind was retired meanwhile is set aside, and runs when it is put back', async () => {
  const gate = deferred()
  const child = defineTask({ kind: 'child', run: ({ input, cause }) => [input, cause?.state] })
  const parent = defineTask({ kind: 'parent', run: () => gate.promise.then(() => 'done') })
  const said: string[] = []
  const log: TaskLog = { ...silent, error: (message) => void said.push(message) }
  const runtime = await boot({ tasks: [parent, child], log })
  const task = await runtime.enqueue('parent', undefined, { group: 'door', onSuccess: { kind: 'child' } })
  await runtime.kinds.retire('child')
  gate.resolve()
  await task.finished()
  expect(await runtime.count({ kind: 'child' })).toBe(0)
  expect(said).toEqual([expect.stringMatching(/follow-up.*quarantine.*'child' is retired/)])
  const [aside] = await runtime.quarantine.list()
  expect(aside).toMatchObject({ code: 'ERR_KIND_RETIRED', class: 'live' })
  await runtime.kinds.restore('child')
  expect(await runtime.quarantine.retry(aside?.id as string)).toBe(true)
  expect(await runtime.handle(aside?.id as string).finished()).toEqual(['done', 'FINISHED'])
  expect(await runtime.count({ group: 'door' })).toBe(2)
  expect(await runtime.quarantine.list()).toEqual([])
})

test('list shows every kind with its limits and what the API is to know', async () => {
  const hidden = defineTask({
    kind: 'hidden',
    api: false,
    aliases: ['secret'],
    version: 3,
    route: 'camera',
    concurrency: { limit: 2, by: () => 'x' },
    rateLimit: { limit: 10, per: '1m' },
    run: () => null,
  })
  const single = defineTask({ kind: 'single', concurrency: 1, run: () => null })
  const runtime = await boot({ tasks: [hidden, single, plain] })
  const common = { processor: 'function', retired: false, held: [], settings: {} }
  expect(await runtime.kinds.list()).toEqual([
    {
      ...common, name: 'hidden', version: 3, route: 'camera', aliases: ['secret'], api: false, concurrency: { limit: 2 },
      rateLimit: { limit: 10, perMs: 60_000, burst: 10, tokens: 10 },
    },
    { ...common, name: 'single', version: 1, route: 'default', aliases: [], api: true, concurrency: 1 },
    { ...common, name: 'plain', version: 1, route: 'default', aliases: [], api: true },
  ]) // biome-ignore format: a table
  expect((await runtime.kinds.get('secret')).name).toBe('hidden')
})

test('a follow-up whose kind is gone waits in quarantine over restarts, until a program knows it again', async () => {
  const path = await temporaryDirectory()
  const child = defineTask({ kind: 'child', run: ({ input }) => input })
  const parent = defineTask({ kind: 'parent', run: () => null })
  const first = await boot({ path, tasks: [parent, child] })
  const onSuccess = { kind: 'child', input: { its: 'own' }, in: '1h' } as const
  const { id } = await first.enqueue('parent', undefined, { in: '1h', onSuccess })
  await first.stop()
  const second = await boot({ path, tasks: [parent] })
  await second.reschedule(id, { in: 0 })
  await second.handle(id).finished()
  await second.stop()
  const third = await boot({ path, tasks: [parent, child] })
  const [aside] = await third.quarantine.list()
  expect(aside).toMatchObject({ code: 'ERR_UNKNOWN_KIND' })
  expect(await third.quarantine.retry(aside?.id as string)).toBe(true)
  expect(await third.get(aside?.id as string)).toMatchObject({ state: 'SPOOLED', cause: { id } })
  await third.reschedule(aside?.id as string, { in: 0 })
  expect(await third.handle(aside?.id as string).finished()).toEqual({ its: 'own' })
})
