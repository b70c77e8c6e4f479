/** sleep and waitForTask: what waits does so on disk, in no slot. */
import { expect, test } from 'vitest'
import { defineTask } from '../../src/index.js'
import { boot, facts, onDisk, refusal, stations, temporaryDirectory } from '../runtime/lab.js'
import { SimulatedRuntime } from '../support/simulated-runtime.js'
import { asking, playing } from './played.js'

test('a sleep holds no slot, and ends at its time over restarts', async () => {
  const rig = new SimulatedRuntime({ tasks: [defineTask({ kind: 'ask', machine: asking('sleep') })] })
  await rig.start()
  await rig.runtime.enqueue('ask', { for: '1h' } as never, { id: 'it' })
  await rig.pass(1_800_000)
  expect(await rig.runtime.routes.list()).toMatchObject([{ name: 'default', running: 0 }])
  const next = await rig.again()
  await next.pass(1_799_000)
  expect(await next.runtime.get('it')).toMatchObject({ state: 'RUNNING' })
  await next.pass(1_000)
  expect(await next.runtime.get('it')).toMatchObject({ state: 'FINISHED', result: { output: null } })
})

test.for([{}, { for: 'ever' }, { for: -1 }, { until: 'noon' }])(
  'a sleep %j is an error to branch on',
  async (input) => {
    const { ask } = await playing('sleep')
    expect((await ask(input)).code).toMatch(/^ERR_INVALID_(INPUT|DURATION)$/)
  },
)

/** Waiters, and tasks that end when they are let go; one slot for all of them. */
async function room(path?: string) {
  const at = stations()
  const work = defineTask({
    kind: 'work',
    run: async ({ id, input }: { id: string; input: unknown }) => {
      await at.stop(id)
      if (input === 'bad') throw new Error('no good')
      return { of: id }
    },
  })
  const waiter = defineTask({ kind: 'ask', machine: asking('waitForTask') })
  const tasks = [work, waiter]
  const runtime = await boot({ ...(path ? { path } : {}), tasks, routes: { default: { concurrency: 1 }, other: {} } })
  return { runtime, at }
}

type Room = Awaited<ReturnType<typeof room>>['runtime']

/** Resolves when all of some machines wait, and no slot is held. */
async function parked(runtime: Room, ids: readonly string[]) {
  const commits = facts('commit.end')
  for (;;) {
    const moved = commits.next()
    const views = await Promise.all(ids.map((id) => runtime.get(id)))
    const routes = await runtime.routes.list()
    if (views.every((view) => view?.state === 'RUNNING') && routes.every(({ running }) => running === 0)) return
    await moved
  }
}

test('ten wait for a task with one slot for all of them, and hear how it ended', async () => {
  const { runtime, at } = await room()
  await runtime.enqueue('work', null, { id: 'w', paused: true })
  const made = Array.from({ length: 10 }, (_, i) => ({ kind: 'ask', input: { id: 'w' }, id: `ask-${i}` }))
  const waiting = await runtime.enqueueMany(made as never)
  await parked(
    runtime,
    made.map(({ id }) => id),
  )
  at.pass('w')
  await runtime.resume('w')
  for (const task of waiting)
    expect(await task.finished()).toEqual({ output: { id: 'w', state: 'FINISHED', result: { of: 'w' } } })
})

test('what has ended is told at once, and how: good, bad, cancelled', async () => {
  const { runtime, at } = await room()
  const ask = async (id: string) => await (await runtime.enqueue('ask', { id } as never)).finished()
  at.pass('bad')
  await (await runtime.enqueue('work', 'bad', { id: 'bad' })).finished().catch(() => undefined)
  await runtime.enqueue('work', null, { id: 'gone', paused: true })
  await runtime.cancel('gone')
  const error = { name: 'Error', message: 'no good' }
  expect(await ask('bad')).toEqual({ output: { id: 'bad', state: 'FAILED', error } })
  expect(await ask('gone')).toEqual({ output: { id: 'gone', state: 'TERMINATED', reason: 'cancelled' } })
  expect(await ask('nobody')).toEqual({ code: 'ERR_NOT_FOUND', message: "no task 'nobody'" })
})

