/** Tasks played by a machine: its sub-state, context, timers and children are part of the task. */
import { expect, test } from 'vitest'
import {
  assign,
  emit,
  fromCallback,
  fromObservable,
  fromPromise,
  type Observer,
  type Subscribable,
  setup,
} from 'xstate'
import { defineTask } from '../../src/index.js'
import { boot, facts, refusal, stations, temporaryDirectory } from './lab.js'

const final = { type: 'final' } as const

test('the output of the final state is the result', async () => {
  const sum = setup({
    types: { input: {} as { a: number; b: number }, output: {} as number, context: {} as { sum: number } },
  }).createMachine({
    context: ({ input }) => ({ sum: input.a + input.b }),
    initial: 'done',
    states: { done: final },
    output: ({ context }) => context.sum,
  })
  const runtime = await boot({ tasks: [defineTask({ kind: 'sum', machine: sum })] })
  const task = await runtime.enqueue('sum', { a: 2, b: 3 })
  expect(await task.finished()).toBe(5)
  expect(await task.get()).toMatchObject({ state: 'FINISHED', result: 5, attempt: 1 })
})

test('nested, parallel and history states go on where they were after a restart', async () => {
  const machine = setup({ types: { events: {} as { type: 'next' | 'leave' | 'back' | 'end' } } }).createMachine({
    initial: 'work',
    states: {
      work: {
        type: 'parallel',
        on: { leave: 'away', end: 'over' },
        states: {
          left: { initial: 'a', states: { a: { on: { next: 'b' } }, b: {} } },
          right: { initial: 'x', states: { x: { initial: 'one', states: { one: { on: { next: 'two' } }, two: {} } } } },
          memory: { type: 'history', history: 'deep' },
        },
      },
      away: { on: { back: 'work.memory' } },
      over: final,
    },
  })
  const path = await temporaryDirectory()
  const tasks = [defineTask({ kind: 'm', machine })] as const
  const before = await boot({ path, tasks })
  const task = await before.enqueue('m', undefined as never, { id: 'm' })
  await before.send(task.id, { type: 'next' })
  await before.send(task.id, { type: 'leave' })
  expect((await task.get())?.machine?.value).toBe('away')
  await before.stop()
  const runtime = await boot({ path, tasks })
  await runtime.send('m', { type: 'back' })
  expect((await runtime.get('m'))?.machine?.value).toEqual({ work: { left: 'b', right: { x: 'two' } } })
  await runtime.send('m', { type: 'end' })
  expect(await runtime.get('m')).toMatchObject({ state: 'FINISHED', attempt: 1 })
})

test('an invoked promise gives its output', async () => {
  const machine = setup({
    types: { context: {} as { got: string }, output: {} as string },
    actors: { ask: fromPromise(async () => 'promised') },
  }).createMachine({
    context: { got: '' },
    initial: 'asking',
    states: {
      asking: {
        invoke: { src: 'ask', onDone: { target: 'done', actions: assign({ got: ({ event }) => event.output }) } },
      },
      done: final,
    },
    output: ({ context }) => context.got,
  })
  const runtime = await boot({ tasks: [defineTask({ kind: 'm', machine })] })
  expect(await (await runtime.enqueue('m')).finished()).toBe('promised')
})

test('an invoked observable gives its values, and ends', async () => {
  const subscribe = (observer: Observer<string>) => {
    setImmediate(() => {
      observer.next?.('observed')
      observer.complete?.()
    })
    return { unsubscribe: () => undefined }
  }
  const values = fromObservable<string, undefined>(() => ({ subscribe }) as Subscribable<string>)
  const machine = setup({
    types: { context: {} as { got: string }, output: {} as string },
    actors: { values },
  }).createMachine({
    context: { got: '' },
    initial: 'watching',
    states: {
      watching: {
        invoke: {
          src: 'values',
          onSnapshot: { actions: assign({ got: ({ event }) => event.snapshot.context ?? '' }) },
          onDone: 'done',
        },
      },
      done: final,
    },
    output: ({ context }) => context.got,
  })
  const runtime = await boot({ tasks: [defineTask({ kind: 'm', machine })] })
  expect(await (await runtime.enqueue('m')).finished()).toBe('observed')
})

test('an invoked callback speaks and hears, and is told to stop', async () => {
  const at = stations()
  const port = fromCallback<{ type: 'ping' }>(({ sendBack, receive }) => {
    receive(() => sendBack({ type: 'pong' }))
    return () => void at.stop('stopped')
  })
  const machine = setup({ types: { events: {} as { type: 'ask' | 'pong' } }, actors: { port } }).createMachine({
    initial: 'open',
    states: {
      open: {
        invoke: { src: 'port', id: 'port' },
        on: {
          ask: { actions: ({ self }) => self.getSnapshot().children.port?.send({ type: 'ping' }) },
          pong: 'done',
        },
      },
      done: final,
    },
  })
  const runtime = await boot({ tasks: [defineTask({ kind: 'm', machine })] })
  const started = facts('machine.effect')
  const task = await runtime.enqueue('m')
  await started.first(({ effect }) => effect === 'start port')
  await runtime.send(task.id, { type: 'ask' })
  expect(await task.finished()).toBeNull()
  await at.reached('stopped')
})

test('`after` fires at its time, and keeps its due time over a restart', async () => {
  const machine = setup({ delays: { long: 3_600_000, short: 60 } }).createMachine({
    initial: 'waiting',
    states: { waiting: { after: { short: 'done', long: 'late' } }, late: {}, done: final },
  })
  const path = await temporaryDirectory()
  const tasks = [defineTask({ kind: 'm', machine })] as const
  const before = await boot({ path, tasks })
  const running = facts('task.committed')
  const task = await before.enqueue('m', undefined as never, { id: 'm' })
  await running.first(({ to }) => to === 'RUNNING')
  const view = await task.get()
  expect(view?.machine?.timers).toHaveLength(2)
  const due = Date.parse(view?.machine?.timers.map(({ due: at }) => at).sort()[0] as string)
  await before.stop()
  const runtime = await boot({ path, tasks })
  const end = await runtime.task('m')
  if (end.getSnapshot().value !== 'FINISHED') await facts('task.committed').first(({ to }) => to === 'FINISHED')
  expect(Date.now()).toBeGreaterThanOrEqual(due - 1)
  expect(await runtime.get('m')).toMatchObject({ state: 'FINISHED', attempt: 1 })
})

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
