/** Parts of the runtime that meet: schedules, gates, flows, keys, limits, lazy tasks, retention; and a cut between them. */
import { expect, test } from 'vitest'
import { defineTask, type RunningTask } from '../../src/index.js'
import { Board } from '../support/board.js'
import { door } from '../support/door.js'
import { SIMULATED_START } from '../support/simulated-clock.js'
import { boot, facts, refusal, stations, temporaryDirectory } from './lab.js'

const MINUTE = 60_000
const at = (ms: number) => new Date(SIMULATED_START + ms).toISOString()
const every = { every: '1m' } as const
const states = (views: readonly { state: string }[]) => views.map(({ state }) => state)

/** A kind whose tasks give what they depended on. */
const joins = defineTask({ kind: 'joins', run: (task: RunningTask) => task.dependencies() })
const noop = defineTask({ kind: 'noop', run: () => 'done' })
const fails = defineTask({
  kind: 'fails',
  run: (): null => {
    throw new Error('no')
  },
})

test('the task of a tick has the concurrency key of its template: one at a time, also after a kill', async () => {
  const it = new Board()
  const task = { kind: 'slow', concurrencyKey: 'camera' }
  await it.start({ schedules: { shots: { ...every, task, overlap: 'allow' } } })
  await it.pass(2 * MINUTE, MINUTE)
  expect([...it.slow.keys()].length).toBe(1)
  expect(states(await it.tasks('shots'))).toEqual(['RUNNING', 'QUEUED'])
  it.slow.clear()
  await it.kill()
  expect([...it.slow.keys()].length).toBe(1)
  for (let n = 0; n < 2; n++) {
    for (const { finish } of it.slow.values()) finish()
    await it.settled()
  }
  expect(states(await it.tasks('shots'))).toEqual(['FINISHED', 'FINISHED'])
})

test('a tick that waits for its predecessor is made when that was replaced by hand meanwhile, after a kill too', async () => {
  const it = new Board()
  const task = { kind: 'slow', key: 'k' }
  const twice = { at: [at(MINUTE), at(2 * MINUTE)], task, overlap: 'queue' as const, missed: 'all' as const }
  await it.start({ schedules: { twice } })
  await it.runtime.routes.pause('default')
  await it.pass(2 * MINUTE, MINUTE)
  const [first] = await it.tasks('twice')
  const again = await it.runtime.enqueue('slow', 'in other words', { key: 'k', replace: true })
  expect([again.id, again.created]).toEqual([first?.id, false])
  await it.kill()
  expect(await it.runtime.schedules.get('twice')).toMatchObject({ state: 'active', waiting: 1 })
  await it.runtime.routes.resume('default')
  await it.settled()
  it.slow.get(again.id)?.finish()
  await it.settled()
  expect(await it.tasks('twice')).toMatchObject([
    { state: 'FINISHED', input: 'in other words', schedule: 'twice' },
    { state: 'RUNNING', scheduledAt: at(2 * MINUTE) },
  ])
  expect(await it.runtime.schedules.get('twice')).toMatchObject({ state: 'ended', waiting: 0 })
})

test('a run that a gate interrupted gives back the slot it took, whatever its task was replaced by', async () => {
  const online = door(true)
  const at = stations()
  const upload = defineTask({
    kind: 'upload',
    onGateClose: 'interrupt',
    gates: ['online'],
    concurrency: { limit: 1, by: (input) => (input as { camera: string }).camera },
    run: async ({ attempt, id }: RunningTask<{ camera: string }>) => {
      if (attempt === 1 && id !== 'next') await at.stop('deaf')
    },
  })
  const runtime = await boot({ tasks: [upload, noop], gates: { online: online.definition } })
  const ends = facts('run.end')
  const first = await runtime.enqueue('upload', { camera: 'a' }, { key: 'file' })
  await at.reached('deaf')
  const back = facts('task.committed').next(({ id, to }) => id === first.id && to === 'QUEUED')
  online.set(false)
  await back
  const again = await runtime.enqueue('upload', { camera: 'b' }, { key: 'file', replace: true })
  expect(again.created).toBe(false)
  at.pass('deaf')
  await ends.first(({ id }) => id === first.id)
  online.set(true)
  await again.finished()
  const next = await runtime.enqueue('upload', { camera: 'a' }, { id: 'next' })
  const last = await runtime.enqueue('upload', { camera: 'b' })
  await Promise.all([next.finished(), last.finished()])
  expect(await first.get()).toMatchObject({ state: 'FINISHED', concurrencyKey: 'b', attempt: 2 })
})

