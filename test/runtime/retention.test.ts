/** How long what has ended is kept, what goes with it, and what keeps it from going. */
import { describe, expect, onTestFinished, test } from 'vitest'
import { defineTask } from '../../src/index.js'
import { keyOf } from '../../src/model/keys.js'
import { decodeMark } from '../../src/runtime/mark.js'
import { SimulatedRuntime } from '../support/simulated-runtime.js'
import { all } from '../support/stores.js'
import { facts, refusal, stations } from './lab.js'

const HOUR = 3_600_000
const work = defineTask({ kind: 'work', run: ({ input }) => input ?? null })
const fails = defineTask({
  kind: 'fails',
  run: () => {
    throw new Error('no')
  },
})
const tasks = [work, fails]

type Options = ConstructorParameters<typeof SimulatedRuntime>[0]
async function begin(options: Partial<Options> = {}) {
  const simulated = await new SimulatedRuntime({
    tasks,
    routes: { default: { concurrency: 1_000 } },
    ...options,
  }).start()
  onTestFinished(() => simulated.runtime.stop())
  return simulated
}
/** Tasks that have ended when it resolves. */
async function ended(simulated: SimulatedRuntime, count: number): Promise<readonly string[]> {
  const handles = await simulated.runtime.enqueueMany(many(count))
  await Promise.all(handles.map((handle) => handle.finished()))
  await simulated.quiet()
  return handles.map(({ id }) => id)
}
const many = (count: number, kind = 'work') => Array.from({ length: count }, (_, input) => ({ kind, input }))
const letters = async (simulated: SimulatedRuntime) =>
  [...new Set((await all(simulated.inner)).map(([key]) => key[0]))].sort().join('')

test('by default a finished task is there for seven days and gone an hour later, with all that was its own', async () => {
  const simulated = await begin()
  const swept = facts('retention.swept')
  const { runtime } = simulated
  const task = await runtime.enqueue('work', 1, { group: 'g', key: 'k' })
  await task.finished()
  await simulated.pass(7 * 24 * HOUR - 1)
  expect((await task.get())?.state).toBe('FINISHED')
  await simulated.pass(HOUR + 1)
  expect(await task.get()).toBeUndefined()
  expect(swept.seen).toMatchObject([{ removed: 1 }])
  expect(await letters(simulated)).toBe('m')
  expect(await refusal(task.finished())).toMatchObject({ code: 'ERR_NOT_FOUND' })
})

test('an end costs no key of its own: what ends in one commit is one entry', async () => {
  const simulated = await begin()
  const handles = await simulated.runtime.enqueueMany(many(10))
  await Promise.all(handles.map((handle) => handle.finished()))
  const entries = (await all(simulated.inner)).filter(([key]) => key.startsWith('r!'))
  expect(entries.map(([, ids]) => ids.split('\n').length)).toEqual([10])
})

test('each end state has its own bounds, and `false` is none', async () => {
  const retention = { finished: { age: '1h' }, failed: { age: false, count: false } } as const
  const simulated = await begin({ retention })
  const { runtime } = simulated
  const done = await runtime.enqueue('work')
  const dead = await runtime.enqueue('fails')
  await simulated.quiet()
  await simulated.pass(2 * HOUR)
  expect([await done.get(), (await dead.get())?.state]).toEqual([undefined, 'FAILED'])
  await simulated.pass(1000 * 24 * HOUR)
  expect((await dead.get())?.state).toBe('FAILED')
})

test('of too many the oldest go: a great surplus at once, a small one within a minute', async () => {
  const simulated = await begin({ retention: { finished: { count: 10 } } })
  const { runtime } = simulated
  const first = await runtime.enqueueMany(many(20))
  await simulated.quiet()
  expect(await runtime.count({ state: 'FINISHED' })).toBe(20)
  await simulated.pass(60_000)
  expect(await runtime.count({ state: 'FINISHED' })).toBe(10)
  expect(await first[0]?.get()).toBeUndefined()
  expect((await first[19]?.get())?.state).toBe('FINISHED')
  await ended(simulated, 200)
  await simulated.pass(1)
  expect(await runtime.count({ state: 'FINISHED' })).toBe(10)
})

test('more than a page goes in several commits, none of them of more than 500 tasks', async () => {
  const simulated = await begin({ retention: { finished: { age: '1h' } } })
  const { runtime } = simulated
  for (let n = 0; n < 3; n++) await ended(simulated, 600)
  const commits = facts('commit.end')
  await simulated.pass(HOUR + 60_000)
  await simulated.pass(1000, 10)
  expect(await runtime.count({ state: 'FINISHED' })).toBe(0)
  const sizes = commits.seen.map(({ ops }) => Number(ops)).filter((ops) => ops > 2)
  expect(sizes.length).toBeGreaterThanOrEqual(4)
  // A record, an input, and a few of the index and the mark.
  expect(Math.max(...sizes)).toBeLessThanOrEqual(1_050)
})

