/** What follows a task is made in the same commit as its end, all or none. */
import { expect, test } from 'vitest'
import { defineTask, type RunningTask, snooze } from '../../src/index.js'
import { boot, facts, refusal, stations, temporaryDirectory } from './lab.js'

const echo = defineTask({ kind: 'echo', run: (task) => ({ input: task.input, cause: task.cause }) })
const works = defineTask({ kind: 'works', run: () => ({ etag: 'x' }) })
const fails = defineTask({
  kind: 'fails',
  run: (): null => {
    throw Object.assign(new Error('no'), { code: 'E_NO' })
  },
})

/** The tasks of a group, once all have ended. */
async function ended(runtime: Awaited<ReturnType<typeof boot>>, group: string) {
  const { items } = await runtime.find({ group })
  for (const { id, kind, input } of items)
    await (await runtime.enqueue(kind as never, input as never, { id })).finished()
  return (await runtime.find({ group })).items
}

test('onSuccess gets the result as its input, and its cause', async () => {
  const runtime = await boot({ tasks: [echo, works] })
  const task = await runtime.enqueue('works', null, {
    onSuccess: { kind: 'echo', group: 'g' },
    onFailure: { kind: 'echo' },
  })
  await task.finished()
  const cause = { id: task.id, state: 'FINISHED', result: { etag: 'x' } }
  const [follow] = await ended(runtime, 'g')
  expect(follow).toMatchObject({ cause, result: { input: { etag: 'x' }, cause } })
  expect(await runtime.count({ kind: 'echo' })).toBe(1)
})

test('onFailure gets the error as its input, and its cause', async () => {
  const runtime = await boot({ tasks: [echo, fails] })
  const task = await runtime.enqueue('fails', null, {
    onFailure: { kind: 'echo', group: 'g' },
    onSuccess: { kind: 'echo' },
  })
  await refusal(task.finished())
  const error = { name: 'Error', message: 'no', code: 'E_NO' }
  const [follow] = await ended(runtime, 'g')
  expect(follow).toMatchObject({ input: error, cause: { id: task.id, state: 'FAILED', error } })
  expect(await runtime.count({ kind: 'echo' })).toBe(1)
})

test('a follow-up with an input of its own keeps it; several may follow', async () => {
  const runtime = await boot({ tasks: [echo, works] })
  const follow = [
    { kind: 'echo', input: { own: 1 }, group: 'g' },
    { kind: 'echo', input: null, group: 'g', priority: 9 },
  ]
  await (await runtime.enqueue('works', null, { onSuccess: follow })).finished()
  const inputs = (await ended(runtime, 'g')).map(({ input, priority }) => [input, priority])
  expect(inputs).toEqual(
    expect.arrayContaining([
      [{ own: 1 }, 4],
      [null, 9],
    ]),
  )
})

test('onFailure is made once, at death, and not at each attempt', async () => {
  const runtime = await boot({ tasks: [echo, fails] })
  const retry = { attempts: 3, delay: 0 }
  const task = await runtime.enqueue('fails', null, { retry, onFailure: { kind: 'echo', group: 'g' } })
  await refusal(task.finished())
  expect((await task.get())?.attempt).toBe(3)
  expect(await runtime.count({ group: 'g' })).toBe(1)
})

test('onFailure is made on a cancel, a time limit and an expiry too', async () => {
  const slow = defineTask({
    kind: 'slow',
    run: ({ signal }) => new Promise((_, no) => signal.addEventListener('abort', no)),
  })
  const runtime = await boot({ tasks: [echo, slow] })
  const onFailure = (group: string) => ({ onFailure: { kind: 'echo', group } })
  const cancelled = await runtime.enqueue('slow', null, { in: '1h', ...onFailure('cancelled') })
  await runtime.cancel(cancelled.id)
  const timed = await runtime.enqueue('slow', null, { timeout: 5, ...onFailure('timeout') })
  const expired = await runtime.enqueue('slow', null, { in: '1h', expiresIn: 5, ...onFailure('expired') })
  await Promise.all([refusal(timed.finished()), refusal(expired.finished())])
  for (const group of ['cancelled', 'timeout', 'expired']) {
    const [follow] = await ended(runtime, group)
    expect(follow?.cause).toMatchObject({ state: 'TERMINATED' })
  }
})

test('follow-ups have follow-ups: chains run to their end', async () => {
  const runtime = await boot({ tasks: [echo, works, fails] })
  const last = { kind: 'echo', group: 'last' }
  const middle = { kind: 'fails', group: 'middle', onFailure: last }
  await (await runtime.enqueue('works', null, { onSuccess: middle })).finished()
  const [second] = (await runtime.find({ group: 'middle' })).items
  await refusal((await runtime.enqueue('fails', { etag: 'x' } as never, { id: second?.id as string })).finished())
  const [third] = await ended(runtime, 'last')
  expect(third?.cause).toMatchObject({ id: second?.id, state: 'FAILED' })
})

