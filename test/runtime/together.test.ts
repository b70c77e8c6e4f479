/** Schedules and the other parts that their tasks meet, with a cut between them. */
import { expect, test } from 'vitest'
import { clockSynced, defineTask, type RunningTask } from '../../src/index.js'
import { keyOf } from '../../src/model/keys.js'
import { door } from '../../src/testing/door.js'
import { SIMULATED_START } from '../../src/testing/simulated-clock.js'
import { Board } from '../support/board.js'
import { refusal } from './lab.js'

const MINUTE = 60_000
const at = (ms: number) => new Date(SIMULATED_START + ms).toISOString()
const every = { every: '1m' } as const
const states = (views: readonly { state: string }[]) => views.map(({ state }) => state)

/** A kind whose tasks give what they depended on. */
const joins = defineTask({ kind: 'joins', run: (task: RunningTask) => task.dependencies() })
const noop = defineTask({ kind: 'noop', run: () => 'done' })

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

test('a tick that waits for a task whose record is damaged is made, though that task never ends', async () => {
  const it = new Board()
  const twice = { at: [at(MINUTE), at(2 * MINUTE)], task: { kind: 'slow' }, overlap: 'queue' as const }
  await it.start({ schedules: { twice } })
  await it.pass(2 * MINUTE, MINUTE)
  const [id] = [...it.slow.keys()] as [string]
  await it.store.batch([{ type: 'put', key: keyOf('live', id), value: 'no record' }], true)
  await it.kill()
  expect(await it.runtime.quarantine.list()).toMatchObject([{ id, code: 'ERR_STORE_CORRUPT' }])
  expect(await it.tasks('twice')).toMatchObject([{ state: 'RUNNING', scheduledAt: at(2 * MINUTE) }])
  expect(await it.runtime.schedules.get('twice')).toMatchObject({ state: 'ended', counters: { made: 2 } })
})

test('the gate of the clock and the schedules know the same highest time, also after a life in 1970', async () => {
  const nowhere = { timesync: '/nowhere/timesync', chrony: '/nowhere/chrony' }
  const it = new Board()
  const dated = defineTask({ kind: 'dated', gates: ['clock'], run: () => null })
  const gates = { clock: clockSynced({ paths: nowhere }) }
  await it.start({ tasks: [dated], gates, schedules: { s: { cron: '0 * * * *', task: { kind: 'work' } } } })
  await it.pass(10 * 24 * 60 * MINUTE)
  await it.runtime.enqueue('work')
  await it.powerOff(0, { wall: 0 })
  await it.runtime.enqueue('work')
  await it.settled()
  const doubted = it.facts('clock.doubted')
  await it.powerOff(0, { wall: SIMULATED_START + MINUTE })
  const answer = Promise.race(['gate.opened' as const, 'gate.closed' as const].map((point) => it.next(point)))
  await it.runtime.enqueue('dated')
  await answer
  expect(doubted).toMatchObject([{ reason: 'behind' }])
  expect(await it.runtime.gates.list()).toMatchObject([{ name: 'clock', state: 'closed' }])
})
