/** Types flow from the daemon's definitions to its clients; what the runtime does not take, they do not. */
import { describe, expectTypeOf, test } from 'vitest'
import { z } from 'zod'
import { type Client, createClient, type Watched } from '../../src/client/index.js'
import { defineTask, type Runtime, type TaskHandle, type TaskView } from '../../src/index.js'

const tasks = [
  defineTask({ kind: 'upload', input: z.object({ file: z.string() }), run: ({ input }) => ({ etag: input.file }) }),
  defineTask({ kind: 'count', run: () => 5 }),
] as const
type Tasks = typeof tasks

/** Only looked at by the compiler. */
const client = (): Client<Tasks> => createClient<Tasks>({ socket: '/nowhere' })

describe('a client', () => {
  test('knows inputs and results', () => {
    expectTypeOf(() => client().enqueue('upload', { file: 'a' })).returns.resolves.toEqualTypeOf<
      TaskHandle<{ etag: string }>
    >()
    expectTypeOf(async () => (await client().enqueue('count')).finished()).returns.resolves.toEqualTypeOf<number>()
    const calls = [
      // @ts-expect-error no such kind
      () => client().enqueue('uplaod', { file: 'a' }),
      // @ts-expect-error the file is a text
      () => client().enqueue('upload', { file: 5 }),
      // @ts-expect-error a misspelt option
      () => client().enqueue('count', null, { prioriti: 1 }),
      // @ts-expect-error no such kind
      () => client().enqueueMany([{ kind: 'nobody' }]),
      // @ts-expect-error hidden kinds are not there
      () => client().find({ api: false }),
      // @ts-expect-error no such state
      () => client().cancel({ state: 'DONE' }),
    ]
    expectTypeOf(calls).toBeArray()
  })

  test('without definitions takes any', () => {
    const any = () => createClient({ socket: '/nowhere' })
    expectTypeOf(() => any().enqueue('what', { ever: 1 })).returns.resolves.toEqualTypeOf<TaskHandle<unknown>>()
  })

  test('is told where the daemon is in one way', () => {
    const calls = [
      // @ts-expect-error either of the two
      () => createClient({ socket: '/s', url: 'http://localhost' }),
      // @ts-expect-error rights decide over a socket
      () => createClient({ socket: '/s', token: 'x' }),
      // @ts-expect-error one of the two
      () => createClient({}),
    ]
    expectTypeOf(calls).toBeArray()
  })

  test('has the methods of the runtime, with its types, but for what only the process has', () => {
    type Ours =
      | 'actor'
      | 'system'
      | 'task'
      | 'start'
      | 'stop'
      | 'done'
      | 'outside'
      | 'observe'
      | 'backup'
      | 'load'
      | 'wear'
      | 'state'
    type Shared = Exclude<keyof Runtime, Ours | 'emittedSoFar' | 'emittedOnDisk'>
    expectTypeOf<Exclude<Shared, keyof Client>>().toEqualTypeOf<never>()
    for (const part of ['schedules', 'routes', 'kinds', 'gates', 'quarantine'] as const)
      expectTypeOf<Client[typeof part]>().toExtend<Runtime[typeof part]>()
    expectTypeOf<Client['devices']>().toExtend<Omit<Runtime['devices'], 'actor'>>()
    expectTypeOf<Client['tokens']>().toExtend<Pick<Runtime['tokens'], 'create' | 'list' | 'revoke'>>()
    for (const name of ['get', 'count', 'events', 'handle', 'pause', 'cancel', 'reschedule', 'remove'] as const)
      expectTypeOf<ReturnType<Client[typeof name]>>().toEqualTypeOf<ReturnType<Runtime[typeof name]>>()
    expectTypeOf(() => client().find({ state: ['QUEUED'] })).returns.resolves.toEqualTypeOf<{
      items: TaskView[]
      cursor: string | undefined
    }>()
  })

  test('tells what happens in four ways', () => {
    expectTypeOf<Watched['type']>().toEqualTypeOf<'open' | 'emitted' | 'task' | 'device'>()
    expectTypeOf<Extract<Watched, { type: 'device' }>['news']['device']>().toBeString()
    expectTypeOf<Extract<Watched, { type: 'emitted' }>['seq']>().toBeNumber()
    expectTypeOf<Extract<Watched, { type: 'task' }>['to']>().toEqualTypeOf<TaskView['state']>()
  })
})
