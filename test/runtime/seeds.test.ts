/**
 * Defects of other queues that this one must not have: what pi_portal, TaskShed, dist-sched-tasks and Indico do wrong,
 * each as the behaviour that holds here instead.
 */
import { describe, expect, test } from 'vitest'
import { defineTask, type RunningTask } from '../../src/index.js'
import { keyOf } from '../../src/model/keys.js'
import { boot, deferred, facts, NEAR, onDisk, refusal, stations, temporaryDirectory } from './lab.js'

const noop = defineTask({ kind: 'noop', run: () => 'done' })
const fails = (retry: { attempts: number; delay?: number | string }, route = 'default') =>
  defineTask({
    kind: `fails-${route}`,
    route,
    retry: { jitter: 0, ...retry },
    run: (): null => {
      throw new Error('no')
    },
  })

describe('pi_portal', () => {
  test('a task is not acknowledged before its successors and its failure are on disk', async () => {
    const path = await temporaryDirectory()
    const before = await boot({ path, tasks: [noop, fails({ attempts: 2, delay: '1h' })] })
    const parent = await before.enqueue('noop', null, {
      onSuccess: { kind: 'noop', group: 'next', in: '1h' },
    })
    const steps = facts('task.committed')
    const failing = await before.enqueue('fails-default', null, { id: 'f' })
    await parent.finished()
    await steps.first(({ id, to }) => id === failing.id && to === 'FAILED')
    await before.stop()
    const [successors, failure] = await onDisk(path, async (database) => [
      await database.keys({ gt: 'g!next!', lt: 'g!next"' }).all(),
      (await database.get(keyOf('dormant', 'f'))) as string | undefined,
    ])
    expect(successors).toHaveLength(1)
    expect(JSON.parse(failure ?? '{}')).toMatchObject({ s: 'X', err: { message: 'no' } })
  })

  test('a retry moves a task in one commit: at no moment are there two of it, or none', async () => {
    const ends = facts('commit.end')
    const runtime = await boot({ tasks: [fails({ attempts: 20, delay: 0 })] })
    const task = await runtime.enqueue('fails-default')
    const counts: Promise<number>[] = []
    const look = ends.next(() => {
      counts.push(runtime.get(task.id).then((view) => (view ? 1 : 0)))
      return false
    })
    await refusal(task.finished())
    void look
    expect(await runtime.count()).toBe(1)
    expect(new Set(await Promise.all(counts))).toEqual(new Set([1]))
    expect((await task.get())?.attempt).toBe(20)
  })

  test('failed tasks of several routes do not meet under one key', async () => {
    const tasks = ['a', 'b', 'c'].map((route) => fails({ attempts: 2, delay: '1h' }, route))
    const steps = facts('task.committed')
    const runtime = await boot({ tasks })
    for (const route of ['a', 'b', 'c']) {
      const task = await runtime.enqueue(`fails-${route}`, { from: route })
      await steps.first(({ id, to }) => id === task.id && to === 'FAILED')
    }
    const { items } = await runtime.find({ state: 'FAILED' })
    expect(items.map(({ route, input }) => [route, input]).sort()).toEqual(
      ['a', 'b', 'c'].map((route) => [route, { from: route }]),
    )
  })

  test('an unreadable entry is set aside, and the queue goes on', async () => {
    const path = await temporaryDirectory()
    const before = await boot({ path, tasks: [noop] })
    await before.enqueueMany(Array.from({ length: 9 }, (_, n) => ({ kind: 'noop' as const, id: `t${n}`, in: NEAR })))
    await before.stop()
    await onDisk(path, (database) => database.put(keyOf('live', 't4'), '\u0000'))
    const runtime = await boot({ path, tasks: [noop] })
    await runtime.reschedule({ kind: 'noop' }, { in: 0 })
    for (const n of [0, 8]) expect(await (await runtime.enqueue('noop', null, { id: `t${n}` })).finished()).toBe('done')
    expect(await runtime.count()).toBe(8)
    expect((await runtime.quarantine.list()).map(({ id }) => id)).toEqual(['t4'])
  })

  test('onFailure comes at death, not at every attempt', async () => {
    const runtime = await boot({ tasks: [noop, fails({ attempts: 4, delay: 0 })] })
    const task = await runtime.enqueue('fails-default', null, { onFailure: { kind: 'noop', group: 'after' } })
    await refusal(task.finished())
    expect(await runtime.count({ group: 'after' })).toBe(1)
  })

  test('a daemon that is restarted all the time does not begin its waits anew', async () => {
    const path = await temporaryDirectory()
    let runtime = await boot({ path, tasks: [noop] })
    await runtime.enqueue('noop', null, { id: 'a', in: '1h' })
    const due = (await runtime.get('a'))?.runAt
    for (let i = 0; i < 3; i++) {
      await runtime.stop()
      runtime = await boot({ path, tasks: [noop] })
    }
    expect(await runtime.get('a')).toMatchObject({ runAt: due, state: 'SPOOLED' })
    const record = await onDiskAfter(runtime, path)
    // The steady hand counts whole milliseconds from a beginning of its own.
    expect(Math.abs(record.due[1] - Date.parse(due as string))).toBeLessThanOrEqual(2)
  })
})

