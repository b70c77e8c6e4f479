/** What a run sees of its task, and what stops it. */
import { expect, test } from 'vitest'
import { defineTask, type RunningTask } from '../../src/index.js'
import { boot, deferred, facts, refusal, stations, temporaryDirectory } from './lab.js'

const untilAborted = ({ signal }: RunningTask) =>
  new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))

test('a run sees its task', async () => {
  const seen = deferred<object>()
  const look = defineTask({
    kind: 'look',
    run: ({ id, kind, input, attempt, group, cause, signal }) =>
      seen.resolve({ id, kind, input, attempt, group, cause, aborted: signal.aborted }),
  })
  const runtime = await boot({ tasks: [look] })
  const { id } = await runtime.enqueue('look', { a: [1] }, { group: 'door' })
  const expected = { id, kind: 'look', input: { a: [1] }, attempt: 1, group: 'door', cause: undefined, aborted: false }
  expect(await seen.promise).toEqual(expected)
})

test('a run past its time limit is told so, and its task is TERMINATED timeout', async () => {
  const reason = deferred<{ name: string; message: string; code: string }>()
  const slow = defineTask({
    kind: 'slow',
    timeout: 20,
    run: (task) => untilAborted(task).catch((error) => reason.resolve(error)),
  })
  const runtime = await boot({ tasks: [slow] })
  const task = await runtime.enqueue('slow')
  expect(await refusal(task.finished())).toMatchObject({ code: 'ERR_TASK_TERMINATED', reason: 'timeout' })
  const told = await reason.promise
  expect(told).toBeInstanceOf(Error)
  expect(told).toMatchObject({ name: 'AbortError', code: 'timeout' })
  expect(told.message).toContain('timeout')
})

test('a timed-out run keeps its slot until it settles, and its retry waits for it', async () => {
  const at = stations()
  const starts = facts('run.start')
  const steps = facts('task.committed')
  const deaf = defineTask({
    kind: 'deaf',
    timeout: 20,
    retry: { attempts: 2, delay: 0 },
    run: async ({ attempt }) => {
      if (attempt === 1) await at.stop('first')
      return attempt
    },
  })
  const next = defineTask({ kind: 'next', run: () => 'ran' })
  const runtime = await boot({ tasks: [deaf, next], routes: { default: { concurrency: 1 } } })
  const task = await runtime.enqueue('deaf')
  const waiting = await runtime.enqueue('next')
  await steps.first(({ id, to }) => id === task.id && to === 'TERMINATED')
  const probe = await runtime.enqueue('next', 'a commit later', { paused: true })
  expect(await runtime.count({ state: 'QUEUED', paused: false })).toBe(1)
  expect(starts.seen.map(({ id }) => id)).toEqual([task.id])
  at.pass('first')
  expect(await task.finished()).toBe(2)
  expect(await waiting.finished()).toBe('ran')
  expect((await probe.get())?.state).toBe('SPOOLED')
})

test('timeouts go through the manifest while attempts are left', async () => {
  const steps = facts('task.committed')
  const slow = defineTask({ kind: 'slow', timeout: 10, retry: { attempts: 2, delay: '1h' }, run: untilAborted })
  const runtime = await boot({ tasks: [slow] })
  const task = await runtime.enqueue('slow')
  await steps.first(({ id, to }) => id === task.id && to === 'TERMINATED')
  expect(await task.get()).toMatchObject({ state: 'TERMINATED', reason: 'timeout', retryAt: expect.any(String) })
  await runtime.cancel(task.id)
  const view = await task.get()
  expect(view).toMatchObject({ state: 'TERMINATED', reason: 'cancelled' })
  expect(view?.retryAt).toBeUndefined()
})

test('a run that is silent too long is TERMINATED awol; heartbeats and progress are signs of life', async () => {
  const at = stations()
  const alive = defineTask({
    kind: 'alive',
    heartbeat: 300,
    run: async (task) => {
      for (let i = 0; i < 5; i++) {
        await new Promise((resolve) => setTimeout(resolve, 90))
        if (i % 2 === 0) task.heartbeat()
        else task.progress({ i })
      }
      return 'lived'
    },
  })
  const silent = defineTask({
    kind: 'silent',
    heartbeat: 30,
    run: (task) => untilAborted(task).finally(() => at.stop('told')),
  })
  const runtime = await boot({ tasks: [alive, silent] })
  const [living, dying] = [await runtime.enqueue('alive'), await runtime.enqueue('silent')]
  expect(await refusal(dying.finished())).toMatchObject({ reason: 'awol' })
  await at.reached('told')
  expect(await living.finished()).toBe('lived')
})

