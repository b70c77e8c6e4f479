/** Types flow from a definition to enqueue and to the result of the handle; what does not fit does not compile. */
import { describe, expectTypeOf, test } from 'vitest'
import { assign, setup } from 'xstate'
import { z } from 'zod'
import {
  type AnyDefinition,
  createRuntime,
  type Definition,
  defineTask,
  type ErrorCode,
  HoldfastError,
  type InputOf,
  type KindOf,
  type KindView,
  type ResultOf,
  type RouteView,
  type RunningTask,
  type Runtime,
  snooze,
  type TaskHandle,
  type TaskView,
} from '../../src/index.js'
import { standardLogic } from '../../src/standard/index.js'

const fileURL = new URL(import.meta.url)

const upload = defineTask({
  kind: 'upload',
  input: z.object({ file: z.string(), tries: z.coerce.number().default(3) }),
  run: async ({ input }) => {
    expectTypeOf(input).toEqualTypeOf<{ file: string; tries: number }>()
    return { etag: input.file }
  },
  recover: ({ input }) => {
    expectTypeOf(input).toEqualTypeOf<{ file: string; tries: number }>()
    return { etag: input.file }
  },
})

const add = defineTask({
  kind: 'add',
  run: (task: RunningTask<{ a: number; b: number }>) => task.input.a + task.input.b,
})

const nap = defineTask({ kind: 'nap', run: ({ attempt }) => (attempt > 1 ? 'awake' : snooze('1m')) })

const counter = defineTask({
  kind: 'counter',
  machine: setup({
    types: { context: {} as { n: number }, input: {} as { from: number }, output: {} as { n: number } },
  }).createMachine({
    context: ({ input }) => ({ n: input.from }),
    entry: assign({ n: 5 }),
    initial: 'done',
    states: { done: { type: 'final' } },
    output: ({ context }) => ({ n: context.n }),
  }),
})

const resize = defineTask<'resize', { file: string }, { width: number }>({
  kind: 'resize',
  isolate: { in: 'process', memory: '64 MiB', grace: '1s' },
  module: fileURL,
})

const checked = defineTask({ kind: 'checked', input: z.object({ at: z.coerce.date() }), module: fileURL })

const tasks = [upload, add, nap, counter, resize, checked] as const
type Tasks = typeof tasks

const poll = defineTask({
  kind: 'poll',
  settings: { schema: z.object({ url: z.string(), every: z.number().default(10) }), defaults: { url: 'x' } },
  run: ({ settings }) => {
    expectTypeOf(settings).toEqualTypeOf<Readonly<{ url: string; every: number }>>()
    return settings.every
  },
})

/** Only looked at by the compiler. */
const runtime = (): Runtime<Tasks> => createRuntime({ path: '/nowhere', tasks })

describe('a definition', () => {
  test('knows its kind, the input its schema takes, and its result', () => {
    expectTypeOf<KindOf<Tasks>>().toEqualTypeOf<'upload' | 'add' | 'nap' | 'counter' | 'resize' | 'checked'>()
    expectTypeOf<InputOf<Tasks, 'upload'>>().toEqualTypeOf<{ file: string; tries?: unknown }>()
    expectTypeOf<ResultOf<Tasks, 'upload'>>().toEqualTypeOf<{ etag: string }>()
    expectTypeOf<InputOf<Tasks, 'add'>>().toEqualTypeOf<{ a: number; b: number }>()
    expectTypeOf<ResultOf<Tasks, 'add'>>().toEqualTypeOf<number>()
    expectTypeOf<InputOf<Tasks, 'counter'>>().toEqualTypeOf<{ from: number }>()
    expectTypeOf<ResultOf<Tasks, 'counter'>>().toEqualTypeOf<{ n: number }>()
  })

  test('of a module has the types that it is given, or those of its schema', () => {
    expectTypeOf<InputOf<Tasks, 'resize'>>().toEqualTypeOf<{ file: string }>()
    expectTypeOf<ResultOf<Tasks, 'resize'>>().toEqualTypeOf<{ width: number }>()
    expectTypeOf<InputOf<Tasks, 'checked'>>().toEqualTypeOf<{ at: unknown }>()
    expectTypeOf<ResultOf<Tasks, 'checked'>>().toEqualTypeOf<unknown>()
    // @ts-expect-error there is no such place
    defineTask({ kind: 'k', isolate: 'fork', module: fileURL })
    // @ts-expect-error a closure cannot cross
    defineTask({ kind: 'k', isolate: 'thread', run: () => 1 })
  })

  test('has no snooze in its result', () => {
    expectTypeOf<ResultOf<Tasks, 'nap'>>().toEqualTypeOf<'awake'>()
  })

  test('fits a list of any definitions', () => {
    const list: readonly AnyDefinition[] = tasks
    expectTypeOf(list).toExtend<readonly AnyDefinition[]>()
    expectTypeOf(upload).toExtend<Definition<'upload', { file: string }, { etag: string }>>()
  })

  test('gives its settings the types of their schema, or of their defaults', () => {
    expectTypeOf(poll).toExtend<Definition<'poll', unknown, number>>()
    defineTask({
      kind: 'x',
      input: z.object({ camera: z.string() }),
      concurrency: { limit: 2, by: (input) => input.camera },
      settings: { defaults: { url: 'x', list: [1] } },
      run: ({ input, settings }) => {
        expectTypeOf(input).toEqualTypeOf<{ camera: string }>()
        expectTypeOf(settings).toEqualTypeOf<Readonly<{ url: string; list: number[] }>>()
      },
    })
    defineTask({
      kind: 'x',
      run: ({ settings }) => expectTypeOf(settings).toEqualTypeOf<Readonly<Record<string, unknown>>>(),
    })
    // @ts-expect-error the key of an input is a text
    expectTypeOf(() => defineTask({ kind: 'x', concurrency: { by: () => 5 }, run: () => null })).toBeFunction()
    defineTask({
      kind: 'x',
      settings: { defaults: { n: 1 } },
      run: ({ settings }) => {
        // @ts-expect-error settings are frozen
        settings.n = 2
      },
    })
  })

  test('refuses what no definition can be', () => {
    // @ts-expect-error a definition has a kind
    defineTask({ run: () => null })
    // @ts-expect-error a definition has a run or a machine
    expectTypeOf(() => defineTask({ kind: 'x' })).toBeFunction()
    // @ts-expect-error a misspelt option
    expectTypeOf(() => defineTask({ kind: 'x', timeuot: 5, run: () => null })).toBeFunction()
    // @ts-expect-error a delivery that is none
    expectTypeOf(() => defineTask({ kind: 'x', delivery: 'twice', run: () => null })).toBeFunction()
  })
})

