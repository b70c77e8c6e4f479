/** Whatever a processor does, its task comes to an end, the record says why, and the others go on. */
import { createContext, runInContext } from 'node:vm'
import { describe, expect, test } from 'vitest'
import { defineTask, type RunningTask } from '../../src/index.js'
import { boot, deferred, refusal } from './lab.js'

const noop = defineTask({ kind: 'noop', run: () => 'done' })
const throwing = (thrown: unknown) =>
  defineTask({
    kind: 'bad',
    run: (): null => {
      throw thrown
    },
  })

const cycle: Record<string, unknown> = { its: 'cycle' }
cycle.self = cycle
const nameless = Object.assign(new Error('x'), { name: Symbol('n'), message: Object.create(null) })
const trap = new Proxy(new Error('trapped'), {
  get: () => {
    throw new Error('trap')
  },
})

const thrownCases: [what: string, thrown: unknown, error: object][] = [
  ['an Error with a code', Object.assign(new RangeError('far'), { code: 'E_FAR' }), { name: 'RangeError', message: 'far', code: 'E_FAR' }],
  ['a string', 'just text', { name: 'NonError', message: 'just text', code: 'ERR_PROCESSOR_CRASHED' }],
  ['undefined', undefined, { name: 'NonError', message: 'undefined', code: 'ERR_PROCESSOR_CRASHED' }],
  ['null', null, { name: 'NonError', message: 'null', code: 'ERR_PROCESSOR_CRASHED' }],
  ['an object', { a: 1 }, { name: 'NonError', message: '{"a":1}', code: 'ERR_PROCESSOR_CRASHED' }],
  ['an object with a cycle', cycle, { name: 'NonError', code: 'ERR_PROCESSOR_CRASHED' }],
  ['a BigInt', 5n, { name: 'NonError', code: 'ERR_PROCESSOR_CRASHED' }],
  ['a symbol', Symbol('s'), { name: 'NonError', message: 'Symbol(s)' }],
  ['a function', () => 1, { name: 'NonError' }],
  ['an Error without text', nameless, { code: 'ERR_PROCESSOR_CRASHED' }],
  ['an Error that throws when it is looked at', trap, { code: 'ERR_PROCESSOR_CRASHED' }],
  ['an object that throws when it is looked at', { toJSON: () => { throw new Error('no') }, get [Symbol.toStringTag](): string { throw new Error('no') } }, { code: 'ERR_PROCESSOR_CRASHED' }],
  ['an Error of another realm', runInContext('new TypeError("far away")', createContext()), { name: 'TypeError', message: 'far away' }],
  ['an Error with an endless message', new Error('x'.repeat(1_000_000)), { message: expect.stringMatching(/^x{8192}…$/) }],
  ['an AggregateError', new AggregateError([new Error('a')], 'all of them'), { name: 'AggregateError', message: 'all of them' }],
] // biome-ignore format: a table

describe('a processor that throws', () => {
  for (const [what, thrown, error] of thrownCases) {
    test(what, async () => {
      const runtime = await boot({ tasks: [throwing(thrown), noop] })
      const task = await runtime.enqueue('bad')
      expect(await refusal(task.finished())).toMatchObject({ code: 'ERR_TASK_FAILED', error })
      expect(await task.get()).toMatchObject({ state: 'FAILED', error })
      expect(await (await runtime.enqueue('noop')).finished()).toBe('done')
    })
  }
})

const results: [what: string, result: unknown, code: string][] = [
  ['a function', () => 1, 'ERR_NOT_JSON'],
  ['a Map', new Map(), 'ERR_NOT_JSON'],
  ['a cycle', cycle, 'ERR_NOT_JSON'],
  ['a BigInt', 5n, 'ERR_NOT_JSON'],
  ['NaN', Number.NaN, 'ERR_NOT_JSON'],
  ['a Date', new Date(), 'ERR_NOT_JSON'],
  ['a class instance', new (class Thing {})(), 'ERR_NOT_JSON'],
  ['too much', 'x'.repeat(300 * 1024), 'ERR_TOO_LARGE'],
  ['a promise of a Map', Promise.resolve(new Map()), 'ERR_NOT_JSON'],
  ['an object whose member throws', { get a() { throw Object.assign(new Error('no'), { code: 'E_GETTER' }) } }, 'E_GETTER'],
] // biome-ignore format: a table

describe('a processor whose result cannot be kept fails, when it returns', () => {
  for (const [what, result, code] of results) {
    test(what, async () => {
      const runtime = await boot({ tasks: [defineTask({ kind: 'bad', run: () => result }), noop] })
      const task = await runtime.enqueue('bad')
      expect(await refusal(task.finished())).toMatchObject({ error: { code } })
      expect(await (await runtime.enqueue('noop')).finished()).toBe('done')
    })
  }
})

