/** What is not done twice, whoever asks again; and a wait that is given up. */
import { getEventListeners } from 'node:events'
import { expect, test } from 'vitest'
import { assign, setup } from 'xstate'
import { defineTask } from '../../src/index.js'
import { boot, NEAR, refusal, temporaryDirectory } from './lab.js'

const bell = setup({
  types: { context: {} as { rings: number }, events: {} as { type: 'ring' } | { type: 'stop' } },
}).createMachine({
  context: { rings: 0 },
  on: { ring: { actions: assign({ rings: ({ context }) => context.rings + 1 }) }, stop: '.done' },
  initial: 'on',
  states: { on: {}, done: { type: 'final' } },
  output: ({ context }) => context.rings,
})
const tasks = [
  defineTask({ kind: 'bell', machine: bell }),
  defineTask({ kind: 'echo', run: ({ input }) => input ?? null }),
]

test('an event with a key is taken once: while its machine waits to run, while it runs, over a restart, after its end', async () => {
  const path = await temporaryDirectory()
  const first = await boot({ path, tasks })
  const { id } = await first.enqueue('bell', undefined, { paused: true })
  const ring = { type: 'ring' }
  for (let i = 0; i < 3; i++) await first.send(id, ring, { once: 'a' })
  await first.stop()
  const runtime = await boot({ path, tasks })
  await runtime.send(id, ring, { once: 'a' })
  expect((await refusal(runtime.send(id, { type: 'stop' }, { once: 'a' }))).code).toBe('ERR_KEY_REUSED')
  await runtime.resume(id)
  await runtime.send(id, ring, { once: 'a' })
  await runtime.send(id, ring, { once: 'b' })
  const end = runtime.handle(id).finished()
  await runtime.send(id, { type: 'stop' }, { once: 'c' })
  expect(await end).toBe(2)
  expect(await runtime.send(id, { type: 'stop' }, { once: 'c' })).toBe(1)
  expect((await refusal(runtime.send(id, ring, { once: 'd' }))).code).toBe('ERR_ILLEGAL_TRANSITION')
})

test('of 33 keys the first is forgotten', async () => {
  const runtime = await boot({ tasks })
  const { id } = await runtime.enqueue('bell')
  for (let i = 0; i < 33; i++) await runtime.send(id, { type: 'ring' }, { once: `key ${i}` })
  await runtime.send(id, { type: 'ring' }, { once: 'key 1' })
  await runtime.send(id, { type: 'ring' }, { once: 'key 0' })
  const end = runtime.handle(id).finished()
  await runtime.send(id, { type: 'stop' })
  expect(await end).toBe(34)
  for (const once of ['', 'x'.repeat(256), 5 as unknown as string])
    expect((await refusal(runtime.send(id, { type: 'ring' }, { once }))).code).toBe('ERR_INVALID_OPTION')
})

test('an id with a fingerprint is that of one content', async () => {
  const runtime = await boot({ tasks })
  const make = (fingerprint: string | undefined, id?: string) =>
    runtime.enqueue('echo', 1, {
      ...(id ? { id } : {}),
      ...(fingerprint === undefined ? {} : { fingerprint }),
      in: NEAR,
    })
  expect((await make('x', 'a')).created).toBe(true)
  expect((await make('x', 'a')).created).toBe(false)
  expect((await refusal(make('y', 'a'))).code).toBe('ERR_DUPLICATE_ID')
  expect((await make(undefined, 'a')).created).toBe(false)
  for (const [fingerprint, id] of [
    ['', 'b'],
    ['x'.repeat(65), 'b'],
    ['x', undefined],
  ] as const)
    expect((await refusal(make(fingerprint, id))).code).toBe('ERR_INVALID_OPTION')
})

test('an input is changed while its task waits, large or small, and the run sees the last one', async () => {
  const runtime = await boot({ tasks })
  for (const size of [10, 10_000]) {
    const task = await runtime.enqueue('echo', 'x'.repeat(size), { paused: true })
    await runtime.reschedule(task.id, { input: 'y'.repeat(size) })
    await runtime.reschedule(task.id, { input: 'z'.repeat(size), priority: 9 })
    expect((await task.get())?.input).toBe('z'.repeat(size))
    await runtime.resume(task.id)
    expect(await task.finished()).toBe('z'.repeat(size))
    expect((await refusal(runtime.reschedule(task.id, { input: 1 }))).code).toBe('ERR_ILLEGAL_TRANSITION')
  }
  expect((await refusal(runtime.reschedule('any', { input: 'x'.repeat(300_000) }))).code).toBe('ERR_TOO_LARGE')
})

test('who gives up a wait is told why, and the others wait on', async () => {
  const runtime = await boot({ tasks })
  const task = await runtime.enqueue('echo', 7, { paused: true })
  const tired = new AbortController()
  const [given, kept] = [task.finished({ signal: tired.signal }), task.finished()]
  given.catch(() => undefined)
  tired.abort(new Error('enough'))
  await expect(given).rejects.toThrow('enough')
  await expect(task.finished({ signal: tired.signal })).rejects.toThrow('enough')
  await runtime.resume(task.id)
  expect(await kept).toBe(7)
})

test('a signal that many wait with keeps none of those that were answered', async () => {
  const runtime = await boot({ tasks })
  const task = await runtime.enqueue('echo', 7)
  const { signal } = new AbortController()
  for (let i = 0; i < 20; i++) expect(await task.finished({ signal })).toBe(7)
  expect(getEventListeners(signal, 'abort')).toEqual([])
})
