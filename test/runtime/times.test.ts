/** When a task runs: delays, points in time, expiry, retries, snoozes. */
import { expect, test } from 'vitest'
import { defineTask, RetryAfter, type RunningTask, snooze } from '../../src/index.js'
import { boot, facts, refusal, stations, temporaryDirectory } from './lab.js'

const noop = defineTask({ kind: 'noop', run: () => 'done' })

test('`in` delays a task; it is SPOOLED until then and starts no sooner', async () => {
  const starts = facts('run.start')
  const runtime = await boot({ tasks: [noop] })
  const before = performance.now()
  const task = await runtime.enqueue('noop', null, { in: '400ms' })
  const view = await task.get()
  expect(view?.state).toBe('SPOOLED')
  expect(Date.parse(view?.runAt ?? '') - Date.parse(view?.createdAt ?? '')).toBe(400)
  await starts.first(({ id }) => id === task.id)
  expect(performance.now() - before).toBeGreaterThanOrEqual(399)
  expect(await task.finished()).toBe('done')
})

test('`runAt` in the future holds a task until then; in the past it runs at once', async () => {
  const runtime = await boot({ tasks: [noop] })
  const due = new Date(Date.now() + 500)
  const later = await runtime.enqueue('noop', null, { runAt: due })
  const early = await runtime.enqueue('noop', null, { runAt: '2001-01-01T00:00:00Z' })
  expect(await early.finished()).toBe('done')
  expect((await early.get())?.runAt).toBe('2001-01-01T00:00:00.000Z')
  expect((await later.get())?.state).toBe('SPOOLED')
  await later.finished()
  expect(Date.now()).toBeGreaterThanOrEqual(due.getTime())
})

test('a delay survives a restart, and what fell due meanwhile runs at once', async () => {
  const path = await temporaryDirectory()
  const before = await boot({ path, tasks: [noop] })
  const soon = await before.enqueue('noop', null, { id: 'soon', in: 50 })
  const far = await before.enqueue('noop', null, { id: 'far', in: '1h' })
  const dated = await before.enqueue('noop', null, { id: 'dated', runAt: Date.now() + 50 })
  await before.stop()
  const runtime = await boot({ path, tasks: [noop] })
  for (const { id } of [soon, dated]) {
    expect(await (await runtime.enqueue('noop', null, { id })).finished()).toBe('done')
  }
  expect((await runtime.get(far.id))?.state).toBe('SPOOLED')
})

test('a task that has not started within `expiresIn` is TERMINATED expired', async () => {
  const at = stations()
  const gate = defineTask({ kind: 'gate', run: () => at.stop('gate') })
  const runtime = await boot({ tasks: [noop, gate], routes: { default: { concurrency: 1 } } })
  await runtime.enqueue('gate')
  await at.reached('gate')
  const queued = await runtime.enqueue('noop', null, { expiresIn: 20 })
  const spooled = await runtime.enqueue('noop', null, { expiresIn: 20, in: '1h' })
  const paused = await runtime.enqueue('noop', null, { expiresIn: 20, paused: true })
  for (const task of [queued, spooled, paused]) {
    expect(await refusal(task.finished())).toMatchObject({ reason: 'expired' })
    expect((await task.get())?.history.some(({ state }) => state === 'RUNNING')).toBe(false)
  }
  at.pass('gate')
})

test('a failed attempt waits its back-off in FAILED with retryAt, and is then repeated', async () => {
  const fails = defineTask({
    kind: 'fails',
    retry: { attempts: 3, delay: 200, backoff: 'exponential', jitter: 0 },
    run: ({ attempt }) => {
      throw new Error(`attempt ${attempt}`)
    },
  })
  const steps = facts('task.committed')
  const runtime = await boot({ tasks: [fails] })
  const task = await runtime.enqueue('fails')
  await steps.first(({ id, to }) => id === task.id && to === 'FAILED')
  const failed = await task.get()
  expect(failed).toMatchObject({ state: 'FAILED', retryAt: expect.any(String), error: { message: 'attempt 1' } })
  await refusal(task.finished())
  const view = await task.get()
  expect(view).toMatchObject({ state: 'FAILED', attempt: 3, attempts: 3, error: { message: 'attempt 3' } })
  const at = (view?.history ?? [])
    .filter(({ state }) => ['FAILED', 'RUNNING'].includes(state))
    .map((h) => Date.parse(h.at))
  expect((at[2] as number) - (at[1] as number)).toBeGreaterThanOrEqual(199)
  expect((at[4] as number) - (at[3] as number)).toBeGreaterThanOrEqual(399)
})