test('what falls due within a minute goes together: an idle board is not woken for each', async () => {
  const simulated = await begin({ retention: { finished: { age: '1h' } } })
  for (let n = 0; n < 10; n++) {
    await simulated.runtime.enqueue('work')
    await simulated.pass(5_000)
  }
  const { synced } = simulated.store
  await simulated.pass(HOUR + 120_000, 300)
  expect(await simulated.runtime.count({ state: 'FINISHED' })).toBe(0)
  expect(simulated.store.synced - synced).toBeLessThanOrEqual(3)
  expect(simulated.clock.next).toBe(Number.POSITIVE_INFINITY)
})

test('a step of the wall clock removes nothing and keeps nothing', async () => {
  const simulated = await begin({ retention: { finished: { age: '1h' } } })
  const task = await simulated.runtime.enqueue('work')
  await simulated.quiet()
  simulated.clock.stepWall(50 * 365 * 24 * HOUR)
  await simulated.pass(HOUR / 2)
  expect((await task.get())?.state).toBe('FINISHED')
  simulated.clock.stepWall(-60 * 365 * 24 * HOUR)
  await simulated.pass(HOUR)
  expect(await task.get()).toBeUndefined()
})

test('retried by hand, a task is as old as its last end', async () => {
  const simulated = await begin({ retention: { failed: { age: '1h' } } })
  const task = await simulated.runtime.enqueue('fails')
  await simulated.quiet()
  await simulated.pass(HOUR - 60_000)
  await simulated.runtime.retry(task.id)
  await simulated.quiet()
  await simulated.pass(HOUR - 1_000)
  expect((await task.get())?.state).toBe('FAILED')
  await simulated.pass(61_000)
  expect(await task.get()).toBeUndefined()
})

test('a task that others wait for stays, and goes a term later when nobody does', async () => {
  const simulated = await begin({ retention: { finished: { age: '1h' } } })
  const { id } = await simulated.runtime.enqueue('work')
  const child = await simulated.runtime.enqueue('work', null, { paused: true })
  await simulated.quiet()
  const edges = [`${keyOf('dependent', id)}!${child.id}`, `${keyOf('dependency', child.id)}!${id}`]
  await simulated.inner.batch(
    edges.map((key) => ({ type: 'put', key, value: '' })),
    true,
  )
  await simulated.pass(2 * HOUR)
  expect((await simulated.runtime.get(id))?.state).toBe('FINISHED')
  await simulated.runtime.resume(child.id)
  await simulated.quiet()
  await simulated.pass(2 * HOUR, 2)
  expect(await letters(simulated)).toBe('m')
})

test('what hangs on a task goes with it: that it waited for others, and events that it never heard', async () => {
  const simulated = await begin({ retention: { finished: { age: '1h' } } })
  const { id } = await simulated.runtime.enqueue('work')
  await simulated.quiet()
  const hanging = [
    `${keyOf('dependency', id)}!x`,
    `${keyOf('dependent', 'x')}!${id}`,
    `${keyOf('mail', id)}!000000000000001`,
  ]
  await simulated.inner.batch(
    hanging.map((key) => ({ type: 'put', key, value: '{}' })),
    true,
  )
  await simulated.pass(HOUR + 60_000)
  expect(await letters(simulated)).toBe('m')
})

test('tasks of a kind that is not registered any more go, too, and nobody is told that they cannot be restored', async () => {
  const before = await begin({ retention: { finished: { age: '1h' } } })
  await before.runtime.enqueue('work')
  await before.quiet()
  const quarantined = facts('task.quarantined')
  const simulated = await before.again({ tasks: [fails], retention: { finished: { age: '1h' } } })
  onTestFinished(() => simulated.runtime.stop())
  await simulated.pass(HOUR + 60_000)
  expect(await letters(simulated)).toBe('m')
  expect(quarantined.seen).toEqual([])
})

test('throttles that are over go with a sweep, those that are not stay', async () => {
  const simulated = await begin({ retention: { finished: { age: '1h' } } })
  await simulated.runtime.enqueue('work')
  await simulated.quiet()
  const until = (ms: number) => JSON.stringify({ id: 'x', until: simulated.clock.steady() + ms })
  await simulated.inner.batch(
    [
      { type: 'put', key: keyOf('throttle', 'work!over'), value: until(1_000) },
      { type: 'put', key: keyOf('throttle', 'work!stays'), value: until(3 * HOUR) },
      { type: 'put', key: keyOf('throttle', 'work!torn'), value: '{' },
    ],
    true,
  )
  await simulated.pass(HOUR + 60_000)
  const left = (await all(simulated.inner)).map(([key]) => key).filter((key) => key.startsWith('y!'))
  expect(left).toEqual([keyOf('throttle', 'work!stays')])
})

