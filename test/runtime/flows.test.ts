/** A task that depends on others waits for their end, whatever becomes of the process meanwhile. */
import { expect, test } from 'vitest'
import { defineTask, type RunningTask, type Runtime } from '../../src/index.js'
import { boot, facts, onDisk, refusal, stations, temporaryDirectory } from './lab.js'

const noop = defineTask({ kind: 'noop', run: (task: RunningTask<{ n?: number } | null>) => task.input?.n ?? 'done' })
const fails = defineTask({
  kind: 'fails',
  run: (): null => {
    throw new Error('no')
  },
})
const joins = defineTask({ kind: 'joins', run: (task) => task.dependencies() })
const tasks = [noop, fails, joins]
const waiting = { state: 'SPOOLED' } as const

/** The keys of a store by their class. */
async function keysOf(path: string, ...classes: string[]): Promise<string[]> {
  return onDisk(path, async (level) => (await level.keys().all()).filter((key) => classes.includes(key.slice(0, 1))))
}

test('a task waits until all that it depends on are FINISHED, and then runs with their results', async () => {
  const runtime = await boot({ tasks })
  const [a, b] = await runtime.enqueueMany([
    { kind: 'noop', id: 'b', input: { n: 2 }, paused: true },
    { kind: 'noop', id: 'a', input: { n: 1 }, paused: true },
  ])
  const join = await runtime.enqueue('joins', null, { dependsOn: ['b', 'a'] })
  expect(await join.get()).toMatchObject({ ...waiting, pending: 2, dependsOn: ['b', 'a'] })
  await runtime.resume('a')
  await b?.finished()
  const released = facts('flow.released')
  await released.first(({ id }) => id === 'a').catch(() => undefined)
  expect(await join.get()).toMatchObject({ ...waiting, pending: 1 })
  await runtime.resume('b')
  expect(await join.finished()).toEqual([
    { id: 'b', state: 'FINISHED', result: 2 },
    { id: 'a', state: 'FINISHED', result: 1 },
  ])
  const view = await join.get()
  expect([view?.pending, view?.dependsOn]).toEqual([undefined, ['b', 'a']])
  await a?.finished()
})

test('what has finished already is not waited for', async () => {
  const runtime = await boot({ tasks })
  const first = await runtime.enqueue('noop', { n: 7 })
  await first.finished()
  const next = await runtime.enqueue('joins', null, { dependsOn: [first.id] })
  expect(await next.finished()).toEqual([{ id: first.id, state: 'FINISHED', result: 7 }])
  const none = await runtime.enqueue('joins', null, { dependsOn: [] })
  expect(await none.finished()).toEqual([])
})

test('fan-out and fan-in in one call, in any order', async () => {
  const order: string[] = []
  const step = defineTask({ kind: 'step', run: (task) => void order.push(task.id) })
  const runtime = await boot({ tasks: [step] })
  const middle = Array.from({ length: 20 }, (_, i) => `middle-${i}`)
  const all = await runtime.enqueueMany([
    { kind: 'step', id: 'last', dependsOn: middle },
    ...middle.map((id) => ({ kind: 'step' as const, id, dependsOn: ['first'] })),
    { kind: 'step', id: 'first' },
  ])
  expect(all.map(({ id }) => id)).toEqual(['last', ...middle, 'first'])
  await all[0]?.finished()
  expect([order[0], order.at(-1), [...order].sort()]).toEqual(['first', 'last', ['first', 'last', ...middle].sort()])
})

test('its own time counts too, whichever is later', async () => {
  const runtime = await boot({ tasks })
  const [gate] = await runtime.enqueueMany([{ kind: 'noop', id: 'gate', paused: true }])
  const soon = await runtime.enqueue('noop', null, { in: 5, dependsOn: ['gate'] })
  const late = await runtime.enqueue('noop', null, { in: '1h', dependsOn: ['gate'] })
  const far = await runtime.enqueue('noop', null, { in: '2h' })
  await runtime.reschedule(far.id, { in: 5 })
  await far.finished()
  expect(await soon.get()).toMatchObject({ ...waiting, pending: 1 })
  await runtime.resume('gate')
  expect(await soon.finished()).toBe('done')
  await gate?.finished()
  expect(await late.get()).toMatchObject(waiting)
  expect((await late.get())?.pending).toBeUndefined()
  await runtime.reschedule(late.id, { in: 0 })
  expect(await late.finished()).toBe('done')
})

