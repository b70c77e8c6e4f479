/** What can be seen of many tasks: find with its cursor, count, and that what is seen is on disk. */
import { expect, test } from 'vitest'
import { defineTask } from '../../src/index.js'
import { boot, refusal, temporaryDirectory } from './lab.js'

const noop = defineTask({ kind: 'noop', run: () => null })
const other = defineTask({ kind: 'other', route: 'side', run: () => null })

async function all(runtime: Awaited<ReturnType<typeof boot>>, query: object) {
  const ids: string[] = []
  let pages = 0
  let cursor: string | undefined
  do {
    const page = await runtime.find({ ...query, ...(cursor === undefined ? {} : { cursor }) })
    ids.push(...page.items.map(({ id }) => id))
    cursor = page.cursor
    pages++
  } while (cursor !== undefined)
  return { ids, pages }
}

test('a cursor leads over 2,500 tasks, each once, in all states and by group', async () => {
  const path = await temporaryDirectory()
  const before = await boot({ path, tasks: [noop, other] })
  const made = await before.enqueueMany([
    ...Array.from({ length: 2_000 }, (_, n) => ({
      kind: 'noop' as const,
      in: '1h',
      ...(n % 2 ? { group: 'odd' } : {}),
    })),
    ...Array.from({ length: 500 }, () => ({ kind: 'other' as const, group: 'odd' })),
  ])
  await Promise.all(made.slice(2_000).map((task) => task.finished()))
  await before.stop()
  const runtime = await boot({ path, tasks: [noop, other] })
  const everything = await all(runtime, { limit: 300 })
  expect(new Set(everything.ids)).toEqual(new Set(made.map(({ id }) => id)))
  expect(everything.ids).toHaveLength(2_500)
  expect(everything.pages).toBeGreaterThanOrEqual(9)
  const odd = await all(runtime, { group: 'odd', limit: 1_000 })
  expect([odd.ids.length, new Set(odd.ids).size]).toEqual([1_500, 1_500])
  expect((await all(runtime, { group: 'odd', state: 'FINISHED', limit: 7 })).ids).toHaveLength(500)
  expect((await all(runtime, { state: ['SPOOLED', 'FINISHED'], kind: 'noop' })).ids).toHaveLength(2_000)
})

test('find gives 100 at a time when it is not told how many', async () => {
  const runtime = await boot({ tasks: [noop] })
  await runtime.enqueueMany(Array.from({ length: 150 }, () => ({ kind: 'noop' as const, paused: true })))
  const page = await runtime.find()
  expect(page.items).toHaveLength(100)
  expect((await runtime.find({ cursor: page.cursor as string })).items).toHaveLength(50)
})

test('count counts by state, kind, route, group and paused', async () => {
  const runtime = await boot({ tasks: [noop, other] })
  await runtime.enqueueMany([
    { kind: 'noop', in: '1h' },
    { kind: 'noop', in: '1h', group: 'g' },
    { kind: 'other', in: '1h', group: 'g', paused: true },
  ])
  await (await runtime.enqueue('noop')).finished()
  expect(await runtime.count()).toBe(4)
  expect(await runtime.count({ state: 'FINISHED' })).toBe(1)
  expect(await runtime.count({ state: ['SPOOLED', 'QUEUED'] })).toBe(3)
  expect(await runtime.count({ kind: 'noop', state: 'SPOOLED' })).toBe(2)
  expect(await runtime.count({ route: 'side' })).toBe(1)
  expect(await runtime.count({ group: 'g' })).toBe(2)
  expect(await runtime.count({ group: 'g', paused: true })).toBe(1)
  expect(await runtime.count({ state: 'RUNNING' })).toBe(0)
})

test('a view is plain JSON with times as ISO text, and has what was asked for', async () => {
  const runtime = await boot({ tasks: [noop] })
  const task = await runtime.enqueue(
    'noop',
    { a: 1 },
    { id: 'a', in: '1h', priority: 7, group: 'g', key: 'k', retry: { attempts: 3 } },
  )
  const view = await task.get()
  expect(JSON.parse(JSON.stringify(view))).toEqual(view)
  const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
  expect(view).toEqual({
    id: 'a',
    kind: 'noop',
    state: 'SPOOLED',
    route: 'default',
    priority: 7,
    input: { a: 1 },
    attempt: 0,
    attempts: 3,
    runAt: time,
    paused: false,
    group: 'g',
    key: 'k',
    history: [
      { state: 'NONE', at: time },
      { state: 'SPOOLED', at: time },
    ],
    createdAt: time,
  })
})

test('a cursor that is none of find is refused', async () => {
  const runtime = await boot({ tasks: [noop] })
  for (const cursor of [5, 'nonsense', 'live', '']) {
    expect(await refusal(runtime.find({ cursor: cursor as string }))).toMatchObject({ code: 'ERR_INVALID_OPTION' })
  }
})

test('a page for which so much may be read is short or empty where little is sought, and leads on', async () => {
  const runtime = await boot({
    tasks: [defineTask({ kind: 'many', run: () => null }), defineTask({ kind: 'rare', run: () => null })],
  })
  const made = Array.from({ length: 1_000 }, (_, i) => ({
    kind: i % 500 === 499 ? ('rare' as const) : ('many' as const),
    id: `t${String(i).padStart(4, '0')}`,
    in: '1h',
  }))
  await runtime.enqueueMany(made)
  const pages: string[][] = []
  for (let cursor: string | undefined; ; ) {
    const page = await runtime.find({ kind: 'rare', look: 200, ...(cursor === undefined ? {} : { cursor }) })
    pages.push(page.items.map(({ id }) => id))
    cursor = page.cursor
    if (cursor === undefined) break
  }
  expect(pages.flat()).toEqual(['t0499', 't0999'])
  expect(pages.length).toBeGreaterThanOrEqual(5)
  // Where there is enough, it is full.
  expect((await runtime.find({ kind: 'many', look: 200, limit: 50 })).items.length).toBe(50)
  for (const look of [0, 1.5, '100', 2_000_000] as number[])
    expect((await refusal(runtime.find({ look }))).code).toBe('ERR_INVALID_OPTION')
})
