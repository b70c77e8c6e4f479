/** A record that cannot be restored is set aside with its reason, listed, and put back when what it lacked is there. */
import { expect, test } from 'vitest'
import { setup } from 'xstate'
import { defineTask } from '../../src/index.js'
import { keyOf } from '../../src/model/keys.js'
import { RECORD_FORMAT } from '../../src/model/record.js'
import { boot, facts, NEAR, onDisk, refusal, temporaryDirectory } from './lab.js'

const noop = defineTask({ kind: 'noop', run: () => 'done' })
const gone = defineTask({ kind: 'gone', run: () => 'back' })
const light = (version: number) =>
  defineTask({
    kind: 'light',
    version,
    machine: setup({}).createMachine({
      initial: 'red',
      states: { red: { on: { end: 'off' } }, off: { type: 'final' } },
    }),
  })

test('an unknown kind is set aside; when the kind is back, retry puts the task back', async () => {
  const path = await temporaryDirectory()
  const before = await boot({ path, tasks: [noop, gone] })
  await before.enqueue('gone', { its: 'input' }, { id: 'a', in: NEAR, group: 'g' })
  await before.enqueue('noop', null, { id: 'b', in: NEAR })
  await before.stop()
  const aside = facts('task.quarantined')
  const without = await boot({ path, tasks: [noop] })
  expect(await without.get('b')).toMatchObject({ state: 'SPOOLED' })
  expect(await aside.first()).toMatchObject({
    id: 'a',
    code: 'ERR_UNKNOWN_KIND',
    reason: expect.stringContaining("'gone'".replaceAll("'", '"')),
  })
  expect(await without.quarantine.list()).toMatchObject([
    { id: 'a', code: 'ERR_UNKNOWN_KIND', at: expect.stringMatching(/Z$/), record: expect.stringContaining('gone') },
  ])
  expect(await without.get('a')).toBeUndefined()
  expect(await without.quarantine.retry('a')).toBe(false)
  expect(await without.quarantine.list()).toHaveLength(1)
  await without.stop()
  const runtime = await boot({ path, tasks: [noop, gone] })
  expect(await runtime.quarantine.retry('a')).toBe(true)
  expect(await runtime.quarantine.list()).toEqual([])
  await runtime.reschedule('a', { in: 0 })
  const handle = await runtime.enqueue('gone', { its: 'input' }, { id: 'a' })
  expect(await handle.finished()).toBe('back')
  expect(await runtime.get('a')).toMatchObject({ input: { its: 'input' }, group: 'g' })
  expect(await refusal(runtime.quarantine.retry('a'))).toMatchObject({ code: 'ERR_NOT_FOUND' })
})

test('a sleeping task of an unknown kind is set aside when its time comes, and waits no more when it is back', async () => {
  const path = await temporaryDirectory()
  const before = await boot({ path, tasks: [gone] })
  await before.enqueue('gone', null, { id: 'a', in: '1h' })
  await before.stop()
  const aside = facts('task.quarantined')
  const without = await boot({ path, tasks: [noop] })
  expect(aside.seen).toEqual([])
  expect(await refusal(without.reschedule('a', { in: 0 }))).toMatchObject({ code: 'ERR_NOT_FOUND' })
  await aside.first(({ id }) => id === 'a')
  await without.stop()
  const back = await boot({ path, tasks: [gone] })
  expect(await back.quarantine.retry('a')).toBe(true)
  expect((await back.get('a'))?.state).toBe('SPOOLED')
  await back.stop()
  const runtime = await boot({ path, tasks: [gone] })
  await runtime.reschedule('a', { in: 0 })
  expect(await (await runtime.enqueue('gone', null, { id: 'a' })).finished()).toBe('back')
})

/** What is done to the record `a` of a task that waits, and what comes of it. */
const damages: Record<string, { text: (was: string) => string; code: string }> = {
  'corrupt JSON': { text: (was) => was.slice(0, -7), code: 'ERR_STORE_CORRUPT' },
  'no JSON at all': { text: () => '\u0000\u0001', code: 'ERR_STORE_CORRUPT' },
  'JSON that is no record': { text: () => '[1,2]', code: 'ERR_STORE_CORRUPT' },
  'a record without a state': { text: (was) => was.replace('"s":"S"', '"s":"?"'), code: 'ERR_STORE_CORRUPT' },
  'a record without a history': { text: (was) => was.replace('"h":', '"hh":'), code: 'ERR_STORE_CORRUPT' },
  'a newer format': { text: (was) => was.replace('"f":1', `"f":${RECORD_FORMAT + 1}`), code: 'ERR_FORMAT_NEWER' },
}

for (const [what, { text, code }] of Object.entries(damages)) {
  test(`${what} is set aside as ${code}; the runtime starts all the same and the others run`, async () => {
    const path = await temporaryDirectory()
    const before = await boot({ path, tasks: [noop] })
    await before.enqueueMany(['a', 'b'].map((id) => ({ kind: 'noop' as const, id, in: NEAR })))
    await before.stop()
    const changed = await onDisk(path, async (database) => {
      const was = (await database.get(keyOf('live', 'a'))) as string
      await database.put(keyOf('live', 'a'), text(was))
      return text(was)
    })
    const aside = facts('task.quarantined')
    const runtime = await boot({ path, tasks: [noop] })
    await aside.first()
    await runtime.reschedule('b', { in: 0 })
    expect(await (await runtime.enqueue('noop', null, { id: 'b' })).finished()).toBe('done')
    const listed = await runtime.quarantine.list()
    expect(listed).toMatchObject([{ id: 'a', code, record: changed, class: 'live' }])
    expect(await runtime.quarantine.retry('a')).toBe(false)
    expect((await runtime.find()).items.map(({ id }) => id)).toEqual(['b'])
  })
}

