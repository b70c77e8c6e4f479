import { expect, test } from 'vitest'
import { emit, fromPromise, setup } from 'xstate'
import { defineTask, HoldfastError } from '../../src/index.js'
import { boot, deferred, onDisk, refusal, temporaryDirectory } from './lab.js'

const nothing = defineTask({ kind: 'nothing', run: () => null })

test('a drain gives machines in flight the time, too', async () => {
  const begun = deferred()
  const answer = deferred<string>()
  const asking = setup({
    actors: {
      ask: fromPromise(() => {
        begun.resolve()
        return answer.promise
      }),
    },
  }).createMachine({
    initial: 'asking',
    states: { asking: { invoke: { src: 'ask', onDone: 'told' } }, told: { type: 'final' } },
  })
  const path = await temporaryDirectory()
  const tasks = [defineTask({ kind: 'asking', machine: asking })]
  const runtime = await boot({ path, tasks })
  const { id } = await runtime.enqueue('asking', undefined)
  await begun.promise
  const stopping = runtime.stop({ drain: '1h' })
  answer.resolve('yes')
  await stopping
  const again = await boot({ path, tasks })
  expect(await again.get(id)).toMatchObject({ state: 'FINISHED', attempt: 1 })
})

test('an emitted event that is no JSON fails its machine, and nothing else', async () => {
  const boasting = setup({}).createMachine({
    initial: 'loud',
    states: {
      loud: { entry: emit(() => ({ type: 'size', bytes: 1n })), on: { QUIET: 'done' } },
      done: { type: 'final' },
    },
  })
  const runtime = await boot({ tasks: [defineTask({ kind: 'boasting', machine: boasting }), nothing] })
  const boast = await runtime.enqueue('boasting', undefined)
  await expect(boast.finished()).rejects.toMatchObject({ error: { code: 'ERR_NOT_JSON' } })
  expect(await runtime.events()).toEqual([])
  expect(await (await runtime.enqueue('nothing', undefined)).finished()).toBeNull()
})

test('a machine whose state outgrows its limit fails, and says so', async () => {
  const hoarding = setup({}).createMachine({
    context: { pile: 'x'.repeat(5000) },
    initial: 'full',
    states: { full: { on: { MORE: 'full' } } },
  })
  const runtime = await boot({ tasks: [defineTask({ kind: 'hoarding', machine: hoarding })], limits: { state: 4096 } })
  const { finished } = await runtime.enqueue('hoarding', undefined)
  await expect(finished()).rejects.toMatchObject({ error: { code: 'ERR_TOO_LARGE' } })
})

test('a damaged mark of the runtime keeps nobody from starting, and ids and order go on', async () => {
  const path = await temporaryDirectory()
  const first = await boot({ path, tasks: [nothing] })
  const before = await first.enqueue('nothing', undefined, { in: '1d' })
  await first.stop()
  await onDisk(path, (database) => database.put('m!runtime', '{ torn'))
  const runtime = await boot({ path, tasks: [nothing] })
  expect(await runtime.get(before.id)).toMatchObject({ state: 'SPOOLED' })
  expect(await (await runtime.enqueue('nothing', undefined)).finished()).toBeNull()
})

test('a directory under one in which nothing can be made is refused at once', async () => {
  expect(await refusal(boot({ path: '/proc/holdfast/store', tasks: [nothing] }))).toMatchObject({
    code: 'ERR_STORE_IO',
  })
})

test('a run that the disk failed under is interrupted, not failed', async () => {
  const cut = defineTask({
    kind: 'cut',
    run: ({ attempt }) => {
      if (attempt === 1) throw new HoldfastError('ERR_COMMIT_UNKNOWN')
      return attempt
    },
  })
  const runtime = await boot({ tasks: [cut] })
  const task = await runtime.enqueue('cut', undefined)
  expect(await task.finished()).toBe(2)
  expect((await task.get())?.history.map(({ state }) => state)).not.toContain('FAILED')
})

test('a task that is there already is awaited by its id', async () => {
  const runtime = await boot({ tasks: [nothing] })
  await runtime.enqueue('nothing', undefined, { id: 'n1' })
  expect(await runtime.handle('n1').finished()).toBeNull()
  expect(await refusal(runtime.handle('n2').finished())).toMatchObject({ code: 'ERR_NOT_FOUND' })
})

test('a verb with an empty query is refused: it would mean every task', async () => {
  const runtime = await boot({ tasks: [nothing] })
  const { finished } = await runtime.enqueue('nothing', undefined)
  await finished()
  expect(await refusal(runtime.remove({}))).toMatchObject({ code: 'ERR_INVALID_OPTION' })
  expect(await runtime.count()).toBe(1)
})
