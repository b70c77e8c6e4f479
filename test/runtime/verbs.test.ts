/** What can be done to tasks by hand: by id, by ids, by query. */
import { expect, test } from 'vitest'
import { defineTask } from '../../src/index.js'
import { boot, facts, refusal, stations } from './lab.js'

const noop = defineTask({ kind: 'noop', run: () => 'done' })
const fails = defineTask({
  kind: 'fails',
  run: (): null => {
    throw new Error('no')
  },
})

const lab = () => boot({ tasks: [noop, fails], routes: { other: {} } })

test('pause holds a task that waits, resume lets it go', async () => {
  const runtime = await lab()
  const task = await runtime.enqueue('noop', null, { in: '1h' })
  expect(await runtime.pause(task.id)).toBe(1)
  expect(await task.get()).toMatchObject({ state: 'SPOOLED', paused: true })
  await runtime.reschedule(task.id, { in: 0 })
  await (await runtime.enqueue('noop')).finished()
  expect(await task.get()).toMatchObject({ state: 'SPOOLED', paused: true })
  expect(await runtime.resume(task.id)).toBe(1)
  expect(await task.finished()).toBe('done')
})

test('a task may be made paused', async () => {
  const runtime = await lab()
  const task = await runtime.enqueue('noop', null, { paused: true })
  await (await runtime.enqueue('noop')).finished()
  expect(await task.get()).toMatchObject({ paused: true })
  await runtime.resume({ paused: true })
  expect(await task.finished()).toBe('done')
})

test('pause holds a QUEUED task, and not a RUNNING one', async () => {
  const at = stations()
  const gate = defineTask({ kind: 'gate', run: () => at.stop('gate') })
  const runtime = await boot({ tasks: [gate, noop], routes: { default: { concurrency: 1 } } })
  const running = await runtime.enqueue('gate')
  await at.reached('gate')
  const [queued, next] = [await runtime.enqueue('noop'), await runtime.enqueue('noop')]
  expect(await runtime.pause(queued.id)).toBe(1)
  expect(await refusal(runtime.pause(running.id))).toMatchObject({ code: 'ERR_ILLEGAL_TRANSITION' })
  at.pass('gate')
  await next.finished()
  expect(await queued.get()).toMatchObject({ state: 'QUEUED', paused: true })
  await runtime.resume(queued.id)
  await queued.finished()
})

test('cancel ends a task wherever it is, and tells a running one by its signal', async () => {
  const at = stations()
  const told: unknown[] = []
  const gate = defineTask({
    kind: 'gate',
    run: async ({ signal }) => {
      signal.addEventListener('abort', () => told.push((signal.reason as { code: string }).code))
      await at.stop('gate')
    },
  })
  const runtime = await boot({ tasks: [gate, noop], routes: { default: { concurrency: 1 } } })
  const running = await runtime.enqueue('gate')
  await at.reached('gate')
  const waiting = [await runtime.enqueue('noop'), await runtime.enqueue('noop', null, { in: '1h' })]
  expect(await runtime.cancel([running.id, ...waiting.map(({ id }) => id)])).toBe(3)
  for (const task of [running, ...waiting])
    expect(await refusal(task.finished())).toMatchObject({ reason: 'cancelled' })
  expect(told).toEqual(['cancelled'])
  at.pass('gate')
  expect(await runtime.count({ state: 'TERMINATED' })).toBe(3)
})

test('retry puts a dead or terminated task back with all its attempts', async () => {
  const runtime = await lab()
  const dead = await runtime.enqueue('fails', null, { retry: { attempts: 2, delay: 0 } })
  await refusal(dead.finished())
  expect(await runtime.retry(dead.id)).toBe(1)
  await refusal(dead.finished())
  expect(await dead.get()).toMatchObject({ state: 'FAILED', attempt: 4 })
  const cancelled = await runtime.enqueue('noop', null, { in: '1h' })
  await runtime.cancel(cancelled.id)
  await runtime.retry(cancelled.id)
  expect(await cancelled.finished()).toBe('done')
})

test('retry does not wait for the delay of a retry that is to come', async () => {
  const steps = facts('task.committed')
  let runs = 0
  const once = defineTask({
    kind: 'once',
    retry: { attempts: 2, delay: '1h' },
    run: () => {
      if (runs++ === 0) throw new Error('no')
      return runs
    },
  })
  const runtime = await boot({ tasks: [once] })
  const task = await runtime.enqueue('once')
  await steps.first(({ to }) => to === 'FAILED')
  await runtime.retry(task.id)
  expect(await task.finished()).toBe(2)
})

test('reschedule moves a task to another time, priority or route', async () => {
  const runtime = await lab()
  const task = await runtime.enqueue('noop', null, { in: '1h' })
  const when = new Date(Date.now() + 7_200_000)
  await runtime.reschedule(task.id, { runAt: when, priority: 9, route: 'other' })
  expect(await task.get()).toMatchObject({ runAt: when.toISOString(), priority: 9, route: 'other', state: 'SPOOLED' })
  await runtime.reschedule(task.id, { in: 0 })
  expect(await task.finished()).toBe('done')
})

