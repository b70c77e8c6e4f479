/** What a task led to is found by the task, from the commit that made it until it is removed. */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { defineTask, type RunningTask, repair } from '../../src/index.js'
import { SimulatedRuntime } from '../support/simulated-runtime.js'
import { all } from '../support/stores.js'
import { boot, NEAR, onDisk, refusal, temporaryDirectory } from './lab.js'

const echo = defineTask({ kind: 'echo', run: ({ input }) => input ?? null })
const fails = defineTask({ kind: 'fails', run: () => Promise.reject(new Error('no')) })
const makes = defineTask({
  kind: 'makes',
  run: async (task: RunningTask<number>) => {
    for (let n = 0; n < task.input; n++) await task.enqueue('echo', n)
  },
})
const tasks = [echo, fails, makes]
const following = { onSuccess: [{ kind: 'echo', input: 'then' }], onFailure: { kind: 'echo', input: 'else' } }
type Booted = Awaited<ReturnType<typeof boot>>

const inputs = async (runtime: Booted, query: object) =>
  (await runtime.find(query)).items.map(({ input }) => String(input)).sort()

test('by onSuccess, by onFailure, and by what a run enqueued; and nothing that others led to', async () => {
  const runtime = await boot({ tasks })
  const good = await runtime.enqueue('makes', 2, following)
  const bad = await runtime.enqueue('fails', null, { ...following, id: `${good.id}-2` })
  await good.finished()
  await refusal(bad.finished())
  expect(await inputs(runtime, { cause: good.id })).toEqual(['0', '1', 'then'])
  expect(await inputs(runtime, { cause: bad.id })).toEqual(['else'])
  expect(await inputs(runtime, { cause: 'nobody' })).toEqual([])
  const [child] = (await runtime.find({ cause: bad.id })).items
  expect(await runtime.count({ cause: child?.id as string })).toBe(0)
  expect((await refusal(runtime.find({ cause: 'a b' }))).code).toBe('ERR_INVALID_ID')
})

test('with the rest of a query, a page at a time, and over a restart', async () => {
  const path = await temporaryDirectory()
  const first = await boot({ path, tasks })
  const { id } = await first.enqueue('makes', 25, { group: 'g', onSuccess: { kind: 'echo', group: 'h', paused: true } })
  await first.handle(id).finished()
  while ((await first.count({ cause: id, state: 'FINISHED' })) < 25) await new Promise((go) => setImmediate(go))
  await first.stop()
  const runtime = await boot({ path, tasks })
  expect(await runtime.count({ cause: id })).toBe(26)
  expect(await runtime.count({ cause: id, group: 'h' })).toBe(1)
  expect(await runtime.count({ cause: id, state: 'SPOOLED' })).toBe(1)
  const found: string[] = []
  for (let cursor: string | undefined; ; ) {
    const page = await runtime.find({ cause: id, limit: 10, ...(cursor === undefined ? {} : { cursor }) })
    found.push(...page.items.map((task) => task.id))
    cursor = page.cursor
    if (cursor === undefined) break
    expect(page.items.length).toBe(10)
    // The cursor of one query is none of another.
    expect((await refusal(runtime.find({ group: 'g', cursor }))).code).toBe('ERR_INVALID_OPTION')
  }
  expect(new Set(found).size).toBe(26)
  expect(await runtime.cancel({ cause: id })).toBe(1)
  expect(await runtime.remove({ cause: id })).toBe(26)
  expect(await runtime.count({ cause: id })).toBe(0)
})

test('a follow-up that is asked for anew by somebody else is not found by its cause any more', async () => {
  const runtime = await boot({ tasks })
  const onSuccess = { kind: 'echo', key: 'k', paused: true, group: 'g' }
  const { id } = await runtime.enqueue('echo', null, { onSuccess })
  await runtime.handle(id).finished()
  expect(await runtime.count({ cause: id })).toBe(1)
  await runtime.enqueue('echo', 'other', { key: 'k', replace: true, paused: true })
  expect(await inputs(runtime, {})).toEqual(['null', 'other'])
  expect([await runtime.count({ cause: id }), await runtime.count({ group: 'g' })]).toEqual([0, 0])
})

test('a follow-up in quarantine is found when it is back', async () => {
  const path = await temporaryDirectory()
  const first = await boot({ path, tasks })
  const { id } = await first.enqueue('echo', null, { onSuccess: { kind: 'fails', in: NEAR } })
  await first.handle(id).finished()
  await first.stop()
  const without = await boot({ path, tasks: [echo] })
  expect([await without.count({ cause: id }), (await without.quarantine.list()).length]).toEqual([0, 1])
  await without.stop()
  const runtime = await boot({ path, tasks })
  for (const aside of await runtime.quarantine.list()) await runtime.quarantine.retry(aside.id)
  expect(await runtime.count({ cause: id })).toBe(1)
})

