/** How a task ends, and how whoever waits for it hears. */
import { expect, test } from 'vitest'
import { defineTask, snooze, TaskFailed, TaskTerminated, TerminalError } from '../../src/index.js'
import { boot, facts, refusal, stations, temporaryDirectory } from './lab.js'

const add = defineTask({ kind: 'add', run: (task: { input: { a: number; b: number } }) => task.input.a + task.input.b })
const fails = defineTask({
  kind: 'fails',
  run: (): number => {
    throw Object.assign(new TypeError('no disk'), { code: 'E_NO_DISK' })
  },
})

test('finished() gives the result of a FINISHED task', async () => {
  const runtime = await boot({ tasks: [add] })
  const task = await runtime.enqueue('add', { a: 1, b: 2 })
  expect(task.created).toBe(true)
  expect(await task.finished()).toBe(3)
  expect(await task.get()).toMatchObject({
    id: task.id,
    kind: 'add',
    state: 'FINISHED',
    result: 3,
    attempt: 1,
    attempts: 1,
  })
})

test('a result of undefined is null', async () => {
  const runtime = await boot({ tasks: [defineTask({ kind: 'mute', run: () => undefined })] })
  const task = await runtime.enqueue('mute')
  expect(await task.finished()).toBeNull()
  expect(await task.get()).toMatchObject({ input: null, result: null })
})

test('finished() rejects with TaskFailed and what the attempt threw', async () => {
  const runtime = await boot({ tasks: [fails] })
  const task = await runtime.enqueue('fails')
  const error = await refusal(task.finished())
  expect(error).toBeInstanceOf(TaskFailed)
  expect(error).toMatchObject({
    code: 'ERR_TASK_FAILED',
    taskId: task.id,
    error: { name: 'TypeError', message: 'no disk' },
  })
  expect(await task.get()).toMatchObject({ state: 'FAILED', error: { code: 'E_NO_DISK', stack: expect.any(String) } })
})

test('finished() rejects with TaskTerminated and its reason', async () => {
  const runtime = await boot({ tasks: [add] })
  const task = await runtime.enqueue('add', { a: 1, b: 1 }, { in: '1h' })
  const end = refusal(task.finished())
  await runtime.cancel(task.id)
  expect(await end).toBeInstanceOf(TaskTerminated)
  expect(await end).toMatchObject({ code: 'ERR_TASK_TERMINATED', taskId: task.id, reason: 'cancelled' })
})

test('finished() waits over the attempts of a task that is retried', async () => {
  const flaky = defineTask({
    kind: 'flaky',
    retry: { attempts: 3, delay: 1, jitter: 0 },
    run: ({ attempt }) => {
      if (attempt < 3) throw new Error(`attempt ${attempt}`)
      return attempt
    },
  })
  const runtime = await boot({ tasks: [flaky] })
  const task = await runtime.enqueue('flaky')
  expect(await task.finished()).toBe(3)
})

test('finished() of a task that ended long ago answers from the disk, after a restart too', async () => {
  const path = await temporaryDirectory()
  const before = await boot({ path, tasks: [add, fails] })
  const [done, dead] = [
    await before.enqueue('add', { a: 2, b: 2 }, { id: 'done' }),
    await before.enqueue('fails', null, { id: 'dead' }),
  ]
  await Promise.allSettled([done.finished(), dead.finished()])
  await before.stop()
  const runtime = await boot({ path, tasks: [add, fails] })
  const again = await runtime.enqueue('add', { a: 2, b: 2 }, { id: 'done' })
  expect(again.created).toBe(false)
  expect(await again.finished()).toBe(4)
  const deadAgain = await runtime.enqueue('fails', null, { id: 'dead' })
  expect(await refusal(deadAgain.finished())).toMatchObject({ error: { message: 'no disk' } })
})

