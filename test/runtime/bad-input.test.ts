/** What enqueue refuses: each with a code, a hint and a message that names what is wrong, and nothing is made. */
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { CODES, defineTask, type EnqueueOptions, type ErrorCode, type HoldfastError } from '../../src/index.js'
import { boot, refusal } from './lab.js'

const noop = defineTask({ kind: 'noop', run: () => null })
const upload = defineTask({
  kind: 'upload',
  input: z.object({ file: z.string(), tags: z.array(z.object({ name: z.string() })).default([]) }),
  run: ({ input }) => input.tags.length,
})
const asked = defineTask({
  kind: 'asked',
  input: z.number().refine(async (n) => n > 0, 'must be positive'),
  run: ({ input }) => input,
})
const hostile = defineTask({
  kind: 'hostile',
  input: z.unknown().transform(() => {
    throw new Error('the schema threw')
  }),
  run: () => null,
})
const tasks = [noop, upload, asked, hostile] as const
const lab = () => boot({ tasks, routes: { network: {} }, limits: { input: 1000 } })

function expectRefused(error: HoldfastError, code: ErrorCode, text: string | RegExp) {
  expect([error.name, error.code]).toEqual(['HoldfastError', code])
  expect(error.message).toMatch(text)
  expect(error.hint.length).toBeGreaterThan(10)
}

const cycle: Record<string, unknown> = {}
cycle.self = cycle
class Point {
  x = 1
}

const inputs: [what: string, input: unknown, path: string][] = [
  ['a function', { f: () => 1 }, 'input.f is function'],
  ['a cycle', cycle, 'input.self'],
  ['a BigInt', { n: 1n }, 'input.n is bigint'],
  ['NaN', [1, Number.NaN], 'input[1] is NaN'],
  ['Infinity', Number.POSITIVE_INFINITY, 'input is Infinity'],
  ['a Date', { at: new Date(0) }, 'input.at is Date'],
  ['a Map', new Map([['a', 1]]), 'input is Map'],
  ['a Set', { a: { b: new Set() } }, 'input.a.b is Set'],
  ['a class instance', { p: new Point() }, 'input.p is Point'],
  ['a symbol', { s: Symbol('s') }, 'input.s is symbol'],
  ['a Buffer', { data: Buffer.from('x') }, 'input.data is Buffer'],
  ['an undefined entry of a list', [1, undefined], 'input[1] is undefined'],
  ['a hole in a list', Array(2), 'input[0] is undefined'],
  ['an object with toJSON', { toJSON: () => 1 }, 'input is an object with toJSON'],
  ['an Error', { e: new Error('x') }, 'input.e is Error'],
  ['a Promise', Promise.resolve(1), 'input is Promise'],
]

describe('an input that is not JSON is ERR_NOT_JSON with its path', () => {
  for (const [what, input, path] of inputs) {
    test(what, async () => {
      const runtime = await lab()
      const error = await refusal(runtime.enqueue('noop', input))
      expectRefused(error, 'ERR_NOT_JSON', '')
      expect(error.message).toContain(path)
      expect(await runtime.count()).toBe(0)
    })
  }
})

test('an undefined member is left out, and every other value comes back as it was', async () => {
  const runtime = await lab()
  const input = {
    a: null,
    b: [true, -0.5, 1e300, 'é\u2028\ud83d\ude00'],
    c: { d: {} },
    '': 0,
    __proto: 1,
    gone: undefined,
  }
  const task = await runtime.enqueue('noop', input)
  const { gone: _, ...rest } = input
  expect((await task.get())?.input).toEqual(rest)
})

test('an input deeper than 200 levels is refused, not run into', async () => {
  const runtime = await lab()
  let deep: unknown = 1
  for (let i = 0; i < 100_000; i++) deep = [deep]
  expectRefused(await refusal(runtime.enqueue('noop', deep)), 'ERR_NOT_JSON', '200 levels')
})

