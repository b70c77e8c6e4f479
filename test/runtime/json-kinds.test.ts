/** Tasks whose machine is JSON: they run, wait, are told, fail and go on over a restart like any other machine. */
import { describe, expect, test } from 'vitest'
import { fromCallback, fromPromise } from 'xstate'
import { loadMachine, type MachineParts } from '../../src/configs/index.js'
import type { AnyDefinition, TaskFailed } from '../../src/index.js'
import { boot, deferred, facts, refusal, stations, temporaryDirectory } from './lab.js'

const echo = fromPromise(async ({ input }) => input)
const broken = fromPromise(async () => {
  throw Object.assign(new TypeError('no such door'), { code: 'E_DOOR' })
})
const parts: MachineParts = { actors: { echo, broken } }

/** A kind `m` that goes through one state and is done. */
const through = (state: object, machine: object = {}, header: object = {}, more: MachineParts = parts) =>
  loadMachine(
    { kind: 'm', ...header, machine: { initial: 'a', ...machine, states: { a: state, done: { type: 'final' } } } },
    more,
  )

async function result(definition: AnyDefinition, input: unknown = { n: 1 }): Promise<unknown> {
  const runtime = await boot({ tasks: [definition] })
  const task = await runtime.enqueue('m', input as never)
  return task.finished()
}

const failed = async (definition: AnyDefinition, input?: unknown) =>
  ((await refusal(result(definition, input))) as unknown as TaskFailed).error

describe('data and expressions', () => {
  test('the context is worked out of the input, the output out of the context', async () => {
    const done = through(
      { always: 'done' },
      {
        context: { twice: { $: 'input.n * 2' }, list: [1, { $: 'input.n' }] },
        output: { got: { $: 'context.list' }, twice: { $: 'context.twice' } },
      },
    )
    expect(await result(done)).toEqual({ got: [1, 1], twice: 2 })
  })

  test('a context of data is each task its own', async () => {
    const definition = through(
      { entry: 'push', always: 'done' },
      { context: { list: [] }, output: { $: 'context.list' } },
      {},
      {
        actions: { push: ({ context }: { context: { list: number[] } }) => void context.list.push(1) },
      },
    )
    const runtime = await boot({ tasks: [definition] })
    await (await runtime.enqueue('m')).finished()
    const second = await runtime.enqueue('m')
    expect(await second.finished()).toEqual([])
  })

  test('input that is read later is kept in the state', async () => {
    const path = await temporaryDirectory()
    const definition = through({ on: { GO: 'done' } }, { output: { $: 'input.n + 1' } })
    const before = await boot({ path, tasks: [definition] })
    await before.enqueue('m', { n: 4 }, { id: 'm' })
    await before.stop()
    const runtime = await boot({ path, tasks: [definition] })
    expect((await runtime.get('m'))?.machine?.context).toEqual({ input: { n: 4 } })
    await runtime.send('m', { type: 'GO' })
    expect((await runtime.get('m'))?.result).toBe(5)
  })

  test('an invoke gets its input, onDone sees what it gave', async () => {
    const asked = through(
      {
        invoke: {
          src: 'echo',
          input: { n: { $: 'context.n' }, fixed: [1] },
          onDone: { target: 'done', actions: { type: 'assign', params: { got: { $: 'event.output' } } } },
        },
      },
      { context: { n: { $: 'input.n' }, got: null }, output: { $: 'context.got' } },
    )
    expect(await result(asked)).toEqual({ n: 1, fixed: [1] })
  })

  test('onError sees the error as data', async () => {
    const told = through(
      {
        invoke: {
          src: 'broken',
          onError: {
            target: 'done',
            actions: {
              type: 'assign',
              params: { why: { $: "event.error.name + ' ' + event.error.code + ': ' + event.error.message" } },
            },
          },
        },
      },
      { context: { why: null }, output: { $: 'context.why' } },
    )
    expect(await result(told)).toBe('TypeError E_DOOR: no such door')
  })
})