test('the window of a throttled key is that of its kind, also when the kind has another name after a restart', async () => {
  const path = await temporaryDirectory()
  const old = await boot({ path, tasks: [defineTask({ kind: 'old', run: () => 'old' })] })
  const first = await old.enqueue('old', null, { key: 'k', throttle: '1h' })
  await first.finished()
  await old.stop()
  const renamed = defineTask({ kind: 'new', aliases: ['old'], run: () => 'new' })
  const runtime = await boot({ path, tasks: [renamed] })
  for (const name of ['new', 'old'] as const) {
    const again = await runtime.enqueue(name as 'new', null, { key: 'k', throttle: '1h' })
    expect([again.id, again.created]).toEqual([first.id, false])
  }
})

test('a tick of a lazy kind is on disk with its schedule or not at all: a cut makes no second one, and loses none', async () => {
  for (const tear of [true, false]) {
    const it = new Board()
    const reading = defineTask({ kind: 'reading', durability: 'lazy', run: () => null })
    const tasks = [reading]
    await it.start({ tasks, schedules: { readings: { ...every, task: { kind: 'reading' }, overlap: 'allow' } } })
    await it.pass(MINUTE)
    await it.cut(MINUTE, tear)
    await it.pass(6_000, 2_000)
    expect(states(await it.tasks('readings'))).toEqual(['FINISHED', 'FINISHED'])
    expect(await it.runtime.schedules.get('readings')).toMatchObject({ counters: { made: 2, failed: 0 } })
  }
})

test('a tick that waits for the end of a lazy one is made, though that end is late, and a cut takes it back', async () => {
  const it = new Board()
  const task = { kind: 'slow', durability: 'lazy' as const }
  await it.start({ schedules: { q: { at: [at(MINUTE), at(2 * MINUTE)], task, overlap: 'queue' } } })
  await it.pass(2 * MINUTE, MINUTE)
  const [id] = [...it.slow.keys()]
  it.slow.get(id as string)?.finish()
  await it.kill()
  expect(states(await it.tasks('q'))).toEqual(['RUNNING'])
  it.slow.get(id as string)?.finish()
  await it.pass(6_000, 1_000)
  expect(states(await it.tasks('q'))).toEqual(['FINISHED', 'RUNNING'])
})

test('a task that depends on a lazy one takes it to the disk with it', async () => {
  const it = new Board()
  await it.start({ tasks: [joins] })
  const parent = await it.runtime.enqueue('work', 1, { durability: 'lazy', id: 'reading' })
  const child = await it.runtime.enqueue('joins', null, { dependsOn: [parent.id], id: 'sum' })
  await it.kill()
  expect(await it.runtime.get(child.id)).toBeDefined()
  await it.pass(11_000, 1_000)
  expect(await it.runtime.handle('sum').finished()).toMatchObject([{ id: 'reading', state: 'FINISHED' }])
})

test('lazy tasks that are debounced or throttled cost no commit of their own, however often they are asked for', async () => {
  const it = new Board()
  await it.start()
  const begun = it.facts('commit.begin')
  const ask = (n: number) => it.runtime.enqueue('work', n, { durability: 'lazy', key: 'k', debounce: '6s' })
  await ask(0)
  await it.pass(5_000)
  expect(begun.length).toBe(1)
  for (let n = 1; n < 50; n++) {
    await ask(n)
    await it.runtime.enqueue('work', n, { durability: 'lazy', key: 'w', throttle: '1h' })
  }
  await it.settled()
  expect(begun.length).toBe(1)
  await it.pass(5_000)
  await it.kill()
  await it.pass(15_000, 1_000)
  const found = (await it.runtime.find({ kind: 'work' })).items.map(({ key, input, state }) => [key, input, state])
  expect(found.sort()).toEqual([
    ['k', 49, 'FINISHED'],
    ['w', 1, 'FINISHED'],
  ])
})

test('a kind that was retired faults the ticks of its schedules and leaves out follow-ups, over a kill, until it is restored', async () => {
  const it = new Board()
  await it.start({ tasks: [noop], schedules: { m: { ...every, task: { kind: 'noop' } } } })
  const parent = await it.runtime.enqueue('slow', null, { onSuccess: { kind: 'noop' } })
  await it.settled()
  await it.runtime.kinds.retire('noop')
  await it.kill()
  await it.pass(MINUTE)
  it.slow.get(parent.id)?.finish()
  await it.settled()
  expect(await it.runtime.schedules.get('m')).toMatchObject({ counters: { made: 0, failed: 1 } })
  expect(await refusal(it.runtime.schedules.trigger('m'))).toMatchObject({ code: 'ERR_KIND_RETIRED' })
  expect([(await it.runtime.get(parent.id))?.state, await it.runtime.count({ kind: 'noop' })]).toEqual(['FINISHED', 0])
  expect(it.warnings.some((line) => line.includes("kind 'noop' is retired"))).toBe(true)
  await it.runtime.kinds.restore('noop')
  await it.pass(MINUTE)
  expect(await it.made('m')).toEqual([at(2 * MINUTE)])
})