test('a task that waits for itself, and an id that is none, are errors', async () => {
  const { runtime } = await room()
  const own = await runtime.enqueue('ask', { id: 'own' } as never, { id: 'own' })
  expect(await own.finished()).toMatchObject({ code: 'ERR_DEPENDENCY_CYCLE' })
  for (const id of ['no id', '', 7]) {
    const { code } = (await (await runtime.enqueue('ask', { id } as never)).finished()) as { code: string }
    expect(code).toMatch(/^ERR_INVALID_(INPUT|ID)$/)
  }
})

test('a restart goes on waiting, asleep on disk, and a task that failed is waited for until it has no attempt left', async () => {
  const path = await temporaryDirectory()
  const { runtime: before } = await room(path)
  await before.enqueue('work', 'bad', { id: 'w', paused: true, retry: { attempts: 2, delay: 0 } })
  await before.enqueue('ask', { id: 'w' } as never, { id: 'ask' })
  await parked(before, ['ask'])
  await before.stop()
  const { runtime, at } = await room(path)
  at.pass('w')
  await runtime.resume('w')
  const { output } = (await runtime.handle('ask').finished()) as { output: object }
  expect(output).toMatchObject({ state: 'FAILED', error: { message: 'no good' } })
  expect(await runtime.get('w')).toMatchObject({ attempt: 2 })
})

test('what is waited for cannot be removed before its end was seen', async () => {
  const { runtime, at } = await room()
  await runtime.enqueue('work', null, { id: 'w', paused: true, route: 'other' })
  const task = await runtime.enqueue('ask', { id: 'w' } as never, { id: 'ask' })
  await parked(runtime, ['ask'])
  at.pass('w')
  // The machine is nudged, and has no slot to look again.
  await runtime.routes.pause('default')
  const steps = facts('machine.step')
  await runtime.resume('w')
  await steps.first(({ id, event }) => id === 'ask' && event === 'holdfast.nudged')
  const refused = await refusal(runtime.remove('w'))
  expect(refused.code).toBe('ERR_ILLEGAL_TRANSITION')
  await runtime.routes.resume('default')
  expect(await task.finished()).toMatchObject({ output: { state: 'FINISHED' } })
  await runtime.remove('w')
  expect(await runtime.get('w')).toBeUndefined()
})

test('one that left its state is not told, and keeps nobody', async () => {
  const path = await temporaryDirectory()
  const { runtime, at } = await room(path)
  await runtime.enqueue('work', null, { id: 'w', paused: true })
  const task = await runtime.enqueue('ask', { id: 'w' } as never, { id: 'ask' })
  await parked(runtime, ['ask'])
  await runtime.send('ask', { type: 'leave' })
  expect(await task.finished()).toBeNull()
  await runtime.remove('ask')
  at.pass('w')
  await runtime.resume('w')
  await runtime.handle('w').finished()
  await runtime.remove('w')
  await runtime.stop()
  expect(await onDisk(path, (database) => database.keys({ gt: 'p!', lt: 'p"' }).all())).toEqual([])
})

test('a machine that was in quarantine when the end came hears of it when it is back', async () => {
  const path = await temporaryDirectory()
  const { runtime: before } = await room(path)
  await before.enqueue('work', null, { id: 'w', paused: true })
  await before.enqueue('ask', { id: 'w' } as never, { id: 'ask' })
  await parked(before, ['ask'])
  await before.stop()
  const work = defineTask({ kind: 'work', run: () => 'done meanwhile' })
  const without = await boot({ path, tasks: [work], routes: { other: {} } })
  const aside = facts('task.quarantined')
  await without.resume('w')
  await aside.first(({ id }) => id === 'ask')
  await without.stop()
  const { runtime } = await room(path)
  await runtime.quarantine.retry('ask')
  expect(await runtime.handle('ask').finished()).toMatchObject({ output: { result: 'done meanwhile' } })
})