test('a QUEUED task that is rescheduled for later leaves its queue', async () => {
  const at = stations()
  const gate = defineTask({ kind: 'gate', run: () => at.stop('gate') })
  const runtime = await boot({ tasks: [gate, noop], routes: { default: { concurrency: 1 }, other: {} } })
  await runtime.enqueue('gate')
  await at.reached('gate')
  const [later, elsewhere] = [await runtime.enqueue('noop'), await runtime.enqueue('noop')]
  await runtime.reschedule(later.id, { in: '1h' })
  expect((await later.get())?.state).toBe('SPOOLED')
  await runtime.reschedule(elsewhere.id, { route: 'other' })
  expect(await elsewhere.finished()).toBe('done')
  at.pass('gate')
})

test('remove takes ended tasks out of the store, and no others', async () => {
  const runtime = await lab()
  const done = await runtime.enqueue('noop', null, { group: 'g' })
  await done.finished()
  const waits = await runtime.enqueue('noop', null, { group: 'g', in: '1h' })
  expect(await refusal(runtime.remove(waits.id))).toMatchObject({ code: 'ERR_ILLEGAL_TRANSITION' })
  expect(await runtime.remove({ group: 'g' })).toBe(1)
  expect(await done.get()).toBeUndefined()
  expect((await runtime.find({ group: 'g' })).items.map(({ id }) => id)).toEqual([waits.id])
  const again = await runtime.enqueue('noop', { other: 'input' }, { id: done.id })
  expect(again.created).toBe(true)
})

test('removed and put back at once, a task is one of the two and never half of each', async () => {
  const runtime = await lab()
  for (const order of [
    ['remove', 'retry'],
    ['retry', 'remove'],
  ] as const) {
    const task = await runtime.enqueue('noop', { its: 'input' }, { in: '1h' })
    await runtime.cancel(task.id)
    const [first, second] = await Promise.allSettled(order.map((verb) => runtime[verb](task.id)))
    expect([first?.status, second?.status]).toEqual(['fulfilled', 'rejected'])
    if (order[0] === 'remove') expect(await task.get()).toBeUndefined()
    else expect(await task.finished()).toBe('done')
  }
})

test('verbs by group and by query answer how many they did, and pass over the others', async () => {
  const runtime = await lab()
  const door = Array.from({ length: 30 }, () => ({ kind: 'noop' as const, group: 'door', in: '1h' }))
  await runtime.enqueueMany([...door, { kind: 'noop', group: 'doors', in: '1h' }, { kind: 'noop', in: '1h' }])
  expect(await runtime.pause({ group: 'door' })).toBe(30)
  expect(await runtime.pause({ group: 'door' })).toBe(0)
  expect(await runtime.cancel({ group: 'door', state: 'SPOOLED' })).toBe(30)
  expect(await runtime.retry({ kind: 'noop', state: 'TERMINATED' })).toBe(30)
  expect(await runtime.cancel({ kind: 'nobody' })).toBe(0)
  expect(await runtime.count({ group: 'doors' })).toBe(1)
})

test('verbs take pages of a large crowd', async () => {
  const runtime = await lab()
  await runtime.enqueueMany(Array.from({ length: 1_300 }, () => ({ kind: 'noop' as const, group: 'crowd', in: '1h' })))
  expect(await runtime.cancel({ group: 'crowd' })).toBe(1_300)
  expect(await runtime.count({ state: 'TERMINATED' })).toBe(1_300)
  expect(await runtime.remove({ state: 'TERMINATED' })).toBe(1_300)
  expect(await runtime.count()).toBe(0)
})

test('ids that are not there are passed over; one alone answers ERR_NOT_FOUND', async () => {
  const runtime = await lab()
  const task = await runtime.enqueue('noop', null, { in: '1h' })
  expect(await runtime.cancel(['nobody', task.id, task.id])).toBe(1)
  for (const verb of ['pause', 'resume', 'cancel', 'retry', 'remove'] as const) {
    expect(await refusal(runtime[verb]('nobody'))).toMatchObject({ code: 'ERR_NOT_FOUND', hint: expect.any(String) })
  }
  expect(await refusal(runtime.task('nobody'))).toMatchObject({ code: 'ERR_NOT_FOUND' })
  expect(await runtime.get('nobody')).toBeUndefined()
  const many = Array.from({ length: 10_001 }, (_, n) => `id${n}`)
  expect(await refusal(runtime.cancel(many))).toMatchObject({ code: 'ERR_TOO_MANY' })
})

test('what a state does not allow is ERR_ILLEGAL_TRANSITION, and says in which state the task is', async () => {
  const runtime = await lab()
  const done = await runtime.enqueue('noop')
  await done.finished()
  const verbs = { pause: 'paused', resume: 'resumed', cancel: 'cancelled', retry: 'retried' } as const
  for (const [verb, word] of Object.entries(verbs)) {
    const error = await refusal(runtime[verb as keyof typeof verbs](done.id))
    expect(error.code).toBe('ERR_ILLEGAL_TRANSITION')
    expect(error.message).toBe(`task ${done.id} is FINISHED and cannot be ${word}`)
  }
  expect(await refusal(runtime.reschedule(done.id, { in: 1 }))).toMatchObject({ code: 'ERR_ILLEGAL_TRANSITION' })
  const dead = await runtime.enqueue('fails')
  await refusal(dead.finished())
  expect(await refusal(runtime.cancel(dead.id))).toMatchObject({ code: 'ERR_ILLEGAL_TRANSITION' })
})
