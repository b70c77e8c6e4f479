/**
 * More runs at once at a cut than are written one by one before anybody can look: the others are on disk again with their
 * next start, or a portion at a time where none comes. What holds for few holds for them.
 */
import { expect, test } from 'vitest'
import type { Runtime } from '../../src/runtime/runtime.js'
import type { PowerLossStore } from '../../src/testing/power-loss-store.js'
import { all as entriesOf } from '../support/stores.js'
import { diskOf, type StoredTask } from './disk.js'
import { all, doomed, latch, later, next, noting, runtimeOn, settled } from './in-process.js'

const TASKS = 8000
/** Written at once (src/runtime/recovery.ts), and started in one commit (src/runtime/routes.ts). */
const AT_ONCE = 1000
const STARTS = 5000
const OPTIONS = { routes: { default: { concurrency: 10_000 } }, limits: { live: 20_000 } }
const ids = Array.from({ length: TASKS }, (_, n) => `task-${String(n).padStart(5, '0')}`)

/** All of them run when the power goes. */
async function cutWhileAllRun(first = 'stuck') {
  const runs: string[] = []
  const tasks = [...new Set(['stuck', first])].map((kind) => noting(kind, runs, latch().opened))
  const { runtime, clock, cut } = await doomed(tasks, OPTIONS)
  await runtime.enqueueMany(ids.map((id, n) => ({ kind: n === 0 ? first : 'stuck', input: {}, id })))
  while (runs.length < TASKS) await next('run.start')
  return { clock, store: cut() }
}

/** The records of those that have not ended; the rest of the store fits to them. */
async function records(store: PowerLossStore): Promise<Map<string, StoredTask>> {
  const { tasks, flaws } = diskOf(await entriesOf(store))
  expect(flaws).toEqual([])
  return new Map([...tasks].filter(([, task]) => task.class === 'live'))
}

const states = async (runtime: Runtime) => ({
  queued: await runtime.count({ state: 'QUEUED' }),
  running: await runtime.count({ state: 'RUNNING' }),
})

test('all of them run again, in their order, and those that start are written once', async () => {
  const { clock, store } = await cutWhileAllRun()
  const begun = all('commit.begin')
  const told = all('task.committed')
  const runs: string[] = []
  const after = await runtimeOn(store, [noting('stuck', runs)], OPTIONS, later(clock, 1))
  await settled(after)
  expect(runs).toEqual(ids.map((id) => `${id}#2`))
  // The end of each is a step of its own; so is the interruption of those that are written at once.
  const steps = begun.reduce((sum, { steps }) => sum + (steps as number), 0)
  expect(steps).toBeLessThanOrEqual(2 * TASKS + AT_ONCE)
  const late = ids.at(-1) as string
  expect(told.filter(({ id }) => id === late).map(({ from, to }) => `${from} ${to}`)).toEqual([
    'RUNNING QUEUED',
    'QUEUED RUNNING',
    'RUNNING FINISHED',
  ])
  expect((await after.get(late))?.history.map(({ state }) => state)).toEqual([
    ...['NONE', 'SPOOLED', 'QUEUED', 'RUNNING'],
    ...['QUEUED', 'RUNNING', 'FINISHED'],
  ])
})

/** The interruptions that are written at once, and then the starts; the last of them tells what the one before did. */
test.each([1, 2, 3])(
  'power goes again with batch %d of the next start: nothing is lost or told too early',
  async (batch) => {
    const { clock, store } = await cutWhileAllRun()
    const told = all('task.committed')
    const runs: string[] = []
    const cut = store.cutAt(batch, { tear: true })
    // Its start may never come to its end: without power it just hangs.
    runtimeOn(store, [noting('stuck', runs, latch().opened)], OPTIONS, later(clock, 1)).catch(() => undefined)
    await cut
    const successor = store.successor()
    await successor.open()
    const found = await records(successor)
    expect(found.size).toBe(TASKS)
    expect(runs.length).toBe(batch < 3 ? 0 : STARTS)
    for (const run of runs) {
      const [id = '', attempt] = run.split('#')
      expect(found.get(id)).toMatchObject({ state: 'RUNNING', context: { attempt: Number(attempt) } })
    }
    for (const { id } of told) expect(found.get(id as string)?.context.history.length).toBeGreaterThan(4)
    const started = new Set(runs.map((run) => run.split('#')[0]))
    const again: string[] = []
    const after = await runtimeOn(successor, [noting('stuck', again)], OPTIONS, later(clock, 2, 'boot-3'))
    await settled(after)
    expect(new Set(again)).toEqual(new Set(ids.map((id) => `${id}#${started.has(id) ? 3 : 2}`)))
    expect(again).toHaveLength(TASKS)
  },
)