describe('guards', () => {
  const outcome = async (guard: unknown, context: object = { n: 3, s: 'front.jpg', none: null }) =>
    result(
      loadMachine(
        {
          kind: 'm',
          machine: {
            context,
            initial: 'a',
            states: {
              a: { always: [{ guard, target: 'yes' }, { target: 'no' }] },
              yes: { type: 'final', output: true },
              no: { type: 'final', output: false },
            },
            output: { $: 'event.output' },
          },
        },
        { guards: { odd: (_: unknown, { n }: { n: number }) => n % 2 === 1 } },
      ),
    )
  const pair = (type: string, left: unknown, right: unknown) => ({ type, params: { left, right } })
  test.for<[unknown, boolean]>([
    [{ $: 'context.n > 2' }, true],
    [{ $: 'context.none' }, false],
    [pair('eq', { $: 'context.n' }, 3), true],
    [pair('eq', { a: [1] }, { a: [2] }), false],
    [pair('ne', 1, 2), true],
    [pair('lt', { $: 'context.n' }, 3), false],
    [pair('le', { $: 'context.n' }, 3), true],
    [pair('gt', 'b', 'a'), true],
    [pair('ge', 2, 3), false],
    [{ type: 'in', params: { value: { $: 'context.n' }, list: [1, 3] } }, true],
    [{ type: 'exists', params: { value: { $: 'context.none' } } }, false],
    [{ type: 'matches', params: { value: { $: 'context.s' }, pattern: '\\.jpe?g$' } }, true],
    [{ type: 'and', guards: [{ $: 'true' }, { type: 'not', guard: { $: 'false' } }] }, true],
    [{ type: 'or', guards: [{ $: 'false' }, pair('eq', 1, 2)] }, false],
    [{ type: 'odd', params: { n: { $: 'context.n' } } }, true],
    [{ type: 'and', guards: [{ type: 'odd', params: { n: 2 } }, { $: 'true' }] }, false],
  ])('%j', async ([guard, holds]) => {
    expect(await outcome(guard)).toBe(holds)
  })
})

describe('actions', () => {
  test('emit is kept with its step, raise and sendTo reach the machine and its actors', async () => {
    const { promise: listens, resolve } = deferred()
    const bell = fromCallback<{ type: 'RING'; times: number }>(({ sendBack, receive }) => {
      receive((event) => sendBack({ type: 'RUNG', times: event.times }))
      resolve()
    })
    const definition = through(
      {
        invoke: { src: 'bell', id: 'bell' },
        entry: { type: 'raise', params: { event: { type: 'BEGIN', n: { $: 'context.n' } } } },
        on: {
          BEGIN: { actions: { type: 'emit', params: { type: 'begun', n: { $: 'event.n' } } } },
          ASK: {
            actions: { type: 'sendTo', params: { to: 'bell', event: { type: 'RING', times: { $: 'context.n + 1' } } } },
          },
          RUNG: { target: 'done', actions: { type: 'assign', params: { rung: { $: 'event.times' } } } },
        },
      },
      { context: { n: { $: 'input.n' }, rung: 0 }, output: { $: 'context.rung' } },
      {},
      { actors: { bell } },
    )
    const runtime = await boot({ tasks: [definition] })
    const task = await runtime.enqueue('m', { n: 1 })
    await listens
    await runtime.send(task.id, { type: 'ASK' })
    expect(await task.finished()).toBe(2)
    expect((await runtime.events(task.id)).map(({ event }) => event)).toEqual([{ type: 'begun', n: 1 }])
  })

  test('a delayed raise is a timer of the record, and can be taken back', async () => {
    const definition = through(
      {
        entry: { type: 'raise', params: { event: { type: 'LATE' }, delay: { $: 'context.n * 1000' }, id: 'late' } },
        on: { LATE: 'done', STOP: { actions: { type: 'cancel', params: { id: 'late' } } } },
      },
      { context: { n: 60 } },
    )
    const runtime = await boot({ tasks: [definition] })
    const task = await runtime.enqueue('m')
    expect((await task.get())?.machine?.timers).toHaveLength(1)
    await runtime.send(task.id, { type: 'STOP' })
    expect((await task.get())?.machine?.timers).toHaveLength(0)
  })

  test('code of the program gets its params worked out, after the commit', async () => {
    const { stop, reached } = stations()
    const heard: unknown[] = []
    const definition = through(
      { entry: { type: 'tell', params: { n: { $: 'input.n + 1' } } }, on: { GO: 'done' } },
      {},
      {},
      {
        actions: {
          tell: (_: unknown, params: unknown) => {
            heard.push(params)
            void stop('told')
          },
        },
      },
    )
    const runtime = await boot({ tasks: [definition] })
    await runtime.enqueue('m', { n: 1 })
    await reached('told')
    expect(heard).toEqual([{ n: 2 }])
  })
})

