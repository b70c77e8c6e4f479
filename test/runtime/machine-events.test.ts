/** Events to machines are durable: accepted means handled once; a parked machine sleeps. */
import { expect, test } from 'vitest'
import { assign, fromPromise, setup } from 'xstate'
import { defineTask } from '../../src/index.js'
import { boot, facts, refusal, stations, temporaryDirectory } from './lab.js'

type Heard = { type: 'say'; word: string } | { type: 'end' } | { type: 'fail' }

const listener = setup({
  types: { context: {} as { heard: readonly string[] }, events: {} as Heard, output: {} as readonly string[] },
}).createMachine({
  context: { heard: [] },
  initial: 'listening',
  states: {
    listening: {
      on: {
        say: { actions: assign({ heard: ({ context, event }) => [...context.heard, event.word] }) },
        end: 'over',
        fail: {
          actions: assign(() => {
            throw new Error('told to fail')
          }),
        },
      },
    },
    over: { type: 'final' },
  },
  output: ({ context }) => context.heard,
})
const listen = defineTask({ kind: 'listen', machine: listener })
const noop = defineTask({ kind: 'noop', run: () => null })
const say = (word: string) => ({ type: 'say', word })

test('events that come before the machine runs wait, in their order, over a restart too', async () => {
  const path = await temporaryDirectory()
  const before = await boot({ path, tasks: [listen] })
  await before.enqueue('listen', undefined as never, { id: 'a', in: '1h' })
  for (const word of ['one', 'two']) await before.send('a', say(word))
  await before.stop()
  const runtime = await boot({ path, tasks: [listen] })
  await runtime.send('a', say('three'))
  await runtime.reschedule('a', { in: 0 })
  const actor = await runtime.task('a')
  await runtime.send('a', { type: 'end' })
  expect(actor.getSnapshot().value).toBe('FINISHED')
  expect(await runtime.get('a')).toMatchObject({ state: 'FINISHED', result: ['one', 'two', 'three'] })
})

test('events to a running machine are on disk when send() resolves', async () => {
  const path = await temporaryDirectory()
  const before = await boot({ path, tasks: [listen] })
  await before.enqueue('listen', undefined as never, { id: 'a' })
  const words = Array.from({ length: 20 }, (_, n) => `w${n}`)
  await Promise.all(words.map((word) => before.send('a', say(word))))
  await before.stop()
  const runtime = await boot({ path, tasks: [listen] })
  expect((await runtime.get('a'))?.machine?.context).toEqual({ heard: words })
})

test('events that a failing machine did not consume carry over to its retry', async () => {
  const runtime = await boot({ tasks: [listen] })
  const retry = { attempts: 2, delay: 0 }
  const task = await runtime.enqueue('listen', undefined as never, { in: '1h', retry })
  const events = [say('lost with the first'), { type: 'fail' }, say('kept'), { type: 'end' }]
  for (const event of events) await runtime.send(task.id, event)
  await runtime.reschedule(task.id, { in: 0 })
  expect(await task.finished()).toEqual(['kept'])
  expect((await task.get())?.attempt).toBe(2)
})

test('events of a task that died before it ran are there when it is put back by hand', async () => {
  const path = await temporaryDirectory()
  const before = await boot({ path, tasks: [listen] })
  await before.enqueue('listen', undefined as never, { id: 'a', in: '1h' })
  await before.send('a', say('kept'))
  await before.cancel('a')
  await before.stop()
  const runtime = await boot({ path, tasks: [listen] })
  await runtime.retry('a')
  await runtime.send('a', { type: 'end' })
  expect((await runtime.get('a'))?.result).toEqual(['kept'])
})

test('a removed task takes its events with it: one of the same id hears nothing of them', async () => {
  const path = await temporaryDirectory()
  const first = await boot({ path, tasks: [listen] })
  await first.enqueue('listen', undefined as never, { id: 'a', in: '1h' })
  await first.send('a', say('old'))
  await first.cancel('a')
  await first.stop()
  const second = await boot({ path, tasks: [listen] })
  await second.remove('a')
  await second.enqueue('listen', undefined as never, { id: 'a', in: '1h' })
  await second.stop()
  const runtime = await boot({ path, tasks: [listen] })
  await runtime.reschedule('a', { in: 0 })
  await runtime.send('a', { type: 'end' })
  expect((await runtime.get('a'))?.result).toEqual([])
})