describe('enqueue', () => {
  test('gives a handle of the result', () => {
    const call = () => runtime().enqueue('upload', { file: 'a' })
    expectTypeOf(call).returns.resolves.toEqualTypeOf<TaskHandle<{ etag: string }>>()
    const result = async () => (await runtime().enqueue('add', { a: 1, b: 2 })).finished()
    expectTypeOf(result).returns.resolves.toEqualTypeOf<number>()
    const output = async () => (await runtime().enqueue('counter', { from: 1 })).finished()
    expectTypeOf(output).returns.resolves.toEqualTypeOf<{ n: number }>()
  })

  test('refuses an unknown kind and an input of another shape', () => {
    const calls = [
      // @ts-expect-error no such kind
      () => runtime().enqueue('uplaod', { file: 'a' }),
      // @ts-expect-error the file is a text
      () => runtime().enqueue('upload', { file: 5 }),
      // @ts-expect-error b is missing
      () => runtime().enqueue('add', { a: 1 }),
      // @ts-expect-error from is missing
      () => runtime().enqueue('counter', {}),
      // @ts-expect-error a misspelt option
      () => runtime().enqueue('nap', null, { prioriti: 1 }),
      // @ts-expect-error an option of another type
      () => runtime().enqueue('nap', null, { priority: 'high' }),
    ]
    expectTypeOf(calls).toBeArray()
  })

  test('takes many tasks of several kinds, each with its own input', () => {
    const calls = [
      () =>
        runtime().enqueueMany([
          { kind: 'add', input: { a: 1, b: 2 } },
          { kind: 'upload', input: { file: 'a' }, priority: 5 },
        ]),
      // @ts-expect-error no such kind
      () => runtime().enqueueMany([{ kind: 'nobody' }]),
    ]
    expectTypeOf(calls).toBeArray()
  })
})

test('of versions side by side the newest says what is taken, and steps lead from snapshot to snapshot', () => {
  const machine = (version: number) => ({ version, machine: setup({}).createMachine({}) })
  const newest = setup({ types: {} as { input: { door: string }; output: number } }).createMachine({})
  const both = defineTask({ kind: 'visit', versions: [machine(1), { version: 2, machine: newest }] })
  expectTypeOf(both).toEqualTypeOf<Definition<'visit', { door: string }, number>>()
  defineTask({ kind: 'visit', version: 2, machine: newest, migrate: { 1: (old) => ({ ...old, value: 'here' }) } })
  // @ts-expect-error a step gives a snapshot
  defineTask({ kind: 'visit', version: 2, machine: newest, migrate: { 1: () => 'here' } })
})

describe('the rest of a runtime', () => {
  test('gives views, counts and events', () => {
    expectTypeOf(() => runtime().get('a')).returns.resolves.toEqualTypeOf<TaskView | undefined>()
    expectTypeOf(() => runtime().find({ state: ['QUEUED'] })).returns.resolves.toEqualTypeOf<{
      items: TaskView[]
      cursor: string | undefined
    }>()
    expectTypeOf(() => runtime().count({ group: 'g' })).returns.resolves.toBeNumber()
    expectTypeOf(() => runtime().routes.list()).returns.resolves.toEqualTypeOf<RouteView[]>()
    expectTypeOf(() => runtime().kinds.set('poll', { every: 5 })).returns.resolves.toEqualTypeOf<KindView>()
    // @ts-expect-error no such state
    expectTypeOf(() => runtime().find({ state: 'DONE' })).toBeFunction()
    // @ts-expect-error no such option
    expectTypeOf(() => runtime().cancel({ groop: 'g' })).toBeFunction()
  })

  test('fits a parameter of any runtime', () => {
    expectTypeOf<Runtime<Tasks>>().toExtend<{ stop(): Promise<void> }>()
    expectTypeOf<HoldfastError['code']>().toEqualTypeOf<ErrorCode>()
    expectTypeOf(new HoldfastError('ERR_NOT_FOUND')).toExtend<Error>()
  })
})

test('the standard actors say what they take and end with', () => {
  const actors = standardLogic()
  setup({ actors }).createMachine({
    invoke: {
      src: 'enqueue',
      input: ({ context }) => ({ kind: String(context) }),
      onDone: { actions: ({ event }) => expectTypeOf(event.output).toEqualTypeOf<{ id: string; created: boolean }>() },
    },
  })
  // @ts-expect-error a sleep has a length
  setup({ actors }).createMachine({ invoke: { src: 'sleep', input: { until: 'noon' } } })
  // @ts-expect-error there is no such actor
  setup({ actors }).createMachine({ invoke: { src: 'http.get' } })
})