test('a daemon that dies in its first starts counts once for each task, for those that began with it surely', async () => {
  const { clock, store } = await cutWhileAllRun()
  const runs: string[] = []
  const cut = store.cutAt(3, { tear: true })
  runtimeOn(store, [noting('stuck', runs, latch().opened)], OPTIONS, later(clock, 1)).catch(() => undefined)
  await cut
  const successor = store.successor()
  const again = all('run.start')
  await runtimeOn(successor, [noting('stuck', [], latch().opened)], OPTIONS, later(clock, 2))
  while (again.length < TASKS) await next('run.start')
  successor.powerCut({ tear: true })
  const left = successor.successor()
  await left.open()
  const begun = new Set(runs.map((run) => run.split('#')[0]))
  expect(begun.size).toBe(STARTS)
  for (const [id, { context }] of await records(left)) {
    expect(context.interruptions).toBeLessThanOrEqual(1)
    if (begun.has(id)) expect(context.interruptions).toBe(1)
  }
})

test('where none may start they are written by themselves, and can be spoken to before', async () => {
  const { clock, store } = await cutWhileAllRun()
  const runs: string[] = []
  // Nothing starts: there is one slot, and a task that came before all of them has it.
  const one = { ...OPTIONS, routes: { default: { concurrency: 1 } } }
  const after = await runtimeOn(store, [noting('stuck', runs, latch().opened)], one, later(clock, 1))
  const [last = ''] = ids.slice(-1)
  await after.cancel(last)
  while ((await states(after)).queued < TASKS - 2) await next('commit.end')
  expect(await states(after)).toEqual({ queued: TASKS - 2, running: 1 })
  expect(await after.get(last)).toMatchObject({ state: 'TERMINATED', reason: 'cancelled', attempt: 1 })
  expect(runs).toEqual([`${ids[0]}#2`])
})

test('a verb by query means what is queued only in memory, too', async () => {
  const { clock, store } = await cutWhileAllRun()
  const one = { ...OPTIONS, routes: { default: { concurrency: 1 } } }
  const after = await runtimeOn(store, [noting('stuck', [], latch().opened)], one, later(clock, 1))
  expect(await after.cancel({ state: 'QUEUED' })).toBe(TASKS - 1)
  expect(await after.count({ state: 'TERMINATED' })).toBe(TASKS - 1)
})

test('whoever listens from the start on hears both steps of each', async () => {
  const { clock, store } = await cutWhileAllRun()
  const after = await runtimeOn(store, [noting('stuck', [])], OPTIONS, later(clock, 1))
  const told = all('task.committed')
  await settled(after)
  const moves = new Map<unknown, string>()
  for (const { id, from, to } of told) moves.set(id, `${moves.get(id) ?? ''} ${from}>${to}`)
  expect(moves.get(ids.at(-1))).toBe(' RUNNING>QUEUED QUEUED>RUNNING RUNNING>FINISHED')
})

test('where no death is forgiven, nobody ends for one in which it had no part', async () => {
  const { clock, store } = await cutWhileAllRun()
  const strict = { ...OPTIONS, interruptions: 0 }
  const begun = next('run.start')
  runtimeOn(store, [noting('stuck', [], latch().opened)], strict, later(clock, 1)).catch(() => undefined)
  await begun
  store.powerCut({ tear: true })
  const successor = store.successor()
  await successor.open()
  const left = [...(await records(successor))]
  await successor.close()
  const begunAgain = left.flatMap(([id, { context }]) => (context.attempt === 2 ? [id] : []))
  const ends = all('task.terminated')
  const after = await runtimeOn(successor, [noting('stuck', [])], strict, later(clock, 2))
  await settled(after)
  expect(begunAgain).toHaveLength(STARTS)
  expect(ends.map(({ id }) => id).sort()).toEqual(begunAgain.sort())
})

test('one that comes back from quarantine is queued on disk at once', async () => {
  const { clock, store } = await cutWhileAllRun('other')
  const [first = ''] = ids
  const stuck = () => noting('stuck', [], latch().opened)
  const again = all('run.start')
  const without = await runtimeOn(store, [stuck()], OPTIONS, later(clock, 1))
  expect((await without.quarantine.list()).map(({ id }) => id)).toEqual([first])
  while (again.length < TASKS - 1) await next('run.start')
  store.powerCut({ tear: true })
  const one = { ...OPTIONS, routes: { default: { concurrency: 1 } } }
  const after = await runtimeOn(store.successor(), [stuck(), noting('other', [])], one, later(clock, 2))
  await after.cancel({ kind: 'stuck', state: 'QUEUED' })
  expect(await after.quarantine.retry(first)).toBe(true)
  while ((await after.get(first))?.state !== 'QUEUED') await next('commit.end')
})

test('a stop right after the start leaves none of them as running', async () => {
  const { clock, store } = await cutWhileAllRun()
  const one = { ...OPTIONS, routes: { default: { concurrency: 1 } } }
  const after = await runtimeOn(store, [noting('stuck', [])], one, later(clock, 1))
  await after.stop()
  await store.open()
  const left = [...(await records(store)).values()]
  expect(left.filter(({ state }) => state !== 'QUEUED')).toEqual([])
  expect(left.length).toBeGreaterThan(TASKS - 100)
})