describe('delays', () => {
  const wait = (after: string, header: object = {}) =>
    through({ after: { [after]: 'done' } }, {}, header, { delays: { coded: 5 } })
  test.for<[string, object?]>([
    ['5'],
    ['5ms'],
    ['coded'],
    ['short', { delays: { short: '5ms' } }],
    [
      'reckoned',
      { delays: { reckoned: { $: 'duration(settings.every) / 2' } }, settings: { defaults: { every: '10ms' } } },
    ],
    ['every', { settings: { defaults: { every: '5ms' } } }],
  ])('after %s', async ([after, header]) => {
    expect(await result(wait(after, header))).toBe(null)
  })

  test('a setting is looked at when its state is entered; one that is no duration any more fails the task by its path', async () => {
    const definition = through(
      { on: { AGAIN: { target: 'a', reenter: true } }, after: { every: 'done' } },
      {},
      { settings: { defaults: { every: '1h' } } },
    )
    const runtime = await boot({ tasks: [definition] })
    const task = await runtime.enqueue('m')
    await runtime.kinds.set('m', { every: 'often' })
    await runtime.send(task.id, { type: 'AGAIN' })
    const { error } = (await refusal(task.finished())) as unknown as TaskFailed
    expect(error?.message).toBe('machine.states.a.after.every: "often" is no duration')
  })
})

describe('what is refused', () => {
  test('an input that does not fit its schema, with the defaults of the schema filled in where it does', async () => {
    const schema = { type: 'object', properties: { n: { type: 'integer' }, unit: { default: 'MiB' } }, required: ['n'] }
    const definition = through(
      { always: 'done' },
      { context: { $: 'input' }, output: { $: 'context' } },
      { input: schema },
    )
    const runtime = await boot({ tasks: [definition] })
    const error = await refusal(runtime.enqueue('m', { n: 'x' }))
    expect(error).toMatchObject({ code: 'ERR_INVALID_INPUT', issues: [{ path: 'n', message: 'must be integer' }] })
    expect(await (await runtime.enqueue('m', { n: 1 })).finished()).toEqual({ n: 1, unit: 'MiB' })
  })

  test('settings that do not fit theirs; those before hold', async () => {
    const settings = {
      schema: { properties: { every: { type: 'string', pattern: '^\\d+m$' } } },
      defaults: { every: '10m' },
    }
    const runtime = await boot({
      tasks: [through({ on: { GO: 'done' } }, { output: { $: 'settings.every' } }, { settings })],
    })
    const task = await runtime.enqueue('m')
    expect(await refusal(runtime.kinds.set('m', { every: 'x' }))).toMatchObject({ code: 'ERR_INVALID_SETTINGS' })
    await runtime.kinds.set('m', { every: '3m' })
    await runtime.send(task.id, { type: 'GO' })
    expect(await task.finished()).toBe('3m')
  })

  test('an expression that fails is the failure of its task, with its path', async () => {
    const path = 'machine.states.a.entry.params.x'
    const assigned = through(
      { entry: { type: 'assign', params: { x: { $: 'input.n.deep' } } }, always: 'done' },
      { context: { x: 0 } },
    )
    expect(await failed(assigned)).toMatchObject({
      code: 'ERR_EXPRESSION',
      message: `${path}: number has no members, so no "deep"`,
    })
    const guarded = through({ always: { guard: { $: 'input.n > null' }, target: 'done' } })
    expect((await failed(guarded))?.message).toContain(
      'machine.states.a.always.guard: number and null cannot be compared',
    )
    const begun = through({ always: 'done' }, { context: { x: { $: 'input.a.b' } } })
    expect(await failed(begun)).toMatchObject({
      message: expect.stringContaining('machine.context.x: null has no members'),
    })
    const ended = through({ always: 'done' }, { output: { $: '1 / input.zero' } })
    expect((await failed(ended, { zero: 0 }))?.message).toContain('machine.output: the result is no finite number')
  })

  test('one that takes too much', async () => {
    const output = { $: 'input.list.map(a, input.list)' }
    const list = Array.from({ length: 5_000 }, (_, i) => i)
    const error = await failed(through({ always: 'done' }, { output }), { list })
    expect(error).toMatchObject({
      code: 'ERR_EXPRESSION_LIMIT',
      message: 'machine.output: it takes more than 100,000 steps',
    })
  })
})

