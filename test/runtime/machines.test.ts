/** Tasks played by a machine: its sub-state, context, timers and children are part of the task. */
import { expect, test } from 'vitest'
import { assign, fromCallback, fromObservable, fromPromise, type Observer, type Subscribable, setup } from 'xstate'
import { defineTask } from '../../src/index.js'
import { boot, facts, stations, temporaryDirectory } from './lab.js'

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