test('of throttles that are over one sweep takes as many as there are', async () => {
  const simulated = await begin({ retention: { finished: { age: '1h' } } })
  await simulated.runtime.enqueue('work')
  await simulated.quiet()
  const value = JSON.stringify({ id: 'x', until: simulated.clock.steady() + 1_000 })
  const puts = Array.from(
    { length: 3_500 },
    (_, n) => ({ type: 'put', key: keyOf('throttle', `work!${n}`), value }) as const,
  )
  await simulated.inner.batch(puts, true)
  await simulated.pass(HOUR + 60_000)
  expect((await all(simulated.inner)).filter(([key]) => key.startsWith('y!'))).toEqual([])
})

test('events of more than a week ago go with a sweep', async () => {
  const speaks = defineTask({ kind: 'speaks', run: (task) => task.emit({ type: 'said' }) })
  const simulated = await begin({ tasks: [speaks], retention: { finished: { age: '1h' } } })
  for (let day = 0; day < 10; day++) {
    await simulated.runtime.enqueue('speaks')
    await simulated.pass(24 * HOUR, 24)
  }
  const left = await simulated.runtime.events()
  expect(left.length).toBeGreaterThanOrEqual(7)
  expect(left.length).toBeLessThanOrEqual(9)
  expect(left.at(-1)?.seq).toBe(10)
})

describe('beside others', () => {
  test('whoever asks for a task while it is on its way out finds none, and brings nothing back', async () => {
    const simulated = await begin()
    const { runtime, store } = simulated
    const { id } = await runtime.enqueue('fails', 1, { id: 'x' })
    await simulated.quiet()
    store.hold()
    const removed = runtime.remove(id)
    await store.heldBatches()
    const retried = refusal(runtime.retry(id))
    const made = runtime.enqueue('work', 2, { id: 'x' })
    await simulated.quiet()
    store.release()
    expect(await removed).toBe(1)
    expect(await retried).toMatchObject({ code: 'ERR_NOT_FOUND' })
    expect((await made).created).toBe(true)
    await simulated.quiet()
    expect(await runtime.get('x')).toMatchObject({ kind: 'work', state: 'FINISHED', input: 2 })
    expect(await runtime.count()).toBe(1)
  })

  test('a stopped run that has not settled keeps its task', async () => {
    const at = stations()
    const hangs = defineTask({ kind: 'hangs', run: () => at.stop('hangs') })
    const simulated = await begin({ tasks: [hangs], retention: { terminated: { age: '1h' } } })
    const { id } = await simulated.runtime.enqueue('hangs')
    await at.reached('hangs')
    await simulated.runtime.cancel(id)
    await simulated.pass(2 * HOUR)
    expect((await simulated.runtime.get(id))?.state).toBe('TERMINATED')
    at.pass('hangs')
    await simulated.quiet()
    await simulated.pass(2 * HOUR, 10)
    expect(await simulated.runtime.get(id)).toBeUndefined()
  })

  test('a sweep waits while much waits to be committed', async () => {
    const simulated = await begin({ retention: { finished: { age: '1h' } } })
    const { runtime, store } = simulated
    await runtime.enqueue('work', 'old')
    await simulated.quiet()
    store.hold()
    const arrived = store.heldBatches()
    const first = runtime.enqueue('work', 'new', { in: '1d' })
    await arrived
    const crowd = runtime.enqueueMany(Array.from({ length: 3_000 }, () => ({ kind: 'work', in: '1d' })))
    await simulated.quiet()
    await simulated.pass(HOUR + 60_000)
    const begun = facts('commit.begin')
    store.release()
    await Promise.all([first, crowd])
    await simulated.quiet()
    await simulated.pass(1_000, 5)
    const [crowded, sweep] = begun.seen.map(({ steps }) => steps)
    expect([crowded, sweep]).toEqual([3_000, 0])
    expect(await runtime.count({ state: 'FINISHED' })).toBe(0)
  })

  test('a stop in the middle of a sweep ends it after a page; the next start goes on', async () => {
    const simulated = await begin({ retention: { finished: { age: '1h' } } })
    for (let n = 0; n < 3; n++) await ended(simulated, 1_000)
    simulated.clock.advance(2 * HOUR)
    const next = await simulated.again()
    onTestFinished(() => next.runtime.stop())
    await next.pass(2_000, 20)
    expect(await letters(next)).toBe('m')
  })

  test('a disk that fails under a sweep loses no count', async () => {
    const simulated = await begin({ retention: { finished: { age: '1h' } } })
    await simulated.runtime.enqueueMany(many(20))
    await simulated.quiet()
    simulated.store.failNext()
    await simulated.pass(HOUR + 60_000)
    await simulated.pass(2_000, 4)
    await simulated.runtime.enqueueMany(many(3))
    await simulated.quiet()
    const mark = decodeMark(await simulated.inner.get('m!runtime'))
    expect(mark?.ended?.slice(0, 3)).toEqual([3, 0, 0])
  })

  test('a sweeper that dies is started anew and sweeps', async () => {
    const simulated = await begin({ retention: { finished: { age: '1h' } } })
    const task = await simulated.runtime.enqueue('work')
    await simulated.quiet()
    const system = simulated.runtime.system as unknown as { get(name: string): { send(event: object): void } }
    system.get('sweeper').send({ type: 'failed', error: new Error('bug') })
    await simulated.quiet()
    await simulated.pass(HOUR + 60_000)
    expect(await task.get()).toBeUndefined()
  })
})