test('options of a task win over those of its kind, and those over the runtime', async () => {
  const fails = (kind: string, retry?: { attempts: number }) =>
    defineTask({
      kind,
      ...(retry ? { retry } : {}),
      run: (): null => {
        throw new Error('no')
      },
    })
  const tasks = [fails('plain'), fails('own', { attempts: 3 })]
  const runtime = await boot({ tasks, retry: { attempts: 2, delay: 0 } })
  const attempts = async (kind: string, options = {}) => {
    const task = await runtime.enqueue(kind, null, options)
    await refusal(task.finished())
    return (await task.get())?.attempt
  }
  expect(await attempts('plain')).toBe(2)
  expect(await attempts('own')).toBe(3)
  expect(await attempts('own', { retry: { attempts: 4 } })).toBe(4)
})

test('RetryAfter sets the delay of the next attempt', async () => {
  const asked = defineTask({
    kind: 'asked',
    retry: { attempts: 2, delay: 1 },
    run: (): null => {
      throw new RetryAfter('1h', 'busy')
    },
  })
  const steps = facts('task.committed')
  const runtime = await boot({ tasks: [asked] })
  const task = await runtime.enqueue('asked')
  await steps.first(({ id, to }) => id === task.id && to === 'FAILED')
  const view = await task.get()
  expect(view?.error).toMatchObject({ name: 'RetryAfter', message: 'busy' })
  expect(Date.parse(view?.retryAt ?? '') - Date.now()).toBeGreaterThan(3_500_000)
})

for (const how of ['returned', 'thrown'] as const) {
  test(`a snooze that is ${how} spends no attempt`, async () => {
    const attempts: number[] = []
    const drowsy = defineTask({
      kind: 'drowsy',
      run: (task: RunningTask<null>) => {
        attempts.push(task.attempt)
        if (attempts.length > 2) return 'awake'
        if (how === 'thrown') throw snooze(10)
        return snooze(10)
      },
    })
    const runtime = await boot({ tasks: [drowsy] })
    const task = await runtime.enqueue('drowsy')
    expect(await task.finished()).toBe('awake')
    expect(attempts).toEqual([1, 1, 1])
    expect(await task.get()).toMatchObject({ attempt: 1 })
  })
}

test('a snoozed task shows when it comes back', async () => {
  const steps = facts('task.committed')
  const runtime = await boot({ tasks: [defineTask({ kind: 'drowsy', run: () => snooze('1h') })] })
  const task = await runtime.enqueue('drowsy')
  await steps.first(({ id, from, to }) => id === task.id && from === 'RUNNING' && to === 'SPOOLED')
  const view = await task.get()
  expect(view).toMatchObject({ state: 'SPOOLED', attempt: 0 })
  expect(Date.parse(view?.runAt ?? '') - Date.now()).toBeGreaterThan(3_500_000)
})

test('a task that started in time does not expire by a snooze or a retry', async () => {
  let runs = 0
  const late = defineTask({
    kind: 'late',
    retry: { attempts: 2, delay: 0 },
    run: () => {
      runs++
      if (runs === 1) return snooze(450)
      if (runs === 2) throw new Error('once')
      return 'done'
    },
  })
  const runtime = await boot({ tasks: [late] })
  const task = await runtime.enqueue('late', null, { expiresIn: 400 })
  expect(await task.finished()).toBe('done')
})