describe('a store of format 1, which does not know what tasks led to,', () => {
  /** The same store as it was before there was the index: with a task of each class, and one in quarantine. */
  async function old() {
    const path = await temporaryDirectory()
    const first = await boot({ path, tasks })
    const onSuccess = [
      { kind: 'echo', input: 'ended' },
      { kind: 'echo', input: 'dormant', in: '1h' },
      { kind: 'echo', input: 'live', in: NEAR },
      { kind: 'fails', input: 'aside', in: NEAR },
    ]
    const { id } = await first.enqueue('echo', null, { onSuccess })
    await first.handle(id).finished()
    while ((await first.count({ cause: id, state: 'FINISHED' })) < 1) await new Promise((go) => setImmediate(go))
    await first.stop()
    await (await boot({ path, tasks: [echo] })).stop()
    await onDisk(path, (level) => level.clear({ gt: 'c!', lt: 'c"' }))
    return { path, id, mark: (text: string) => writeFile(join(path, 'format.json'), text) }
  }

  test('finds them after it was opened once', async () => {
    const { path, id, mark } = await old()
    await mark('{"format":1}')
    const runtime = await boot({ path, tasks })
    expect(await inputs(runtime, { cause: id })).toEqual(['dormant', 'ended', 'live'])
    for (const aside of await runtime.quarantine.list()) await runtime.quarantine.retry(aside.id)
    expect(await runtime.count({ cause: id })).toBe(4)
    await runtime.stop()
    expect(await readFile(join(path, 'format.json'), 'utf8')).toBe('{"format":2}\n')
  })

  test('finds them though its mark is lost, or a cut came between the index and the new mark', async () => {
    const { path, id, mark } = await old()
    await mark('')
    await (await boot({ path, tasks })).stop()
    await mark('{"format":1}')
    await onDisk(path, async (level) => {
      const [some] = await level.keys({ gt: 'c!', lt: 'c"' }).all()
      await level.del(some as string)
    })
    const runtime = await boot({ path, tasks })
    expect(await inputs(runtime, { cause: id })).toEqual(['dormant', 'ended', 'live'])
  })

  test('is brought up by a repair, too', async () => {
    const { path, id, mark } = await old()
    await mark('{"format":1}')
    expect((await repair({ path })).rebuilt).toMatchObject({ followUp: 3 })
    const runtime = await boot({ path, tasks })
    expect(await inputs(runtime, { cause: id })).toEqual(['dormant', 'ended', 'live'])
  })
})

test('it costs a key without a value for each task that has a cause, and nothing for one that has none', async () => {
  const path = await temporaryDirectory()
  const runtime = await boot({ path, tasks })
  const parent = await runtime.enqueue('makes', 100)
  await parent.finished()
  await runtime.enqueueMany(Array.from({ length: 100 }, () => ({ kind: 'echo' as const })))
  await runtime.stop()
  const found = await onDisk(path, (level) => level.iterator({ gt: 'c!', lt: 'c"' }).all())
  expect(found.length).toBe(100)
  for (const [key, value] of found) {
    expect(key.startsWith(`c!${parent.id}!`)).toBe(true)
    expect(value).toBe('')
    // Its own id and that of its cause, 21 characters each; they begin alike, so that a table keeps 13 of them.
    expect(key.length).toBe(2 + 21 + 1 + 21)
  }
})

const HOUR = 3_600_000
test.each(['by hand', 'by age'])('%s removed, a cause and its follow-ups leave nothing', async (how) => {
  const simulated = await new SimulatedRuntime({ tasks, routes: { default: { concurrency: 100 } } }).start()
  onTestFinished(() => simulated.runtime.stop())
  const { runtime } = simulated
  const task = await runtime.enqueue('makes', 10, { group: 'g', ...following })
  await task.finished()
  await simulated.quiet()
  expect(await runtime.count({ cause: task.id, state: 'FINISHED' })).toBe(11)
  const letters = async () => [...new Set((await all(simulated.inner)).map(([key]) => key[0]))].sort().join('')
  if (how === 'by hand') {
    // Without its cause it is found by it all the same.
    await runtime.remove(task.id)
    expect(await runtime.count({ cause: task.id })).toBe(11)
    await runtime.remove({ state: 'FINISHED' })
  }
  await simulated.pass(8 * 24 * HOUR)
  await simulated.quiet()
  expect(await letters()).toBe('m')
})