test('a damaged record of an ended task is not read at the start, and is no obstacle to find', async () => {
  const path = await temporaryDirectory()
  const before = await boot({ path, tasks: [noop] })
  for (const id of ['a', 'b']) await (await before.enqueue('noop', null, { id })).finished()
  await before.stop()
  await onDisk(path, (database) => database.put(keyOf('ended', 'a'), '{'))
  const aside = facts('task.quarantined')
  const runtime = await boot({ path, tasks: [noop] })
  expect((await runtime.find()).items.map(({ id }) => id)).toEqual(['b'])
  expect(await refusal(runtime.get('a'))).toMatchObject({ code: 'ERR_STORE_CORRUPT' })
  expect(await refusal(runtime.remove('a'))).toMatchObject({ code: 'ERR_NOT_FOUND' })
  await aside.first()
  expect(await runtime.quarantine.list()).toMatchObject([{ id: 'a', class: 'ended' }])
})

test('a machine of another version is set aside while it runs, and goes on when that version is back', async () => {
  const path = await temporaryDirectory()
  const steps = facts('task.committed')
  const before = await boot({ path, tasks: [light(1), noop] })
  await before.enqueue('light', undefined as never, { id: 'a' })
  await steps.first(({ to }) => to === 'RUNNING')
  await before.enqueue('light', undefined as never, { id: 'waits', in: '1h' })
  await before.stop()
  const aside = facts('task.quarantined')
  const newer = await boot({ path, tasks: [light(2), noop] })
  expect(await refusal(newer.send('a', { type: 'end' }))).toMatchObject({ code: 'ERR_NOT_FOUND' })
  await aside.first()
  expect(await newer.quarantine.list()).toMatchObject([
    { id: 'a', code: 'ERR_INVALID_MACHINE', reason: expect.stringMatching(/version 1.*2/) },
  ])
  await newer.reschedule('waits', { in: 0 })
  await newer.send('waits', { type: 'end' })
  expect(await newer.get('waits')).toMatchObject({ state: 'FINISHED' })
  await newer.stop()
  const runtime = await boot({ path, tasks: [light(1), noop] })
  expect(await runtime.quarantine.retry('a')).toBe(true)
  await runtime.send('a', { type: 'end' })
  expect(await runtime.get('a')).toMatchObject({ state: 'FINISHED', attempt: 1 })
})

test('a machine whose state is missing, or names a state that is gone, is set aside', async () => {
  const path = await temporaryDirectory()
  const steps = facts('task.committed')
  const before = await boot({ path, tasks: [light(1)] })
  for (const id of ['missing', 'renamed']) {
    await before.enqueue('light', undefined as never, { id })
    await steps.first((fact) => fact.id === id && fact.to === 'RUNNING')
  }
  await before.stop()
  await onDisk(path, async (database) => {
    const record = async (id: string) => JSON.parse((await database.get(keyOf('dormant', id))) as string)
    const { m: _, ...without } = await record('missing')
    await database.put(keyOf('dormant', 'missing'), JSON.stringify(without))
    const renamed = await record('renamed')
    renamed.m.snapshot.value = 'blue'
    await database.put(keyOf('dormant', 'renamed'), JSON.stringify(renamed))
  })
  const aside = facts('task.quarantined')
  const runtime = await boot({ path, tasks: [light(1)] })
  for (const id of ['missing', 'renamed']) {
    expect(await refusal(runtime.send(id, { type: 'end' }))).toMatchObject({ code: 'ERR_NOT_FOUND' })
    await aside.first((fact) => fact.id === id)
  }
  const codes = (await runtime.quarantine.list()).map(({ id, code }) => [id, code])
  expect(codes).toEqual([
    ['missing', 'ERR_STORE_CORRUPT'],
    ['renamed', 'ERR_INVALID_MACHINE'],
  ])
})

test('a task with the id of one in quarantine is refused: it would take its place', async () => {
  const path = await temporaryDirectory()
  const before = await boot({ path, tasks: [noop, gone] })
  await before.enqueue('gone', 'precious', { id: 'a', in: NEAR })
  await before.stop()
  const aside = facts('task.quarantined')
  const without = await boot({ path, tasks: [noop] })
  await aside.first()
  const refused = await refusal(without.enqueue('noop', 'other', { id: 'a' }))
  expect(refused).toMatchObject({ code: 'ERR_DUPLICATE_ID', message: expect.stringContaining('quarantine') })
  await without.stop()
  const runtime = await boot({ path, tasks: [noop, gone] })
  await runtime.quarantine.retry('a')
  expect(await runtime.get('a')).toMatchObject({ kind: 'gone', input: 'precious' })
})

test('a task whose input is gone fails with a code, and is not run with none', async () => {
  const path = await temporaryDirectory()
  const before = await boot({ path, tasks: [noop] })
  await before.enqueue('noop', { a: 1 }, { id: 'a', in: NEAR })
  await before.stop()
  await onDisk(path, (database) => database.del(keyOf('input', 'a')))
  const ends = facts('run.end')
  const runtime = await boot({ path, tasks: [noop] })
  await runtime.reschedule('a', { in: 0 })
  await ends.first(({ id }) => id === 'a')
  await runtime.enqueue('noop', 'a commit later')
  expect(await runtime.get('a')).toMatchObject({ state: 'FAILED', error: { code: 'ERR_STORE_CORRUPT' } })
})
