/** What a task makes is of its group, and a verb for a group is for those who were in it when it was called. */
import { expect, test } from 'vitest'
import { defineTask, type RunningTask } from '../../src/index.js'
import { boot, facts, refusal, stations, temporaryDirectory } from './lab.js'

const noop = defineTask({ kind: 'noop', run: () => 'done' })

test('follow-ups and what a processor makes are of the group of their task, unless they say otherwise', async () => {
  const makes = defineTask({
    kind: 'makes',
    run: async (task: RunningTask) => {
      await task.enqueue('noop', 'inherits', { paused: true })
      await task.enqueue('noop', 'names', { group: 'other', paused: true })
      await task.enqueue('noop', 'leaves', { group: null, paused: true })
    },
  })
  const runtime = await boot({ tasks: [noop, makes] })
  const follow = { kind: 'noop', paused: true }
  const task = await runtime.enqueue('makes', null, {
    group: 'g',
    onSuccess: [
      { ...follow, input: 'follows' },
      { ...follow, input: 'follows elsewhere', group: 'other' },
      { ...follow, input: 'follows alone', group: null },
    ],
  })
  await task.finished()
  const inputs = async (query: object) => (await runtime.find(query)).items.map(({ input }) => input).sort()
  expect(await inputs({ group: 'g', kind: 'noop' })).toEqual(['follows', 'inherits'])
  expect(await inputs({ group: 'other' })).toEqual(['follows elsewhere', 'names'])
  expect((await runtime.find({ kind: 'noop' })).items.filter(({ group }) => group === undefined)).toHaveLength(2)
  const alone = await runtime.enqueue('noop', null, { group: null })
  expect((await alone.get())?.group).toBeUndefined()
})

test('cancel by group reaches children and grandchildren, wherever they are', async () => {
  const at = stations()
  const family = defineTask({
    kind: 'family',
    run: async (task: RunningTask<{ depth: number }>) => {
      const { depth } = task.input
      if (depth === 3) await at.stop('deep')
      else await task.enqueue('family', { depth: depth + 1 })
      await task.enqueue('noop', null, { in: '1h' })
    },
  })
  const runtime = await boot({ tasks: [family, noop] })
  const aborted = facts('run.late')
  await runtime.enqueue('family', { depth: 0 }, { group: 'g' })
  await at.reached('deep')
  expect(await runtime.count({ group: 'g', state: 'FINISHED' })).toBe(3)
  expect(await runtime.cancel({ group: 'g' })).toBe(4)
  at.pass('deep')
  await aborted.first()
  expect(await runtime.count({ group: 'g', state: 'TERMINATED' })).toBe(4)
  expect(await runtime.count({ group: 'g' })).toBe(7)
})

test('what the cancelling of a group makes is not cancelled with it', async () => {
  const runtime = await boot({ tasks: [noop] })
  const onFailure = { kind: 'noop', input: 'cleans up', in: '1h' }
  await runtime.enqueueMany(
    Array.from({ length: 700 }, () => ({ kind: 'noop' as const, group: 'g', in: '1h', onFailure })),
  )
  expect(await runtime.cancel({ group: 'g' })).toBe(700)
  expect(await runtime.count({ group: 'g', state: 'SPOOLED' })).toBe(700)
  expect(await runtime.cancel({ state: 'SPOOLED' })).toBe(700)
})

test('a group is cancelled while its members run, end and are made', async () => {
  const path = await temporaryDirectory()
  const breeds = defineTask({
    kind: 'breeds',
    run: async (task: RunningTask<{ left: number }>) => {
      const { left } = task.input
      if (left > 0) await task.enqueue('breeds', { left: left - 1 })
    },
  })
  const runtime = await boot({ path, tasks: [breeds], limits: { live: 100 } })
  const started = facts('run.start')
  const made = runtime.enqueueMany(
    Array.from({ length: 2_000 }, () => ({ kind: 'breeds' as const, input: { left: 3 }, group: 'g' })),
  )
  await started.first()
  await made
  // Each round is for those that were there; children of those that ended meanwhile fall to the next.
  const live = { group: 'g', state: ['SPOOLED', 'QUEUED', 'RUNNING'] } as const
  const cancelled: number[] = []
  while ((await runtime.count(live)) > 0) cancelled.push(await runtime.cancel({ group: 'g' }))
  expect(await runtime.count({ group: 'g', state: 'TERMINATED' })).toBe(cancelled.reduce((sum, n) => sum + n, 0))
  const all = await runtime.count({ group: 'g' })
  expect(await runtime.remove({ group: 'g' })).toBe(all)
  expect(await runtime.count()).toBe(0)
})

test('pages that were done are done: a group verb goes on after a restart where it was', async () => {
  const path = await temporaryDirectory()
  const before = await boot({ path, tasks: [noop] })
  await before.enqueueMany(Array.from({ length: 2_000 }, () => ({ kind: 'noop' as const, group: 'g', in: '1h' })))
  const commits = facts('commit.end')
  const cancelling = refusal(before.cancel({ group: 'g' }))
  await commits.first(({ steps }) => steps === 500)
  await before.stop()
  expect(await cancelling).toMatchObject({ code: expect.stringMatching(/^ERR_/) })
  const runtime = await boot({ path, tasks: [noop] })
  const cancelled = await runtime.count({ group: 'g', state: 'TERMINATED' })
  expect(cancelled % 500).toBe(0)
  expect(cancelled).toBeGreaterThan(0)
  expect(await runtime.cancel({ group: 'g' })).toBe(2_000 - cancelled)
})

test.each([{ group: '' }, { group: 'a b' }, { group: 7 as never }])('%j is no group', async (options) => {
  const runtime = await boot({ tasks: [noop] })
  expect((await refusal(runtime.enqueue('noop', null, options))).code).toBe('ERR_INVALID_ID')
})