test('a run that never settles does not hold up stop()', async () => {
  const at = stations()
  const never = defineTask({ kind: 'never', run: () => at.stop('run') })
  const runtime = await boot({ tasks: [never] })
  const task = await runtime.enqueue('never')
  await at.reached('run')
  const waiting = refusal(task.finished())
  await runtime.stop({ drain: 20 })
  expect(await waiting).toMatchObject({ code: 'ERR_STOPPED' })
})

test('progress shows in the view while the task runs, and is not kept', async () => {
  const at = stations()
  const job = defineTask({
    kind: 'job',
    run: async (task) => {
      const done = { percent: 10 }
      task.progress(done)
      done.percent = 99
      await at.stop('run')
    },
  })
  const runtime = await boot({ tasks: [job] })
  const task = await runtime.enqueue('job')
  await at.reached('run')
  expect((await task.get())?.progress).toEqual({ percent: 10 })
  at.pass('run')
  await task.finished()
  expect((await task.get())?.progress).toBeUndefined()
})

test('emitted events are durable when emit() resolves, in order, and can be read again after a restart', async () => {
  const path = await temporaryDirectory()
  const speaks = defineTask({
    kind: 'speaks',
    run: async (task: RunningTask<number>) => {
      await task.emit({ type: 'begun', by: task.input })
      await task.emit({ type: 'ended' })
    },
  })
  const before = await boot({ path, tasks: [speaks], limits: { emitted: 5 } })
  const ids: string[] = []
  for (let n = 0; n < 3; n++) {
    const task = await before.enqueue('speaks', n)
    await task.finished()
    ids.push(task.id)
  }
  await before.stop()
  const runtime = await boot({ path, tasks: [speaks], limits: { emitted: 5 } })
  const all = await runtime.events()
  expect(all.map(({ event, taskId }) => [event.type, ids.indexOf(taskId)])).toEqual([
    ['ended', 0],
    ['begun', 1],
    ['ended', 1],
    ['begun', 2],
    ['ended', 2],
  ])
  expect(all[0]).toMatchObject({
    seq: 2,
    runId: expect.stringContaining(ids[0] as string),
    at: expect.stringMatching(/Z$/),
  })
  expect(await runtime.events(ids[2] as string)).toHaveLength(2)
  expect((await runtime.events({ after: 3, limit: 2 })).map(({ seq }) => seq)).toEqual([4, 5])
  const task = await runtime.enqueue('speaks', 3)
  await task.finished()
  expect((await runtime.events(task.id)).map(({ seq }) => seq)).toEqual([7, 8])
})

test('emit and enqueue after the run answer ERR_RUN_OVER', async () => {
  const kept = deferred<RunningTask>()
  const runtime = await boot({ tasks: [defineTask({ kind: 'over', run: (task) => kept.resolve(task) })] })
  await (await runtime.enqueue('over')).finished()
  const task = await kept.promise
  expect(await refusal(task.enqueue('over'))).toMatchObject({ code: 'ERR_RUN_OVER' })
  expect(await refusal(task.emit({ type: 'late' }))).toMatchObject({ code: 'ERR_RUN_OVER' })
  task.heartbeat()
  expect(await runtime.count()).toBe(1)
})

test('an interrupted attempt is taken up by recover(), with the next attempt number', async () => {
  const path = await temporaryDirectory()
  const at = stations()
  const calls: string[] = []
  const job = (blocked: boolean) =>
    defineTask({
      kind: 'job',
      run: async ({ attempt }) => {
        calls.push(`run ${attempt}`)
        if (blocked) await at.stop('run')
        return 'ran'
      },
      recover: ({ attempt, input }) => {
        calls.push(`recover ${attempt} ${input}`)
        return 'recovered'
      },
    })
  const before = await boot({ path, tasks: [job(true)] })
  await before.enqueue('job', 'x', { id: 'a' })
  await at.reached('run')
  await before.stop()
  const runtime = await boot({ path, tasks: [job(false)] })
  expect(await (await runtime.enqueue('job', 'x', { id: 'a' })).finished()).toBe('recovered')
  expect(await (await runtime.enqueue('job', 'y')).finished()).toBe('ran')
  expect(calls).toEqual(['run 1', 'recover 2 x', 'run 1'])
})

test('stop({ drain }) gives running tasks their time', async () => {
  const at = stations()
  const path = await temporaryDirectory()
  const job = defineTask({ kind: 'job', run: () => at.stop('run').then(() => 'in time') })
  const before = await boot({ path, tasks: [job] })
  const task = await before.enqueue('job', null, { id: 'a' })
  await at.reached('run')
  const stopped = before.stop({ drain: '10s' })
  at.pass('run')
  expect(await task.finished()).toBe('in time')
  await stopped
  const runtime = await boot({ path, tasks: [job] })
  expect(await runtime.get('a')).toMatchObject({ state: 'FINISHED', result: 'in time', attempt: 1 })
})
