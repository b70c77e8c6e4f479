/** What runs when: priority, then runAt, then arrival; never more at once than the route allows; never past its bound. */
import { expect, test } from 'vitest'
import { defineTask } from '../../src/index.js'
import { boot, deferred, facts, refusal, stations, temporaryDirectory } from './lab.js'

/** A kind that notes who ran, and a gate in front of the first. */
function queueOf() {
  const ran: unknown[] = []
  const at = stations()
  const note = defineTask({
    kind: 'note',
    run: async (task: { input: string }) => {
      if (task.input === 'gate') await at.stop('gate')
      else ran.push(task.input)
    },
  })
  return { ran, at, note }
}

test('within a route: higher priority first, then runAt, then arrival', async () => {
  const { ran, at, note } = queueOf()
  const runtime = await boot({ tasks: [note], routes: { default: { concurrency: 1 } } })
  await runtime.enqueue('note', 'gate')
  await at.reached('gate')
  const past = Date.now() - 60_000
  const handles = await runtime.enqueueMany([
    { kind: 'note', input: 'first to come' },
    { kind: 'note', input: 'second to come' },
    { kind: 'note', input: 'low', priority: 0 },
    { kind: 'note', input: 'due longest', runAt: past - 1 },
    { kind: 'note', input: 'due long', runAt: new Date(past) },
    { kind: 'note', input: 'high', priority: 9 },
  ])
  await runtime.enqueue('note', 'third to come')
  at.pass('gate')
  await Promise.all(handles.map((handle) => handle.finished()))
  expect(ran).toEqual(['high', 'due longest', 'due long', 'first to come', 'second to come', 'third to come', 'low'])
})

test('the order is the same after a restart', async () => {
  const path = await temporaryDirectory()
  const { ran, at, note } = queueOf()
  const routes = { default: { concurrency: 1 } }
  const before = await boot({ path, tasks: [note], routes })
  await before.enqueue('note', 'gate', { priority: 0 })
  await at.reached('gate')
  const ids = ['a', 'b', 'c', 'd']
  for (const id of ids) await before.enqueue('note', id, { id, priority: id === 'c' ? 5 : 4 })
  at.pass('gate')
  await before.stop()
  const done = ran.length
  const runtime = await boot({ path, tasks: [note], routes })
  for (const id of ids) await (await runtime.enqueue('note', id, { id })).finished()
  expect(ran.slice(0, 4)).toEqual(['c', 'a', 'b', 'd'])
  expect(done).toBeLessThan(4)
})

test('a route never runs more at once than its concurrency, and routes do not wait for each other', async () => {
  const running = { now: 0, most: 0 }
  const busy = defineTask({
    kind: 'busy',
    route: 'narrow',
    run: async () => {
      running.most = Math.max(running.most, ++running.now)
      await new Promise((resolve) => setImmediate(resolve))
      running.now--
    },
  })
  const quick = defineTask({ kind: 'quick', run: () => 'quick' })
  const runtime = await boot({ tasks: [busy, quick], routes: { narrow: { concurrency: 3 } } })
  const handles = await runtime.enqueueMany(Array.from({ length: 200 }, () => ({ kind: 'busy' as const })))
  expect(await (await runtime.enqueue('quick')).finished()).toBe('quick')
  await Promise.all(handles.map((handle) => handle.finished()))
  expect(running).toEqual({ now: 0, most: 3 })
})

test('a route that only a kind names gets the defaults; a task may name another', async () => {
  const here = defineTask({ kind: 'here', route: 'camera', run: () => null })
  const runtime = await boot({ tasks: [here], routes: { network: {} } })
  const [a, b] = await runtime.enqueueMany([{ kind: 'here' }, { kind: 'here', route: 'network' }])
  await Promise.all([a?.finished(), b?.finished()])
  expect((await a?.get())?.route).toBe('camera')
  expect((await b?.get())?.route).toBe('network')
})