describe('the index is made anew', () => {
  test('when the mark is lost: counts are exact again, and nothing goes early', async () => {
    const before = await begin({ retention: { finished: { age: '3h' }, failed: { age: '1h' } } })
    await before.runtime.enqueueMany([...many(5), ...many(3, 'fails')])
    await before.quiet()
    const { id } = await before.runtime.enqueue('fails')
    await before.quiet()
    await before.pass(HOUR / 2)
    await before.runtime.retry(id)
    await before.quiet()
    await before.runtime.stop()
    await before.inner.open()
    await before.inner.batch([{ type: 'del', key: 'm!runtime' }], true)
    const simulated = await before.again()
    onTestFinished(() => simulated.runtime.stop())
    await simulated.runtime.enqueue('work')
    await simulated.quiet()
    const mark = decodeMark(await simulated.inner.get('m!runtime'))
    expect(mark?.ended?.slice(0, 6)).toEqual([6, 4, 0, 6, 4, 0])
    await simulated.pass(HOUR / 2 + 60_000)
    await simulated.pass(60_000)
    expect(await simulated.runtime.count({ state: 'FAILED' })).toBe(1)
    expect((await simulated.runtime.get(id))?.state).toBe('FAILED')
    await simulated.pass(HOUR)
    expect(await simulated.runtime.count({ state: ['FAILED', 'FINISHED'] })).toBe(6)
    await simulated.pass(3 * HOUR)
    expect(await letters(simulated)).toBe('m')
  })

  test('what goes to quarantine and comes back is counted as it should be', async () => {
    const before = await begin()
    const task = await before.runtime.enqueue('work', 1, { id: 'x' })
    await task.finished()
    const without = await before.again({ tasks: [fails] })
    expect(await refusal(without.runtime.retry('x'))).toMatchObject({ code: 'ERR_NOT_FOUND' })
    await without.quiet()
    const counted = async (simulated: SimulatedRuntime) =>
      decodeMark(await simulated.inner.get('m!runtime'))?.ended?.slice(0, 3)
    expect(await counted(without)).toEqual([0, 0, 0])
    const again = await without.again({ tasks })
    onTestFinished(() => again.runtime.stop())
    expect(await again.runtime.quarantine.retry('x')).toBe(true)
    await again.quiet()
    expect(await counted(again)).toEqual([1, 0, 0])
    await again.pass(8 * 24 * HOUR)
    expect(await letters(again)).toBe('m')
  })

  test('names of tasks that were removed by hand do not pile up where nothing ever is too old', async () => {
    const simulated = await begin({ retention: { finished: { age: false, count: false } } })
    for (let n = 0; n < 3; n++) {
      await simulated.runtime.remove(await ended(simulated, 600))
    }
    await simulated.pass(120_000, 4)
    const names = (await all(simulated.inner))
      .filter(([key]) => key.startsWith('r!'))
      .flatMap(([, ids]) => ids.split('\n'))
    expect(names.length).toBeLessThanOrEqual(1_000)
  })
})

test.each([
  [{ finished: { age: 'soon' } }, 'ERR_INVALID_DURATION', 'retention.finished.age'],
  [{ finished: { age: -1 } }, 'ERR_INVALID_DURATION', 'retention.finished.age'],
  [{ failed: { count: 1.5 } }, 'ERR_INVALID_OPTION', 'retention.failed.count'],
  [{ failed: { count: true } }, 'ERR_INVALID_OPTION', 'retention.failed.count'],
  [{ terminated: { days: 7 } }, 'ERR_INVALID_OPTION', 'retention.terminated'],
  [{ ended: {} }, 'ERR_INVALID_OPTION', 'retention'],
  [{ finished: '7d' }, 'ERR_INVALID_OPTION', 'retention.finished'],
])('%j is refused', async (retention, code, option) => {
  const error = await refusal(() => new SimulatedRuntime({ tasks, retention: retention as never }).start())
  expect(error).toMatchObject({ code, message: expect.stringContaining(option) })
})