/** The record of `a`, once its runtime has stopped. */
async function onDiskAfter(runtime: { stop(): Promise<void> }, path: string): Promise<{ due: [string, number] }> {
  await runtime.stop()
  return onDisk(path, async (database) => JSON.parse((await database.get(keyOf('dormant', 'a'))) as string))
}

describe('TaskShed', () => {
  test('an unregistered kind does not delete its tasks', async () => {
    const path = await temporaryDirectory()
    const before = await boot({ path, tasks: [noop] })
    await before.enqueue('noop', 'kept', { id: 'a', in: NEAR })
    await before.stop()
    const aside = facts('task.quarantined')
    const without = await boot({ path, tasks: [] })
    await aside.first()
    await without.stop()
    const runtime = await boot({ path, tasks: [noop] })
    await runtime.quarantine.retry('a')
    await runtime.reschedule('a', { in: 0 })
    expect(await (await runtime.enqueue('noop', 'kept', { id: 'a' })).finished()).toBe('done')
  })

  test('the record of a task is there while its processor runs', async () => {
    const at = stations()
    const runtime = await boot({ tasks: [defineTask({ kind: 'gate', run: () => at.stop('gate') })] })
    const task = await runtime.enqueue('gate')
    await at.reached('gate')
    expect(await task.get()).toMatchObject({ state: 'RUNNING', attempt: 1 })
    at.pass('gate')
    await task.finished()
  })

  test('200 one-shots run 200 times, whatever wakes the router meanwhile', async () => {
    const runs = new Map<string, number>()
    const once = defineTask({ kind: 'once', run: ({ id }) => void runs.set(id, (runs.get(id) ?? 0) + 1) })
    const runtime = await boot({ tasks: [once] })
    const handles = await runtime.enqueueMany(
      Array.from({ length: 200 }, (_, n) => ({ kind: 'once' as const, in: n % 20 })),
    )
    const wake = (runtime.system as unknown as { get(name: string): { send(event: object): void } }).get('router')
    for (let i = 0; i < 50; i++) {
      wake.send({ type: 'due' })
      await new Promise((resolve) => setImmediate(resolve))
    }
    await Promise.all(handles.map((handle) => handle.finished()))
    expect([runs.size, new Set(runs.values())]).toEqual([200, new Set([1])])
  })
})

describe('dist-sched-tasks', () => {
  test('a start keeps what is there', async () => {
    const path = await temporaryDirectory()
    const before = await boot({ path, tasks: [noop] })
    await before.enqueueMany(Array.from({ length: 50 }, () => ({ kind: 'noop' as const, in: '1h' })))
    await (await before.enqueue('noop', null, { id: 'ended' })).finished()
    await before.stop()
    const runtime = await boot({ path, tasks: [noop] })
    expect(await runtime.count()).toBe(51)
    expect((await runtime.get('ended'))?.result).toBe('done')
  })

  test('retries wait longer and longer, and end', async () => {
    const runtime = await boot({ tasks: [fails({ attempts: 4, delay: 10 })] })
    const task = await runtime.enqueue('fails-default')
    await refusal(task.finished())
    const history = (await task.get())?.history ?? []
    const times = (state: string) => history.filter((entry) => entry.state === state).map(({ at }) => Date.parse(at))
    const waits = times('SPOOLED')
      .slice(1)
      .map((at, n) => at - (times('FAILED')[n] as number))
    expect(waits).toHaveLength(3)
    for (const [n, wait] of waits.entries()) expect(wait).toBeGreaterThanOrEqual(10 * 2 ** n - 1)
  })

  test('a task whose worker died is not in progress for ever', async () => {
    const path = await temporaryDirectory()
    const at = stations()
    const attempts: number[] = []
    const second = deferred()
    const job = defineTask({
      kind: 'job',
      run: async (task: RunningTask) => {
        attempts.push(task.attempt)
        if (attempts.length > 1) return second.resolve()
        await at.stop('first')
      },
    })
    const before = await boot({ path, tasks: [job] })
    await before.enqueue('job')
    await at.reached('first')
    await before.stop()
    await boot({ path, tasks: [job] })
    await second.promise
    expect(attempts).toEqual([1, 2])
  })
})

describe('Indico', () => {
  test('silence is looked at every time, and not by chance', async () => {
    const silent = defineTask({
      kind: 'silent',
      heartbeat: 20,
      run: ({ signal }) => new Promise((_, reject) => signal.addEventListener('abort', reject)),
    })
    const runtime = await boot({ tasks: [silent], routes: { default: { concurrency: 30 } } })
    const handles = await runtime.enqueueMany(Array.from({ length: 30 }, () => ({ kind: 'silent' as const })))
    for (const handle of handles) expect(await refusal(handle.finished())).toMatchObject({ reason: 'awol' })
  })

  test('what comes to an end after it was TERMINATED stays TERMINATED, and is told', async () => {
    const at = stations()
    const late = facts('run.late')
    const runtime = await boot({
      tasks: [defineTask({ kind: 'gate', timeout: 10, run: () => at.stop('gate').then(() => 'late') })],
    })
    const task = await runtime.enqueue('gate')
    await refusal(task.finished())
    at.pass('gate')
    expect(await late.first()).toMatchObject({ id: task.id, kind: 'gate' })
    const view = await task.get()
    expect(view).toMatchObject({ state: 'TERMINATED', reason: 'timeout' })
    expect(view?.result).toBeUndefined()
  })
})
