/** How machine tasks end: by an error, by silence, by a stop in the middle; and what they emit on the way. */
import { expect, test } from 'vitest'
import { assign, emit, fromPromise, setup } from 'xstate'
import { defineTask } from '../../src/index.js'
import { boot, facts, refusal, stations, temporaryDirectory } from './lab.js'

const final = { type: 'final' } as const

test('the error of a machine is the failure; its retry starts a fresh machine', async () => {
  let tries = 0
  const risky = fromPromise(async () => {
    if (tries++ === 0) throw new TypeError('flaky')
  })
  const machine = setup({
    types: { context: {} as { steps: number }, output: {} as number },
    actors: { risky },
  }).createMachine({
    context: { steps: 0 },
    initial: 'a',
    states: {
      a: {
        entry: assign({ steps: ({ context }) => context.steps + 1 }),
        invoke: { src: 'risky', onDone: 'b' },
      },
      b: final,
    },
    output: ({ context }) => context.steps,
  })
  const steps = facts('task.committed')
  const runtime = await boot({ tasks: [defineTask({ kind: 'm', machine, retry: { attempts: 2, delay: 0 } })] })
  const task = await runtime.enqueue('m')
  await steps.first(({ to }) => to === 'FAILED')
  expect(await task.finished()).toBe(1)
  const view = await task.get()
  expect(view).toMatchObject({ state: 'FINISHED', attempt: 2 })
  expect(view?.machine).toBeUndefined()
})

test('a machine whose promise rejects, with nothing to handle it, fails its task with that error', async () => {
  const rejects = fromPromise(() => Promise.reject(new TypeError('flaky')))
  const machine = setup({ actors: { rejects } }).createMachine({ invoke: { src: 'rejects' } })
  const runtime = await boot({ tasks: [defineTask({ kind: 'm', machine })] })
  const task = await runtime.enqueue('m')
  expect(await refusal(task.finished())).toMatchObject({ error: { name: 'TypeError', message: 'flaky' } })
})

test('an action that throws fails its task', async () => {
  const machine = setup({
    actions: {
      explode: () => {
        throw new Error('boom')
      },
    },
  }).createMachine({ initial: 'a', states: { a: { entry: 'explode' } } })
  const runtime = await boot({ tasks: [defineTask({ kind: 'm', machine })] })
  const task = await runtime.enqueue('m')
  expect(await refusal(task.finished())).toMatchObject({ error: { message: 'boom' } })
})

test('what a machine emits is read from events()', async () => {
  const machine = setup({ types: { emitted: {} as { type: 'polled'; n: number } } }).createMachine({
    initial: 'a',
    states: {
      a: { entry: emit({ type: 'polled', n: 1 }), always: 'b' },
      b: { ...final, entry: emit({ type: 'polled', n: 2 }) },
    },
  })
  const runtime = await boot({ tasks: [defineTask({ kind: 'm', machine })] })
  const task = await runtime.enqueue('m')
  await task.finished()
  expect((await runtime.events(task.id)).map(({ event }) => event)).toEqual([
    { type: 'polled', n: 1 },
    { type: 'polled', n: 2 },
  ])
})

test('a machine with something in flight that is silent too long is TERMINATED awol; a parked one owes no sign', async () => {
  const never = fromPromise(() => new Promise<void>(() => undefined))
  const machine = setup({ types: { events: {} as { type: 'go' } }, actors: { never } }).createMachine({
    initial: 'parked',
    states: { parked: { on: { go: 'asking' } }, asking: { invoke: { src: 'never' } } },
  })
  const noop = defineTask({ kind: 'noop', run: () => null })
  const runtime = await boot({ tasks: [defineTask({ kind: 'm', machine, heartbeat: 40 }), noop] })
  const task = await runtime.enqueue('m')
  await (await runtime.enqueue('noop', null, { in: 80 })).finished()
  expect((await task.get())?.machine?.value).toBe('parked')
  await runtime.send(task.id, { type: 'go' })
  expect(await refusal(task.finished())).toMatchObject({ reason: 'awol' })
})

test('stop({ drain }) gives what a machine has in flight its time', async () => {
  const path = await temporaryDirectory()
  const at = stations()
  const slow = fromPromise(async () => {
    await at.stop('asking')
    return 'in time'
  })
  const machine = setup({
    types: { context: {} as { got: string }, output: {} as string },
    actors: { slow },
  }).createMachine({
    context: { got: '' },
    initial: 'asking',
    states: {
      asking: {
        invoke: { src: 'slow', onDone: { target: 'done', actions: assign({ got: ({ event }) => event.output }) } },
      },
      done: final,
    },
    output: ({ context }) => context.got,
  })
  const tasks = [defineTask({ kind: 'm', machine })] as const
  const before = await boot({ path, tasks })
  await before.enqueue('m', undefined, { id: 'a' })
  await at.reached('asking')
  const stopped = before.stop({ drain: '10s' })
  at.pass('asking')
  await stopped
  const runtime = await boot({ path, tasks })
  expect(await runtime.get('a')).toMatchObject({ state: 'FINISHED', result: 'in time', attempt: 1 })
})

test('a machine that is stopped in the middle of an invoke starts that invoke again, with the same attempt', async () => {
  const path = await temporaryDirectory()
  const at = stations()
  const calls: string[] = []
  const ask = fromPromise(async ({ input }: { input: string }) => {
    calls.push(input)
    if (calls.length === 1) await at.stop('first')
  })
  const machine = setup({ types: { context: {} as { n: number } }, actors: { ask } }).createMachine({
    context: { n: 0 },
    initial: 'asking',
    states: {
      asking: {
        entry: assign({ n: ({ context }) => context.n + 1 }),
        invoke: { src: 'ask', input: ({ context }) => `call ${context.n}`, onDone: 'done' },
      },
      done: final,
    },
  })
  const tasks = [defineTask({ kind: 'm', machine })] as const
  const before = await boot({ path, tasks })
  await before.enqueue('m', undefined, { id: 'a' })
  await at.reached('first')
  await before.stop()
  const runtime = await boot({ path, tasks })
  await runtime.handle('a').finished()
  expect(calls).toEqual(['call 1', 'call 1'])
  expect(await runtime.get('a')).toMatchObject({ attempt: 1 })
})