test('an input over its limit is ERR_TOO_LARGE; bytes count, not characters', async () => {
  const runtime = await lab()
  expectRefused(await refusal(runtime.enqueue('noop', 'x'.repeat(999))), 'ERR_TOO_LARGE', /1001 bytes.*1000/)
  expectRefused(await refusal(runtime.enqueue('noop', '€'.repeat(400))), 'ERR_TOO_LARGE', /1202 bytes.*1000/)
  expect((await runtime.enqueue('noop', 'x'.repeat(998))).created).toBe(true)
})

describe('a schema', () => {
  test('refuses with its issues, each with a path and a message', async () => {
    const runtime = await lab()
    const error = await refusal(runtime.enqueue('upload', { file: 5, tags: [{ name: 'a' }, {}] } as never))
    expectRefused(error, 'ERR_INVALID_INPUT', /input of 'upload'.*file/)
    expect(error.issues?.map(({ path }) => path)).toEqual(['file', 'tags.1.name'])
    for (const { message } of error.issues ?? []) expect(message.length).toBeGreaterThan(3)
    expect(await runtime.count()).toBe(0)
  })

  test('gives its defaults to the run, and the record keeps what was given', async () => {
    const runtime = await lab()
    const task = await runtime.enqueue('upload', { file: 'a' })
    expect(await task.finished()).toBe(0)
    expect((await task.get())?.input).toEqual({ file: 'a' })
  })

  test('may be asynchronous', async () => {
    const runtime = await lab()
    expect(await (await runtime.enqueue('asked', 5)).finished()).toBe(5)
    const error = await refusal(runtime.enqueue('asked', -5))
    expectRefused(error, 'ERR_INVALID_INPUT', 'must be positive')
    expect(error.issues).toEqual([{ path: '', message: 'must be positive' }])
    const many = [
      { kind: 'asked', input: 1 },
      { kind: 'asked', input: -1 },
      { kind: 'upload', input: {} },
    ] as const
    expectRefused(await refusal(runtime.enqueueMany(many as never)), 'ERR_INVALID_INPUT', '')
    expect(await runtime.count({ kind: 'asked' })).toBe(1)
    const twoFaults = [
      { kind: 'asked', input: -1 },
      { kind: 'asked', input: 1, priority: 17 },
    ] as const
    expectRefused(await refusal(runtime.enqueueMany(twoFaults)), 'ERR_INVALID_OPTION', 'priority')
  })

  test('that throws refuses the input', async () => {
    const runtime = await lab()
    const error = await refusal(runtime.enqueue('hostile', 1))
    expectRefused(error, 'ERR_INVALID_INPUT', 'the schema threw')
    expect(error.cause).toBeInstanceOf(Error)
  })
})