test('a thenable is awaited like a promise', async () => {
  // biome-ignore lint/suspicious/noThenProperty: it is what is tested
  const thenable = { then: (resolve: (value: string) => void) => void setImmediate(resolve, 'later') }
  const runtime = await boot({ tasks: [defineTask({ kind: 't', run: () => thenable as unknown as Promise<string> })] })
  expect(await (await runtime.enqueue('t')).finished()).toBe('later')
})

test('a promise that rejects with nothing fails its task', async () => {
  const runtime = await boot({ tasks: [defineTask({ kind: 'bad', run: () => Promise.reject() })] })
  const task = await runtime.enqueue('bad')
  expect(await refusal(task.finished())).toMatchObject({ error: { name: 'NonError', message: 'undefined' } })
})

test('a processor that never settles is TERMINATED by its time limit, and keeps its slot', async () => {
  const never = defineTask({ kind: 'never', timeout: 20, run: () => new Promise<never>(() => undefined) })
  const runtime = await boot({ tasks: [never, noop], routes: { default: { concurrency: 2 } } })
  const task = await runtime.enqueue('never')
  expect(await refusal(task.finished())).toMatchObject({ reason: 'timeout' })
  expect(await (await runtime.enqueue('noop')).finished()).toBe('done')
})

test('a result that changes after the return is kept as it was returned', async () => {
  const result = { list: [1] }
  const runtime = await boot({ tasks: [defineTask({ kind: 'r', run: () => result })] })
  const task = await runtime.enqueue('r')
  const kept = (await task.finished()) as typeof result
  result.list.push(2)
  expect(kept).toEqual({ list: [1] })
  expect((await task.get())?.result).toEqual({ list: [1] })
})

test('bad calls of a run are refused in the run, which may catch them', async () => {
  const codes = deferred<unknown[]>()
  const calls = defineTask({
    kind: 'calls',
    run: async (task: RunningTask) => {
      const bad = [
        () => task.progress(new Map()),
        () => task.progress('x'.repeat(70_000)),
        () => task.emit(undefined as never),
        () => task.emit({ kind: 'no type' } as never),
        () => task.emit({ type: 'x', at: new Date() }),
        () => task.emit({ type: 'x', text: 'x'.repeat(70_000) }),
        () => task.enqueue(undefined as never),
      ]
      codes.resolve(await Promise.all(bad.map((call) => refusal(call).then(({ code }) => code))))
      return 'went on'
    },
  })
  const runtime = await boot({ tasks: [calls] })
  expect(await (await runtime.enqueue('calls')).finished()).toBe('went on')
  expect(await codes.promise).toEqual([
    'ERR_NOT_JSON', 'ERR_TOO_LARGE', 'ERR_INVALID_EVENT', 'ERR_INVALID_EVENT', 'ERR_NOT_JSON', 'ERR_TOO_LARGE', 'ERR_UNKNOWN_KIND',
  ]) // biome-ignore format: one line reads better
})

test('a log that throws does not fail its task', async () => {
  const boom = () => {
    throw new Error('the log is full')
  }
  const log = { debug: boom, info: boom, warn: boom, error: boom }
  const talks = defineTask({
    kind: 'talks',
    run: (task) => {
      task.log.info('hello')
      return 'done'
    },
  })
  const runtime = await boot({ tasks: [talks], log })
  expect(await (await runtime.enqueue('talks')).finished()).toBe('done')
})

test('a line of the log says which task, kind and attempt it is from', async () => {
  const line = deferred<unknown[]>()
  const nothing = () => undefined
  const log = { debug: nothing, warn: nothing, error: nothing, info: (...args: unknown[]) => line.resolve(args) }
  const talks = defineTask({ kind: 'talks', run: (task) => task.log.info('hello', { a: 1 }) })
  const runtime = await boot({ tasks: [talks], log })
  const task = await runtime.enqueue('talks')
  expect(await line.promise).toEqual(['hello', { taskId: task.id, kind: 'talks', attempt: 1, a: 1 }])
})

test('a schema that no longer takes the input fails the attempt, with its issues in the message', async () => {
  let strict = false
  const schema = {
    '~standard': {
      version: 1,
      vendor: 'test',
      validate: (value: unknown) => (strict ? { issues: [{ message: 'not any more', path: ['a'] }] } : { value }),
    },
  } as const
  const runtime = await boot({ tasks: [defineTask({ kind: 's', input: schema, run: () => null })] })
  const task = await runtime.enqueue('s', { a: 1 }, { paused: true })
  strict = true
  await runtime.resume(task.id)
  expect(await refusal(task.finished())).toMatchObject({
    error: { code: 'ERR_INVALID_INPUT', message: expect.stringContaining('a: not any more') },
  })
})