test('a chain outlives a kind of it that is gone', async () => {
  const path = await temporaryDirectory()
  const chain = { kind: 'works', group: 'second', onSuccess: { kind: 'echo', group: 'third' } }
  const before = await boot({ path, tasks: [echo, works] })
  await before.enqueue('works', null, { id: 'first', paused: true, onSuccess: chain })
  await before.stop()
  const runtime = await boot({ path, tasks: [works] })
  await runtime.resume('first')
  await (await runtime.enqueue('works', null, { id: 'first' })).finished()
  expect(await ended(runtime, 'second')).toMatchObject([{ state: 'FINISHED' }])
  expect(await runtime.count({ group: 'third' })).toBe(0)
})

test('the end of a task and its follow-ups are one commit', async () => {
  const commits = facts('commit.end')
  const steps = facts('task.step')
  const runtime = await boot({ tasks: [works] })
  const follow = Array.from({ length: 3 }, () => ({ kind: 'works', paused: true }))
  const task = await runtime.enqueue('works', null, { paused: true, onSuccess: follow })
  const count = commits.seen.length
  await runtime.resume(task.id)
  await task.finished()
  expect(steps.seen.filter(({ event }) => event === 'accept')).toHaveLength(4)
  expect(commits.seen.slice(count).map(({ steps: n }) => n)).toEqual([1, 4])
})

const outcomes = {
  throws: () => {
    throw new Error('no')
  },
  snoozes: () => snooze('1h'),
  'is too large': () => 'x'.repeat(300_000),
  'is not JSON': () => new Map(),
}
for (const [what, come] of Object.entries(outcomes)) {
  test(`task.enqueue is discarded when the run ${what}`, async () => {
    const at = facts('run.end')
    const makes = defineTask({
      kind: 'makes',
      run: async (task: RunningTask) => {
        expect(await task.enqueue('works')).toMatch(/^[0-9a-z]+$/)
        return come()
      },
    })
    const runtime = await boot({ tasks: [makes, works] })
    const task = await runtime.enqueue('makes')
    await at.first(({ id }) => id === task.id)
    await runtime.enqueue('works', 'a commit later', { paused: true })
    expect(await runtime.count({ kind: 'works' })).toBe(1)
  })
}

test('task.enqueue is discarded when the run is cancelled or interrupted', async () => {
  const path = await temporaryDirectory()
  const at = stations()
  const makes = defineTask({
    kind: 'makes',
    run: async (task: RunningTask<string>) => {
      await task.enqueue('works', null, { paused: true })
      await at.stop(task.input)
    },
  })
  const before = await boot({ path, tasks: [makes, works] })
  const cancelled = await before.enqueue('makes', 'cancelled')
  await before.enqueue('makes', 'interrupted', { id: 'i', delivery: 'at-most-once' })
  await Promise.all([at.reached('cancelled'), at.reached('interrupted')])
  await before.cancel(cancelled.id)
  at.pass('cancelled')
  await before.stop()
  const runtime = await boot({ path, tasks: [makes, works] })
  expect(await runtime.get('i')).toMatchObject({ state: 'TERMINATED' })
  expect(await runtime.count({ kind: 'works' })).toBe(0)
})

test('task.enqueue validates at once and resolves with the id of the task that will be', async () => {
  const makes = defineTask({
    kind: 'makes',
    run: async (task: RunningTask) => {
      const codes = await Promise.all([
        refusal(task.enqueue('nobody')).then(({ code }) => code),
        refusal(task.enqueue('works', null, { priority: 10 })).then(({ code }) => code),
        refusal(task.enqueue('works', new Map())).then(({ code }) => code),
      ])
      return { codes, id: await task.enqueue('works', 1, { id: 'mine' }) }
    },
  })
  const runtime = await boot({ tasks: [makes, works] })
  const task = await runtime.enqueue('makes')
  expect(await task.finished()).toEqual({
    codes: ['ERR_UNKNOWN_KIND', 'ERR_INVALID_OPTION', 'ERR_NOT_JSON'],
    id: 'mine',
  })
  expect(await runtime.get('mine')).toMatchObject({ input: 1, cause: { id: task.id, state: 'FINISHED' } })
})

test('task.enqueue with the id of a task that is there does not harm that task', async () => {
  const runs: string[] = []
  const works = defineTask({ kind: 'works', run: (task) => void runs.push(String(task.input)) })
  const makes = defineTask({ kind: 'makes', run: (task) => task.enqueue('works', 'second', { id: 'mine' }) })
  const runtime = await boot({ tasks: [makes, works] })
  const mine = await runtime.enqueue('works', 'first', { id: 'mine' })
  await mine.finished()
  await (await runtime.enqueue('makes')).finished().catch(() => undefined)
  expect(await runtime.get('mine')).toMatchObject({ input: 'first', state: 'FINISHED' })
  expect(runs).toEqual(['first'])
})