const optionCases: [options: object, code: ErrorCode, text: RegExp][] = [
  [{ prioriti: 1 }, 'ERR_INVALID_OPTION', /task 'noop'.*'prioriti'/],
  [{ delay: 5 }, 'ERR_INVALID_OPTION', /'delay'/],
  [{ retry: { attempt: 3 } }, 'ERR_INVALID_OPTION', /retry.*'attempt'/],
  [{ retry: { attempts: 0 } }, 'ERR_INVALID_OPTION', /retry.attempts.*1 to/],
  [{ retry: { attempts: 2.5 } }, 'ERR_INVALID_OPTION', /retry.attempts/],
  [{ retry: { backoff: 'fibonacci' } }, 'ERR_INVALID_OPTION', /retry.backoff.*'exponential', 'linear' or 'constant'/],
  [{ retry: { jitter: 2 } }, 'ERR_INVALID_OPTION', /retry.jitter.*0 to 1/],
  [{ retry: { delay: 'soon' } }, 'ERR_INVALID_DURATION', /retry.delay/],
  [{ retry: 5 }, 'ERR_INVALID_OPTION', /retry/],
  [{ priority: 10 }, 'ERR_INVALID_OPTION', /priority.*0 to 9.*10/],
  [{ priority: '5' }, 'ERR_INVALID_OPTION', /priority/],
  [{ priority: -1 }, 'ERR_INVALID_OPTION', /priority/],
  [{ route: 'nowhere' }, 'ERR_INVALID_OPTION', /route.*"nowhere"/],
  [{ paused: 'yes' }, 'ERR_INVALID_OPTION', /paused.*true or false/],
  [{ delivery: 'twice' }, 'ERR_INVALID_OPTION', /delivery.*at-most-once/],
  [{ in: 1, runAt: new Date() }, 'ERR_INVALID_OPTION', /either/],
  [{ in: '10 parsecs' }, 'ERR_INVALID_DURATION', /in: "10 parsecs"/],
  [{ in: -1 }, 'ERR_INVALID_DURATION', /in: -1/],
  [{ in: Number.NaN }, 'ERR_INVALID_DURATION', /in: /],
  [{ in: '' }, 'ERR_INVALID_DURATION', /in: ""/],
  [{ in: '-5s' }, 'ERR_INVALID_DURATION', /in/],
  [{ in: null }, 'ERR_INVALID_DURATION', /in: null/],
  [{ in: 1n }, 'ERR_INVALID_DURATION', /in/],
  [{ timeout: Number.POSITIVE_INFINITY }, 'ERR_INVALID_DURATION', /timeout/],
  [{ heartbeat: '5 minuten' }, 'ERR_INVALID_DURATION', /heartbeat/],
  [{ expiresIn: {} }, 'ERR_INVALID_DURATION', /expiresIn/],
  [{ runAt: 'tomorrow' }, 'ERR_INVALID_DATE', /runAt: "tomorrow"/],
  [{ runAt: '2026-01-01' }, 'ERR_INVALID_DATE', /runAt/],
  [{ runAt: '2026-01-01T10:00:00' }, 'ERR_INVALID_DATE', /runAt/],
  [{ runAt: '2026-13-45T99:00:00Z' }, 'ERR_INVALID_DATE', /runAt/],
  [{ runAt: new Date(Number.NaN) }, 'ERR_INVALID_DATE', /runAt/],
  [{ runAt: Number.NaN }, 'ERR_INVALID_DATE', /runAt/],
  [{ runAt: {} }, 'ERR_INVALID_DATE', /runAt/],
  [{ runAt: 1n }, 'ERR_INVALID_DATE', /runAt/],
  [{ id: '' }, 'ERR_INVALID_ID', /id/],
  [{ id: 'a b' }, 'ERR_INVALID_ID', /"a b"/],
  [{ id: 'x'.repeat(129) }, 'ERR_INVALID_ID', /id/],
  [{ id: '-a' }, 'ERR_INVALID_ID', /id/],
  [{ id: 'a!b' }, 'ERR_INVALID_ID', /id/],
  [{ id: 5 }, 'ERR_INVALID_ID', /id: 5/],
  [{ id: null }, 'ERR_INVALID_ID', /id: null/],
  [{ group: 'a!b' }, 'ERR_INVALID_ID', /group/],
  [{ group: '' }, 'ERR_INVALID_ID', /group/],
  [{ key: '' }, 'ERR_INVALID_ID', /key/],
  [{ key: 'x'.repeat(513) }, 'ERR_INVALID_ID', /key/],
  [{ key: 7 }, 'ERR_INVALID_ID', /key/],
  [{ onSuccess: { kind: 'nobody' } }, 'ERR_UNKNOWN_KIND', /"nobody"/],
  [{ onSuccess: 'noop' }, 'ERR_INVALID_OPTION', /onSuccess/],
  [{ onSuccess: { kind: 'noop', inn: 1 } }, 'ERR_INVALID_OPTION', /onSuccess.*'inn'/],
  [{ onFailure: { kind: 'noop', id: 'mine' } }, 'ERR_INVALID_OPTION', /onFailure.id/],
  [{ onFailure: [{ kind: 'noop', priority: 11 }] }, 'ERR_INVALID_OPTION', /priority/],
  [{ onFailure: [null] }, 'ERR_INVALID_OPTION', /onFailure/],
  [{ onSuccess: { kind: 'noop', input: new Map() } }, 'ERR_NOT_JSON', /onSuccess.input/],
  [{ onSuccess: { kind: 'noop', onSuccess: { kind: 'nobody' } } }, 'ERR_UNKNOWN_KIND', /"nobody"/],
]