test('a paused one stays where it is until it is resumed, and one that waits can be cancelled and can expire', async () => {
  const runtime = await boot({ tasks })
  await runtime.enqueue('noop', null, { id: 'gate', paused: true })
  const held = await runtime.enqueue('noop', null, { paused: true, dependsOn: ['gate'] })
  const gone = await runtime.enqueue('noop', null, { dependsOn: ['gate'] })
  const old = await runtime.enqueue('noop', null, { dependsOn: ['gate'], expiresIn: 5 })
  await runtime.cancel(gone.id)
  expect(await refusal(old.finished())).toMatchObject({ reason: 'expired' })
  const released = facts('flow.released')
  await runtime.resume('gate')
  expect(await released.first()).toMatchObject({ id: 'gate', count: 1 })
  expect(await held.get()).toMatchObject({ ...waiting, paused: true })
  expect(await gone.get()).toMatchObject({ state: 'TERMINATED', reason: 'cancelled' })
  await runtime.resume(held.id)
  expect(await held.finished()).toBe('done')
})

test('a dependency that fails cancels what waits for it, and what waits for that', async () => {
  const runtime = await boot({ tasks })
  await runtime.enqueueMany([
    { kind: 'fails', id: 'bad', paused: true },
    { kind: 'noop', id: 'good', paused: true },
  ])
  const next = await runtime.enqueue('noop', null, {
    dependsOn: ['bad', 'good'],
    onFailure: { kind: 'noop', group: 'f' },
  })
  const third = await runtime.enqueue('noop', null, { dependsOn: [next.id] })
  const other = await runtime.enqueue('joins', null, { dependsOn: { tasks: [third.id], failed: 'run' } })
  await runtime.resume('bad')
  expect(await refusal(next.finished())).toMatchObject({ reason: 'cancelled' })
  expect(await refusal(third.finished())).toMatchObject({ reason: 'cancelled' })
  expect(await other.finished()).toEqual([{ id: third.id, state: 'TERMINATED', reason: 'cancelled' }])
  expect(await runtime.count({ group: 'f' })).toBe(1)
  // The other one that it waited for ends, and finds nobody.
  await runtime.resume('good')
  await (await runtime.enqueue('noop', null, { dependsOn: ['good'] })).finished()
  expect(await next.get()).toMatchObject({ state: 'TERMINATED' })
})

test('`run` goes on after any end, `wait` until somebody retries and it finishes', async () => {
  let broken = true
  const moody = defineTask({
    kind: 'moody',
    run: () => {
      if (broken) throw new Error('not now')
      return 'at last'
    },
  })
  const runtime = await boot({ tasks: [...tasks, moody] })
  const released = facts('flow.released')
  await runtime.enqueue('moody', null, { id: 'm', paused: true })
  const runs = await runtime.enqueue('joins', null, { dependsOn: { tasks: ['m'], failed: 'run' } })
  const waits = await runtime.enqueue('joins', null, { dependsOn: { tasks: ['m'], failed: 'wait' } })
  await runtime.resume('m')
  expect(await runs.finished()).toMatchObject([{ id: 'm', state: 'FAILED', error: { message: 'not now' } }])
  const later = await runtime.enqueue('joins', null, { dependsOn: { tasks: ['m'], failed: 'wait' } })
  expect(await waits.get()).toMatchObject({ ...waiting, pending: 1 })
  expect(await later.get()).toMatchObject({ ...waiting, pending: 1 })
  broken = false
  await runtime.retry('m')
  for (const task of [waits, later])
    expect(await task.finished()).toMatchObject([{ id: 'm', state: 'FINISHED', result: 'at last' }])
  expect(released.seen.map(({ count }) => count)).toEqual([1, 2])
})