test('the header is that of defineTask', async () => {
  const header = {
    version: 3,
    aliases: ['old'],
    route: 'r',
    retry: { attempts: 2, delay: 1 },
    priority: 7,
    timeout: '1m',
    concurrency: { limit: 1, by: { $: 'input.camera' } },
  }
  const { reached, stop, pass } = stations()
  const actors = { hold: fromPromise(({ input }) => stop(input as unknown as string)) }
  const hold = { invoke: { src: 'hold', input: { $: 'input.name' }, onDone: 'done' } }
  // It was the kind's old name, and stored tasks know their timers by it.
  const definition = through(hold, { id: 'old' }, header, { actors })
  const runtime = await boot({ tasks: [definition], routes: { r: {} } })
  expect(await runtime.kinds.get('m')).toMatchObject({
    version: 3,
    aliases: ['old'],
    route: 'r',
    processor: 'machine',
    concurrency: { limit: 1 },
  })
  const first = await runtime.enqueue('old', { camera: 'a', name: 'first' })
  const second = await runtime.enqueue('m', { camera: 'a', name: 'second' })
  const other = await runtime.enqueue('m', { camera: 'b', name: 'other' })
  await reached('first')
  await reached('other')
  expect(await second.get()).toMatchObject({ state: 'QUEUED', priority: 7, attempts: 2 })
  for (const name of ['first', 'second', 'other']) pass(name)
  await Promise.all([first.finished(), second.finished(), other.finished()])
})

test('views show what stands in the file', async () => {
  const runtime = await boot({
    tasks: [
      through(
        {
          entry: { type: 'assign', params: { n: { $: 'context.n + 1' } } },
          on: { GO: { guard: { $: 'context.n > 1' }, target: 'done' } },
        },
        { context: { n: 0 } },
      ),
    ],
  })
  const { definition } = await runtime.machines.get('m')
  expect(definition.states.a).toMatchObject({
    entry: [{ type: 'assign', params: { n: { $: 'context.n + 1' } } }],
    on: { GO: [{ guard: { type: 'context.n > 1' } }] },
  })
})

test('states within states, beside each other and remembered go on over a restart', async () => {
  const definition = loadMachine({
    kind: 'm',
    machine: {
      initial: 'work',
      states: {
        work: {
          type: 'parallel',
          on: { leave: 'away', end: 'over' },
          states: {
            left: { initial: 'a', states: { a: { on: { next: 'b' } }, b: {} } },
            right: {
              initial: 'x',
              states: { x: { initial: 'one', states: { one: { on: { next: 'two' } }, two: {} } } },
            },
            memory: { type: 'history', history: 'deep' },
          },
        },
        away: { on: { back: 'work.memory' } },
        over: { type: 'final' },
      },
    },
  })
  const path = await temporaryDirectory()
  const before = await boot({ path, tasks: [definition] })
  await before.enqueue('m', undefined as never, { id: 'm' })
  await before.send('m', { type: 'next' })
  await before.send('m', { type: 'leave' })
  await before.stop()
  const runtime = await boot({ path, tasks: [definition] })
  await runtime.send('m', { type: 'back' })
  expect((await runtime.get('m'))?.machine?.value).toEqual({ work: { left: 'b', right: { x: 'two' } } })
  await runtime.send('m', { type: 'end' })
  expect(await runtime.get('m')).toMatchObject({ state: 'FINISHED', attempt: 1 })
})

test('waits of more than ten seconds sleep on disk, and go on over a restart', async () => {
  const path = await temporaryDirectory()
  const definition = through(
    { after: { '1h': 'done' }, on: { GO: 'done' } },
    { context: { n: 1 }, output: { $: 'context.n' } },
  )
  const before = await boot({ path, tasks: [definition] })
  await before.enqueue('m', undefined as never, { id: 'm' })
  const timers = (await before.get('m'))?.machine?.timers ?? []
  expect(timers).toHaveLength(1)
  await before.stop()
  const steps = facts('machine.step')
  const runtime = await boot({ path, tasks: [definition] })
  const after = (await runtime.get('m'))?.machine?.timers ?? []
  expect(after.map(({ id }) => id)).toEqual(timers.map(({ id }) => id))
  // A time of the steady hand is told by the wall clock, which is read anew: whole milliseconds may differ by one.
  expect(Math.abs(Date.parse(after[0]?.due ?? '') - Date.parse(timers[0]?.due ?? ''))).toBeLessThan(1_000)
  await runtime.send('m', { type: 'GO' })
  expect(steps.seen).toHaveLength(1)
  expect((await runtime.get('m'))?.result).toBe(1)
})