test('behind a closed gate a schedule queues one task and skips the rest, over a kill, and one runs when it opens', async () => {
  const it = new Board()
  const online = door(false)
  const gates = { online: online.definition }
  const upload = defineTask({ kind: 'upload', gates: ['online'], run: () => null })
  await it.start({ tasks: [upload], gates, schedules: { up: { ...every, task: { kind: 'upload' } } } })
  await it.pass(3 * MINUTE, MINUTE)
  await it.kill()
  await it.pass(2 * MINUTE, MINUTE)
  expect(await it.tasks('up')).toMatchObject([{ state: 'QUEUED', attempt: 0 }])
  online.set(true)
  await it.settled()
  expect(await it.tasks('up')).toMatchObject([{ state: 'FINISHED', attempt: 1 }])
  expect(await it.runtime.schedules.get('up')).toMatchObject({ counters: { made: 1, skipped: 4 } })
})

test('a running task that its schedule replaces fails those that depend on it and makes its onFailure, once, over a kill', async () => {
  const it = new Board()
  const task = { kind: 'slow', onFailure: { kind: 'noop' } }
  await it.start({ tasks: [noop, joins], schedules: { r: { ...every, task, overlap: 'replace' } } })
  await it.pass(MINUTE)
  const [first] = await it.tasks('r')
  const child = await it.runtime.enqueue('joins', null, { dependsOn: [first?.id as string] })
  const anyhow = await it.runtime.enqueue('joins', null, {
    dependsOn: { tasks: [first?.id as string], failed: 'run' },
  })
  await it.cut(MINUTE, false)
  expect(await it.tasks('r')).toMatchObject([{ state: 'TERMINATED', reason: 'superseded' }, { state: 'RUNNING' }])
  expect(await it.runtime.get(child.id)).toMatchObject({ state: 'TERMINATED', reason: 'cancelled' })
  expect(await it.runtime.handle(anyhow.id).finished()).toMatchObject([{ reason: 'superseded' }])
  const { items } = await it.runtime.find({ kind: 'noop' })
  expect(items).toMatchObject([{ cause: { id: first?.id, state: 'TERMINATED', reason: 'superseded' } }])
})

test('a task that waits for its retry is replaced by hand, and whoever depends on it waits for what it is now', async () => {
  const path = await temporaryDirectory()
  const moody = defineTask({
    kind: 'moody',
    retry: { attempts: 3, delay: '1h' },
    run: ({ input }: RunningTask<{ ok: boolean }>) => {
      if (!input.ok) throw new Error('no')
      return 'yes'
    },
  })
  const tasks = [moody, joins]
  const runtime = await boot({ path, tasks })
  const failed = facts('task.committed').first(({ to }) => to === 'FAILED')
  const parent = await runtime.enqueue('moody', { ok: false }, { key: 'k' })
  const child = await runtime.enqueue('joins', null, { dependsOn: [parent.id] })
  await failed
  await runtime.stop()
  const next = await boot({ path, tasks })
  const again = await next.enqueue('moody', { ok: true }, { key: 'k', replace: true })
  expect(again.id).toBe(parent.id)
  expect(await next.handle(child.id).finished()).toEqual([{ id: parent.id, state: 'FINISHED', result: 'yes' }])
})

test('cancel of a group reaches its dependents elsewhere, and what it queued behind a full key and a spent rate goes too', async () => {
  const path = await temporaryDirectory()
  const paced = defineTask({
    kind: 'paced',
    rateLimit: { limit: 1, per: '1h' },
    concurrency: { limit: 1 },
    run: () => 1,
  })
  const tasks = [paced, joins]
  const runtime = await boot({ path, tasks })
  const many = Array.from({ length: 20 }, (_, n) => ({ kind: 'paced' as const, id: `p${n}`, group: 'g' }))
  const [first] = await runtime.enqueueMany(many)
  await first?.finished()
  const outside = await runtime.enqueue('joins', null, { dependsOn: many.slice(1).map(({ id }) => id) })
  expect(await runtime.cancel({ group: 'g', state: ['SPOOLED', 'QUEUED', 'RUNNING'] })).toBe(19)
  await outside.finished().catch(() => undefined)
  await runtime.stop()
  const next = await boot({ path, tasks })
  expect(await next.get(outside.id)).toMatchObject({ state: 'TERMINATED', reason: 'cancelled' })
  expect(await next.count({ group: 'g', state: 'TERMINATED' })).toBe(19)
  expect((await next.routes.list()).find(({ name }) => name === 'default')).toMatchObject({ queued: 0, running: 0 })
})