test('a task that depends on one that is dead already is made, and its policy applies at once', async () => {
  const commits = facts('commit.end')
  const runtime = await boot({ tasks })
  const dead = await runtime.enqueue('fails')
  await refusal(dead.finished())
  const count = commits.seen.length
  const cancelled = await runtime.enqueue('noop', null, {
    dependsOn: [dead.id],
    onFailure: { kind: 'noop', group: 'f', paused: true },
  })
  expect(commits.seen.length).toBe(count + 1)
  expect(await cancelled.get()).toMatchObject({ state: 'TERMINATED', reason: 'cancelled', dependsOn: [dead.id] })
  expect(await runtime.count({ group: 'f' })).toBe(1)
  const runs = await runtime.enqueue('noop', null, { dependsOn: { tasks: [dead.id], failed: 'run' } })
  expect(await runs.finished()).toBe('done')
})

test('a retry does not bring back what was cancelled, and by hand that runs without waiting', async () => {
  const runtime = await boot({ tasks })
  const dead = await runtime.enqueue('fails', null, { id: 'dead', paused: true })
  await runtime.enqueue('noop', null, { id: 'other', paused: true })
  const next = await runtime.enqueue('noop', null, { dependsOn: ['dead', 'other'] })
  await runtime.resume('dead')
  await refusal(next.finished())
  await runtime.retry('dead')
  await refusal(dead.finished())
  expect(await next.get()).toMatchObject({ state: 'TERMINATED' })
  await runtime.retry(next.id)
  expect(await next.finished()).toBe('done')
})

test('a failed attempt with a retry to come is no end', async () => {
  let runs = 0
  const flaky = defineTask({
    kind: 'flaky',
    retry: { attempts: 2, delay: 0 },
    run: () => {
      if (++runs === 1) throw new Error('not yet')
      return runs
    },
  })
  const runtime = await boot({ tasks: [...tasks, flaky] })
  const flaked = await runtime.enqueue('flaky')
  const next = await runtime.enqueue('joins', null, { dependsOn: [flaked.id] })
  expect(await next.finished()).toEqual([{ id: flaked.id, state: 'FINISHED', result: 2 }])
})

test('a processor makes tasks that depend on each other, and on itself', async () => {
  const plans = defineTask({
    kind: 'plans',
    run: async (task: RunningTask) => {
      const first = await task.enqueue('noop', { n: 1 })
      const second = await task.enqueue('noop', { n: 2 }, { dependsOn: [first, task.id] })
      const codes = await Promise.all([
        refusal(task.enqueue('noop', null, { dependsOn: ['nobody'] })).then(({ code }) => code),
        refusal(task.enqueue('noop', null, { id: 'me', dependsOn: ['me'] })).then(({ code }) => code),
      ])
      return { codes, last: await task.enqueue('joins', null, { dependsOn: [second, first] }), first, second }
    },
  })
  const runtime = await boot({ tasks: [...tasks, plans] })
  const { codes, last, first, second } = (await (await runtime.enqueue('plans')).finished()) as {
    codes: string[]
    last: string
    first: string
    second: string
  }
  expect(codes).toEqual(['ERR_UNKNOWN_DEPENDENCY', 'ERR_DEPENDENCY_CYCLE'])
  expect(await runtime.handle(last).finished()).toEqual([
    { id: second, state: 'FINISHED', result: 2 },
    { id: first, state: 'FINISHED', result: 1 },
  ])
})