describe('an option that is wrong is named', () => {
  for (const [options, code, text] of optionCases) {
    const shown = Object.entries(options).map(
      ([name, value]) => `${name}: ${typeof value === 'bigint' ? '1n' : JSON.stringify(value)}`,
    )
    test(`{ ${shown.join(', ').slice(0, 80)} } is ${code}`, async () => {
      const runtime = await lab()
      expectRefused(await refusal(runtime.enqueue('noop', null, options as EnqueueOptions)), code, text)
      expectRefused(await refusal(runtime.enqueueMany([{ kind: 'noop', ...options } as never])), code, text)
      expect(await runtime.count()).toBe(0)
    })
  }
})

test('an unknown option is answered with the known ones', async () => {
  const runtime = await lab()
  const error = await refusal(runtime.enqueue('noop', null, { prioriti: 1 } as EnqueueOptions))
  for (const name of ['id', 'runAt', 'in', 'priority', 'route', 'group', 'key', 'retry'])
    expect(error.hint).toContain(name)
  expect(error.hint).toMatch(/^Did you mean 'priority'\? Known here: /)
})

test('an unknown kind is answered with the known ones', async () => {
  const runtime = await lab()
  for (const kind of ['uplaod', '', null, undefined, 5, {}, '__proto__', 'constructor']) {
    const error = await refusal(runtime.enqueue(kind as never))
    expectRefused(error, 'ERR_UNKNOWN_KIND', 'no task of kind')
    expect(error.hint).toContain('noop, upload')
    expect(error.hint.startsWith("Did you mean 'upload'? Registered: ")).toBe(kind === 'uplaod')
  }
})

test('options, or a list of tasks, that are none of it are refused', async () => {
  const runtime = await lab()
  for (const options of [5, 'in', [], null, () => 1]) {
    expectRefused(await refusal(runtime.enqueue('noop', null, options as never)), 'ERR_INVALID_OPTION', "task 'noop'")
  }
  for (const list of [undefined, null, 'noop', { kind: 'noop' }]) {
    expectRefused(await refusal(runtime.enqueueMany(list as never)), 'ERR_INVALID_OPTION', 'tasks')
  }
  for (const entry of [null, undefined, 'noop', 5]) {
    const error = await refusal(runtime.enqueueMany([entry] as never))
    expect([error.name, Object.keys(CODES).includes(error.code)]).toEqual(['HoldfastError', true])
  }
})

test('the same id with the same kind and input is the task that is there; with another it is ERR_DUPLICATE_ID', async () => {
  const runtime = await lab()
  const first = await runtime.enqueue('noop', { a: 1 }, { id: 'a', in: '1h' })
  expect(await runtime.enqueue('noop', { a: 1 }, { id: 'a' })).toMatchObject({ id: first.id, created: false })
  expectRefused(await refusal(runtime.enqueue('noop', { a: 2 }, { id: 'a' })), 'ERR_DUPLICATE_ID', "'a'")
  expectRefused(await refusal(runtime.enqueue('upload', { file: 'a' }, { id: 'a' })), 'ERR_DUPLICATE_ID', "'a'")
  const twice = [
    { kind: 'noop', id: 'b' },
    { kind: 'noop', id: 'b' },
  ] as const
  expectRefused(await refusal(runtime.enqueueMany(twice as never)), 'ERR_DUPLICATE_ID', 'same id')
  const calls = await Promise.allSettled(
    ['x', 'y', 'x'].map((input) => runtime.enqueue('noop', input, { id: 'c', paused: true })),
  )
  expect(calls.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
  expect(await runtime.count()).toBe(2)
})