test('a parked machine holds no slot, and leaves memory', async () => {
  const asleep = facts('task.passivated')
  const runtime = await boot({ tasks: [listen, noop], routes: { default: { concurrency: 1 } }, limits: { live: 5 } })
  const parked = await runtime.enqueueMany(Array.from({ length: 20 }, () => ({ kind: 'listen' as const })))
  await (await runtime.enqueue('noop')).finished()
  expect(await runtime.count({ state: 'RUNNING' })).toBe(20)
  await Promise.all(parked.map(({ id }, n) => runtime.send(id, say(`to ${n}`))))
  await Promise.all(parked.map(({ id }) => runtime.send(id, { type: 'end' })))
  const results = await Promise.all(parked.map((task) => task.finished()))
  expect(results).toEqual(parked.map((_, n) => [`to ${n}`]))
  expect(asleep.seen.length).toBeGreaterThan(0)
})

test('a machine with something in flight holds a slot until that is over', async () => {
  const at = stations()
  const ask = fromPromise(() => at.stop('asking'))
  const asking = setup({ types: { events: {} as { type: 'end' } }, actors: { ask } }).createMachine({
    initial: 'asking',
    states: {
      asking: { invoke: { src: 'ask', onDone: 'parked' } },
      parked: { on: { end: 'over' } },
      over: { type: 'final' },
    },
  })
  const starts = facts('run.start')
  const runtime = await boot({
    tasks: [defineTask({ kind: 'ask', machine: asking }), noop],
    routes: { default: { concurrency: 1 } },
  })
  const task = await runtime.enqueue('ask')
  await at.reached('asking')
  const waiting = await runtime.enqueue('noop')
  await runtime.enqueue('noop', 'a commit later', { paused: true })
  expect(starts.seen).toEqual([])
  at.pass('asking')
  await waiting.finished()
  expect((await task.get())?.machine?.value).toBe('parked')
})

test('send by query reaches machines that have not ended, and nothing else', async () => {
  const runtime = await boot({ tasks: [listen, noop] })
  const two = await runtime.enqueueMany([
    { kind: 'listen', group: 'g' },
    { kind: 'listen', group: 'g' },
    { kind: 'noop', group: 'g', in: '1h' },
  ])
  expect(await runtime.send({ group: 'g' }, { type: 'end' })).toBe(2)
  expect(await Promise.all(two.slice(0, 2).map((task) => task.finished()))).toEqual([[], []])
  expect(await runtime.send({ group: 'g' }, { type: 'end' })).toBe(0)
})

test('what cannot take an event says why', async () => {
  const runtime = await boot({ tasks: [listen, noop], limits: { mailbox: 2, event: 100 } })
  const plain = await runtime.enqueue('noop', null, { in: '1h' })
  expect(await refusal(runtime.send(plain.id, { type: 'x' }))).toMatchObject({ code: 'ERR_NO_MACHINE' })
  const task = await runtime.enqueue('listen', undefined as never, { in: '1h' })
  const bad = [undefined, null, 'end', {}, { type: '' }, { type: 5 }, { type: 'xstate.stop' }, [{ type: 'x' }]]
  for (const event of bad) {
    expect(await refusal(runtime.send(task.id, event as never))).toMatchObject({ code: 'ERR_INVALID_EVENT' })
  }
  expect(await refusal(runtime.send(task.id, { type: 'x', at: new Date() }))).toMatchObject({ code: 'ERR_NOT_JSON' })
  expect(await refusal(runtime.send(task.id, say('x'.repeat(100))))).toMatchObject({ code: 'ERR_TOO_LARGE' })
  await runtime.send(task.id, say('one'))
  await runtime.send(task.id, say('two'))
  expect(await refusal(runtime.send(task.id, say('three')))).toMatchObject({ code: 'ERR_MAILBOX_FULL' })
  expect(await refusal(runtime.send('nobody', { type: 'x' }))).toMatchObject({ code: 'ERR_NOT_FOUND' })
  await runtime.cancel(task.id)
  expect(await refusal(runtime.send(task.id, { type: 'x' }))).toMatchObject({ code: 'ERR_ILLEGAL_TRANSITION' })
})