test('one that waits sleeps on disk, over a restart, and is found when it is time', async () => {
  const path = await temporaryDirectory()
  const before = await boot({ path, tasks })
  await before.enqueue('noop', { n: 1 }, { id: 'gate', paused: true })
  const join = await before.enqueue('joins', null, { dependsOn: ['gate'] })
  await before.stop()
  expect(await keysOf(path, 'p', 'f', 'z')).toEqual([
    `f!${join.id}!gate`,
    `p!gate!${join.id}`,
    `z!${join.id}`,
    'z!gate',
  ])
  const runtime = await boot({ path, tasks })
  await runtime.resume('gate')
  expect(await runtime.handle(join.id).finished()).toEqual([{ id: 'gate', state: 'FINISHED', result: 1 }])
  await runtime.stop()
  expect(await keysOf(path, 'p', 'n')).toEqual([])
})

test('a notice that a stop left behind is worked off at the next start', async () => {
  const path = await temporaryDirectory()
  const before = await boot({ path, tasks })
  await before.enqueue('noop', null, { id: 'gate', paused: true })
  const next = await before.enqueue('noop', null, { dependsOn: ['gate'] })
  await before.stop()
  // As a cut between the end of the gate and the page that follows it leaves it.
  await onDisk(path, async (level) => {
    const record = JSON.parse((await level.get('z!gate')) as string)
    await level.batch([
      { type: 'del', key: 'z!gate' },
      { type: 'put', key: 'e!gate', value: JSON.stringify({ ...record, s: 'F', end: record.c, pz: undefined }) },
      { type: 'put', key: 'n!gate', value: JSON.stringify({ finished: true, seq: record.q + 1 }) },
    ])
  })
  const runtime = await boot({ path, tasks })
  expect(await runtime.handle(next.id).finished()).toBe('done')
})

test('memory has room for few, and a parent with many dependents lets all of them go, once each', async () => {
  const ran: string[] = []
  const child = defineTask({ kind: 'child', run: (task) => void ran.push(task.id) })
  const runtime = await boot({ tasks: [noop, child], limits: { live: 20 } })
  await runtime.enqueue('noop', null, { id: 'gate', paused: true })
  const many = await runtime.enqueueMany(
    Array.from({ length: 1_300 }, () => ({ kind: 'child' as const, dependsOn: ['gate'] })),
  )
  const last = await runtime.enqueue('noop', null, { dependsOn: many.slice(0, 1_000).map(({ id }) => id) })
  await runtime.resume('gate')
  await Promise.all([last.finished(), ...many.map((task) => task.finished())])
  expect(ran.sort()).toEqual(many.map(({ id }) => id).sort())
})

test('a crowd of notices is served in turns: a small one does not wait for a large one', async () => {
  const ends: string[] = []
  const runtime = await boot({ tasks: [noop, fails] })
  await runtime.enqueueMany([
    { kind: 'noop', id: 'a-large', paused: true },
    { kind: 'noop', id: 'z-small', paused: true },
  ])
  const large = await runtime.enqueueMany(
    Array.from({ length: 3_000 }, () => ({ kind: 'noop' as const, paused: true, dependsOn: ['a-large'] })),
  )
  const small = await runtime.enqueue('noop', null, { dependsOn: ['z-small'] })
  const released = facts('flow.released')
  const ended = small.finished().then(() => ends.push(`small after ${released.seen.length}`))
  await runtime.resume(['a-large', 'z-small'])
  await ended
  const pages = () => released.seen.filter(({ id }) => id === 'a-large')
  expect(pages().length).toBeLessThan(5)
  while (pages().reduce((sum, { count }) => sum + Number(count), 0) < large.length) await released.next()
  expect(await runtime.count({ state: 'SPOOLED', paused: true })).toBe(3_000)
})

test('a task that others wait for is not removed; of many it is passed over', async () => {
  const path = await temporaryDirectory()
  const runtime = await boot({ path, tasks })
  const dead = await runtime.enqueue('fails', null, { group: 'g' })
  await refusal(dead.finished())
  const waits = await runtime.enqueue('noop', null, { dependsOn: { tasks: [dead.id], failed: 'wait' } })
  expect(await refusal(runtime.remove(dead.id))).toMatchObject({
    code: 'ERR_ILLEGAL_TRANSITION',
    message: expect.stringContaining('wait'),
  })
  expect(await runtime.remove({ group: 'g' })).toBe(0)
  await runtime.cancel(waits.id)
  expect(await runtime.remove({ group: 'g' })).toBe(1)
  expect(await runtime.remove(waits.id)).toBe(1)
  expect(await refusal(runtime.enqueue('noop', null, { dependsOn: [dead.id] }))).toMatchObject({
    code: 'ERR_UNKNOWN_DEPENDENCY',
  })
  await runtime.stop()
  expect(await keysOf(path, 'p', 'f', 'n', 'g')).toEqual([])
})