test('finished() of a task that was removed rejects, before the end and after', async () => {
  const failed = facts('task.committed')
  const runtime = await boot({ tasks: [fails] })
  const task = await runtime.enqueue('fails', null, { retry: { attempts: 2, delay: '1h' } })
  const waiting = refusal(task.finished())
  await failed.first(({ to }) => to === 'FAILED')
  await runtime.cancel(task.id)
  expect(await waiting).toMatchObject({ code: 'ERR_TASK_TERMINATED' })
  await runtime.remove(task.id)
  expect(await refusal(task.finished())).toMatchObject({ code: 'ERR_NOT_FOUND' })
  expect(await task.get()).toBeUndefined()
})

test('finished() rejects with ERR_STOPPED when the runtime stops first', async () => {
  const runtime = await boot({ tasks: [add] })
  const task = await runtime.enqueue('add', { a: 1, b: 1 }, { in: '1h' })
  const waiting = refusal(task.finished())
  await runtime.stop()
  expect(await waiting).toMatchObject({ code: 'ERR_STOPPED' })
})

test('TerminalError ends a task at once, whatever attempts are left', async () => {
  const hopeless = defineTask({
    kind: 'hopeless',
    retry: { attempts: 5 },
    run: (): null => {
      throw new TerminalError('never')
    },
  })
  const runtime = await boot({ tasks: [hopeless] })
  const task = await runtime.enqueue('hopeless')
  expect(await refusal(task.finished())).toMatchObject({ error: { name: 'TerminalError', message: 'never' } })
  const view = await task.get()
  expect(view).toMatchObject({ state: 'FAILED', attempt: 1, attempts: 5, endedAt: expect.any(String) })
  expect(view?.retryAt).toBeUndefined()
})

test('the history has every state with its time, and is bounded', async () => {
  let left = 20
  const drowsy = defineTask({ kind: 'drowsy', run: () => (left-- > 0 ? snooze(0) : 'awake') })
  const runtime = await boot({ tasks: [drowsy, add] })
  const short = await runtime.enqueue('add', { a: 0, b: 0 })
  await short.finished()
  const states = (await short.get())?.history.map(({ state }) => state)
  expect(states).toEqual(['NONE', 'SPOOLED', 'QUEUED', 'RUNNING', 'FINISHED'])
  const long = await runtime.enqueue('drowsy')
  expect(await long.finished()).toBe('awake')
  const history = (await long.get())?.history ?? []
  expect(history).toHaveLength(32)
  expect(history[0]?.state).toBe('NONE')
  expect(history.at(-1)?.state).toBe('FINISHED')
  const times = history.map(({ at }) => Date.parse(at))
  expect(times).toEqual([...times].sort((a, b) => a - b))
})

test('a run that was told to stop keeps its outcome to itself', async () => {
  const at = stations()
  const late = facts('run.late')
  const runtime = await boot({
    tasks: [defineTask({ kind: 'stubborn', run: () => at.stop('run').then(() => 'done') })],
  })
  const task = await runtime.enqueue('stubborn')
  await at.reached('run')
  await runtime.cancel(task.id)
  at.pass('run')
  await late.first(({ id }) => id === task.id)
  expect(await task.get()).toMatchObject({ state: 'TERMINATED', reason: 'cancelled' })
})

test('handle() of an id is a handle like that of enqueue, after a restart too', async () => {
  const path = await temporaryDirectory()
  const before = await boot({ path, tasks: [add] })
  await before.enqueue('add', { a: 1, b: 1 }, { id: 'a', in: '1h' })
  await before.stop()
  const runtime = await boot({ path, tasks: [add] })
  const task = runtime.handle('a')
  expect([task.id, task.created]).toEqual(['a', false])
  const end = task.finished()
  await runtime.reschedule('a', { in: 0 })
  expect(await end).toBe(2)
  expect(await refusal(runtime.handle('nobody').finished())).toMatchObject({ code: 'ERR_NOT_FOUND' })
  expect(await refusal(() => runtime.handle('a b'))).toMatchObject({ code: 'ERR_INVALID_ID' })
})