test('each start of a run that a gate interrupts spends a token: a gate that flaps cannot pass the rate', async () => {
  const it = new Board()
  const online = door(true)
  const upload = defineTask({
    kind: 'upload',
    gates: ['online'],
    onGateClose: 'interrupt',
    rateLimit: { limit: 2, per: '1h' },
    run: ({ signal }) => new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve())),
  })
  await it.start({ tasks: [upload], gates: { online: online.definition } })
  const starts = it.facts('run.start')
  const task = await it.runtime.enqueue('upload')
  for (const open of [false, true, false, true]) {
    online.set(open)
    await it.settled()
  }
  expect([starts.length, (await task.get())?.state]).toEqual([2, 'QUEUED'])
  await it.kill()
  expect([starts.length, (await it.runtime.get(task.id))?.state]).toEqual([2, 'QUEUED'])
  await it.pass(31 * MINUTE)
  expect([starts.length, (await it.runtime.get(task.id))?.state]).toEqual([3, 'RUNNING'])
  await it.runtime.cancel(task.id)
})

test('a kind that is gone sets aside its tasks, those that depend and its ticks; it comes back, and all go on once', async () => {
  const it = new Board()
  const gone = defineTask({ kind: 'gone', run: (task: RunningTask) => task.dependencies() })
  const schedules = { s: { ...every, task: { kind: 'gone' } } }
  await it.start({ tasks: [gone], schedules })
  await it.runtime.schedules.put('api', { ...every, task: { kind: 'gone' }, overlap: 'queue' })
  const parent = await it.runtime.enqueue('slow', null, { id: 'parent' })
  const child = await it.runtime.enqueue('gone', null, { dependsOn: [parent.id], id: 'child' })
  await it.runtime.routes.pause('default')
  await it.pass(MINUTE)
  await it.kill({ tasks: [], schedules: {} })
  expect(await it.runtime.schedules.list()).toMatchObject({ items: [{ id: 'api' }] })
  await it.runtime.routes.resume('default')
  await it.settled()
  it.slow.get(parent.id)?.finish()
  await it.pass(MINUTE)
  expect(await it.runtime.schedules.get('api')).toMatchObject({ counters: { made: 1, failed: 1 } })
  expect(it.warnings.some((line) => line.includes("schedule 'api' made no task"))).toBe(true)
  await it.kill({ tasks: [gone], schedules })
  // Two due ticks' tasks may have been set aside, and the child, when somebody looked at them.
  for (const { id } of await it.runtime.quarantine.list()) await it.runtime.quarantine.retry(id)
  await it.pass(MINUTE)
  expect(await it.runtime.quarantine.list()).toEqual([])
  expect(await it.runtime.handle(child.id).finished()).toMatchObject([{ id: 'parent', state: 'FINISHED' }])
  expect(await it.runtime.count({ kind: 'gone', state: ['SPOOLED', 'QUEUED', 'RUNNING'] })).toBe(0)
  expect(new Set(await it.made('api')).size).toBe((await it.made('api')).length)
})

test('a task of at most once that a schedule made, cut off in its run, ends, and lets the tick go that waits for it', async () => {
  const it = new Board()
  const task = { kind: 'slow', delivery: 'at-most-once' as const }
  await it.start({ schedules: { once: { at: [at(MINUTE), at(2 * MINUTE)], task, overlap: 'queue' } } })
  await it.pass(2 * MINUTE, MINUTE)
  await it.kill()
  expect(await it.tasks('once')).toMatchObject([{ state: 'TERMINATED', reason: 'interrupted' }, { state: 'RUNNING' }])
  expect(it.runs.length).toBe(2)
})

test('one that is let go into a paused route waits there, and the pause, its result and its place live over a kill', async () => {
  const it = new Board()
  await it.start({ tasks: [joins, fails], routes: { aside: {} } })
  await it.runtime.routes.pause('aside')
  const parents = ['a', 'b'].map((id) => ({ kind: 'work', id }))
  const [, , child] = await it.runtime.enqueueMany([
    ...parents,
    { kind: 'joins', id: 'child', route: 'aside', dependsOn: ['b', 'a'] },
  ])
  await it.settled()
  await it.kill()
  expect(await it.runtime.get('child')).toMatchObject({ state: 'QUEUED', attempt: 0 })
  await it.runtime.routes.resume('aside')
  expect(await it.runtime.handle(child?.id as string).finished()).toMatchObject([{ id: 'b' }, { id: 'a' }])
})