test('a crowd that waits for a retry is told of the second end, however far the first was told', async () => {
  let broken = true
  const moody = defineTask({
    kind: 'moody',
    run: () => {
      if (broken) throw new Error('not now')
    },
  })
  const runtime = await boot({ tasks: [noop, moody] })
  const released = facts('flow.released')
  const dead = await runtime.enqueue('moody', null, { id: 'm', paused: true })
  const crowd = await runtime.enqueueMany(
    Array.from({ length: 1_800 }, (_, i) => ({
      kind: 'noop' as const,
      dependsOn: { tasks: ['m'], failed: i % 2 === 0 ? ('wait' as const) : ('run' as const) },
    })),
  )
  await runtime.resume('m')
  await refusal(dead.finished())
  await released.first()
  broken = false
  // The first end is still being told when the second one comes.
  await runtime.retry('m')
  await Promise.all(crowd.map((task) => task.finished()))
  expect(await runtime.count({ kind: 'noop', state: 'FINISHED' })).toBe(1_800)
})

test('a damaged notice is worked off by what its task knows of its end', async () => {
  const path = await temporaryDirectory()
  const before = await boot({ path, tasks })
  await before.enqueueMany([
    { kind: 'noop', id: 'live', paused: true },
    { kind: 'noop', id: 'done' },
  ])
  const next = await before.enqueue('noop', null, { dependsOn: ['live'] })
  await before.handle('done').finished()
  await before.stop()
  await onDisk(path, (level) =>
    level.batch(['live', 'done', 'gone'].map((id) => ({ type: 'put', key: `n!${id}`, value: '{"finis' }))),
  )
  const runtime = await boot({ path, tasks })
  expect(await runtime.get(next.id)).toMatchObject({ state: 'SPOOLED', pending: 1 })
  await runtime.resume('live')
  expect(await runtime.handle(next.id).finished()).toBe('done')
  await runtime.stop()
  expect(await keysOf(path, 'n', 'p')).toEqual([])
})

test('one that comes back from quarantine hears of what ended while it was there', async () => {
  const path = await temporaryDirectory()
  const before = await boot({ path, tasks })
  await before.enqueueMany([
    { kind: 'noop', id: 'a', paused: true },
    { kind: 'noop', id: 'b', paused: true },
  ])
  const join = await before.enqueue('joins', null, { dependsOn: ['a', 'b'] })
  await before.stop()
  const without = await boot({ path, tasks: [noop] })
  const aside = facts('task.quarantined')
  await without.resume('a')
  await without.handle('a').finished()
  await aside.first(({ id }) => id === join.id)
  await without.stop()
  const runtime = await boot({ path, tasks })
  await runtime.resume('b')
  await runtime.handle('b').finished()
  await (await runtime.enqueue('noop', null, { dependsOn: ['b'] })).finished()
  expect(await runtime.quarantine.retry(join.id)).toBe(true)
  expect(await runtime.handle(join.id).finished()).toHaveLength(2)
})

test('an id that a key gives to another task is waited for as that one', async () => {
  const at = stations()
  const gate = defineTask({ kind: 'gate', run: (task) => at.stop(task.id) })
  const runtime = await boot({ tasks: [...tasks, gate] })
  const holder = await runtime.enqueue('gate', null, { key: 'k' })
  const [, join] = await runtime.enqueueMany([
    { kind: 'gate', id: 'mine', key: 'k' },
    { kind: 'joins', dependsOn: ['mine'] },
  ])
  expect(await join?.get()).toMatchObject({ pending: 1, dependsOn: [holder.id] })
  at.pass(holder.id)
  expect(await join?.finished()).toMatchObject([{ id: holder.id, state: 'FINISHED' }])
})