test('a full queue answers ERR_QUEUE_FULL, all or none, and takes again when there is room', async () => {
  const { at, note } = queueOf()
  const runtime = await boot({ tasks: [note], routes: { default: { concurrency: 1, queueLimit: 2 } } })
  const gate = await runtime.enqueue('note', 'gate')
  await at.reached('gate')
  await runtime.enqueue('note', 'one')
  const three = [1, 2].map((n) => ({ kind: 'note' as const, input: `of three ${n}` }))
  expect(await refusal(runtime.enqueueMany(three))).toMatchObject({
    code: 'ERR_QUEUE_FULL',
    message: "route 'default' has 1 tasks queued, 2 more would pass its limit of 2",
  })
  expect(await runtime.count({ state: 'QUEUED' })).toBe(1)
  const last = await runtime.enqueue('note', 'two')
  const full = await refusal(runtime.enqueue('note', 'too much'))
  expect(full).toMatchObject({ code: 'ERR_QUEUE_FULL', hint: expect.stringContaining('queueLimit') })
  expect(full.message).toBe("route 'default' has 2 tasks queued, its limit is 2")
  at.pass('gate')
  await Promise.all([gate.finished(), last.finished()])
  expect((await runtime.enqueue('note', 'again')).created).toBe(true)
})

test('a queue longer than what memory holds runs to its end, in order', async () => {
  const { ran, at, note } = queueOf()
  const runtime = await boot({ tasks: [note], limits: { live: 20 }, routes: { default: { concurrency: 1 } } })
  await runtime.enqueue('note', 'gate')
  await at.reached('gate')
  const inputs = Array.from({ length: 300 }, (_, n) => `n${n}`)
  const handles = await runtime.enqueueMany(inputs.map((input) => ({ kind: 'note', input })))
  at.pass('gate')
  await Promise.all(handles.map((handle) => handle.finished()))
  expect(ran).toEqual(inputs)
})

test('enqueueMany is one commit: all or none', async () => {
  const { note } = queueOf()
  const commits = facts('commit.end')
  const runtime = await boot({ tasks: [note] })
  const count = commits.seen.length
  const all = await runtime.enqueueMany(
    Array.from({ length: 1000 }, () => ({ kind: 'note', paused: true, input: 'x' })),
  )
  expect(new Set(all.map(({ id }) => id)).size).toBe(1000)
  expect(commits.seen.slice(count).filter(({ ops }) => (ops as number) > 1)).toHaveLength(1)
  const bad = [
    { kind: 'note', input: 'fine' },
    { kind: 'note', input: 'bad', priority: 17 },
  ] as const
  expect(await refusal(runtime.enqueueMany(bad))).toMatchObject({ code: 'ERR_INVALID_OPTION' })
  expect(await runtime.count()).toBe(1000)
})

test('enqueueMany takes 10,000 tasks and refuses one more; none is no fault', async () => {
  const { note } = queueOf()
  const runtime = await boot({ tasks: [note] })
  const tasks = Array.from({ length: 10_001 }, (_, n) => ({ kind: 'note' as const, input: `${n}`, in: '1h' }))
  const refused = await refusal(runtime.enqueueMany(tasks))
  expect(refused).toMatchObject({ code: 'ERR_TOO_MANY' })
  expect(refused.message).toMatch(/10,?001.*10,?000/)
  expect(await runtime.enqueueMany(tasks.slice(1))).toHaveLength(10_000)
  expect(await runtime.enqueueMany([])).toEqual([])
})

test('a processor that blocks the loop holds up the others, and they go on afterwards', async () => {
  const started = deferred()
  const block = defineTask({
    kind: 'block',
    run: () => {
      started.resolve()
      const until = performance.now() + 200
      while (performance.now() < until);
      return 'blocked'
    },
  })
  const { note } = queueOf()
  const runtime = await boot({ tasks: [block, note] })
  const blocked = await runtime.enqueue('block')
  await started.promise
  const after = await runtime.enqueue('note', 'x', { in: 50 })
  expect(await blocked.finished()).toBe('blocked')
  expect(await after.finished()).toBeNull()
})