const refused: [string, string, RegExp, (runtime: Runtime) => Promise<unknown>][] = [
  ['an id that is not there', 'ERR_UNKNOWN_DEPENDENCY', /'nobody'/, (r) => r.enqueue('noop', null, { dependsOn: ['nobody'] })],
  ['a list that is none', 'ERR_INVALID_OPTION', /dependsOn: expected/, (r) => r.enqueue('noop', null, { dependsOn: 'a' as never })],
  ['an object without tasks', 'ERR_INVALID_OPTION', /dependsOn: expected/, (r) => r.enqueue('noop', null, { dependsOn: { failed: 'run' } as never })],
  ['an unknown policy', 'ERR_INVALID_OPTION', /dependsOn\.failed/, (r) => r.enqueue('noop', null, { dependsOn: { tasks: ['a'], failed: 'skip' as never } })],
  ['a misspelt member', 'ERR_INVALID_OPTION', /'policy'/, (r) => r.enqueue('noop', null, { dependsOn: { tasks: ['a'], policy: 'run' } as never })],
  ['a name that is none', 'ERR_INVALID_ID', /dependsOn/, (r) => r.enqueue('noop', null, { dependsOn: ['a b'] })],
  ['null', 'ERR_INVALID_OPTION', /dependsOn/, (r) => r.enqueue('noop', null, { dependsOn: null as never })],
  ['a thousand and one', 'ERR_INVALID_OPTION', /1001 tasks, the limit is 1000/, (r) => r.enqueue('noop', null, { dependsOn: Array.from({ length: 1_001 }, (_, i) => `t${i}`) })],
  ['itself', 'ERR_DEPENDENCY_CYCLE', /a → a/, (r) => r.enqueue('noop', null, { id: 'a', dependsOn: ['a'] })],
  ['a follow-up that depends', 'ERR_INVALID_OPTION', /unknown option 'dependsOn'/, (r) => r.enqueue('noop', null, { onSuccess: { kind: 'noop', dependsOn: ['a'] } as never })],
  ['a circle', 'ERR_DEPENDENCY_CYCLE', /b → c → d → b/, (r) => r.enqueueMany([
    { kind: 'noop', id: 'a' },
    { kind: 'noop', id: 'b', dependsOn: ['a', 'c'] },
    { kind: 'noop', id: 'c', dependsOn: ['d'] },
    { kind: 'noop', id: 'd', dependsOn: ['b'] },
  ])],
  ['a hundred thousand edges', 'ERR_TOO_MANY', /dependencies in one call/, (r) => {
    const ids = Array.from({ length: 1_000 }, (_, i) => `t${i}`)
    return r.enqueueMany(Array.from({ length: 101 }, () => ({ kind: 'noop', dependsOn: ids })))
  }],
] // biome-ignore format: a table

test.each(refused)('%s is refused, and nothing is made', async (_, code, message, call) => {
  const runtime = await boot({ tasks })
  expect(await refusal(call(runtime as unknown as Runtime))).toMatchObject({
    code,
    message: expect.stringMatching(message),
  })
  expect(await runtime.count()).toBe(0)
})

test('a long chain is no circle, and what befalls its head befalls all of it', async () => {
  const runtime = await boot({ tasks })
  const chain = Array.from({ length: 1_000 }, (_, i) => ({
    kind: 'noop' as const,
    id: `t${i}`,
    paused: i === 0,
    ...(i === 0 ? {} : { dependsOn: [`t${i - 1}`] }),
  })).reverse()
  const made = await runtime.enqueueMany(chain)
  await runtime.cancel('t0')
  expect(await refusal((made[0] as (typeof made)[number]).finished())).toMatchObject({ reason: 'cancelled' })
  expect(await runtime.count({ state: 'TERMINATED' })).toBe(1_000)
})
