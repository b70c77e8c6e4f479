/** What createRuntime, defineTask, the verbs and the queries refuse. */
import { describe, expect, test } from 'vitest'
import { setup } from 'xstate'
import {
  createRuntime,
  defineTask,
  diskFree,
  type ErrorCode,
  type HoldfastError,
  RetryAfter,
  snooze,
} from '../../src/index.js'
import { boot, refusal } from './lab.js'

const noop = defineTask({ kind: 'noop', run: () => null })

function thrown(call: () => unknown): HoldfastError {
  try {
    call()
  } catch (error) {
    return error as HoldfastError
  }
  throw new Error('it was not refused')
}

function expectRefused(error: HoldfastError, code: ErrorCode, text: string | RegExp) {
  expect([error.name, error.code, error.message]).toEqual(['HoldfastError', code, expect.stringMatching(text)])
  expect(error.hint.length).toBeGreaterThan(10)
}

const run = () => null
const machine = setup({}).createMachine({})
const gated = defineTask({ kind: 'gated', gates: ['off'], run })
const gates = { online: diskFree({ atLeast: 1 }) }
const runtimeCases: [options: unknown, code: ErrorCode, text: RegExp][] = [
  [undefined, 'ERR_INVALID_OPTION', /options/],
  [null, 'ERR_INVALID_OPTION', /options/],
  ['/tmp/x', 'ERR_INVALID_OPTION', /options/],
  [{ tasks: [] }, 'ERR_INVALID_OPTION', /path/],
  [{ path: '', tasks: [] }, 'ERR_INVALID_OPTION', /path/],
  [{ path: 5, tasks: [] }, 'ERR_INVALID_OPTION', /path/],
  [{ path: 'x' }, 'ERR_INVALID_OPTION', /tasks/],
  [{ path: 'x', tasks: {} }, 'ERR_INVALID_OPTION', /tasks/],
  [{ path: 'x', tasks: [], task: [] }, 'ERR_INVALID_OPTION', /createRuntime.*'task'/],
  [{ path: 'x', tasks: [], routes: { a: { concurency: 1 } } }, 'ERR_INVALID_OPTION', /routes\.a.*'concurency'/],
  [{ path: 'x', tasks: [], routes: { a: { concurrency: 0 } } }, 'ERR_INVALID_OPTION', /routes\.a\.concurrency.*1 to/],
  [{ path: 'x', tasks: [], routes: { a: { queueLimit: 1.5 } } }, 'ERR_INVALID_OPTION', /routes\.a\.queueLimit/],
  [{ path: 'x', tasks: [], routes: { a: null } }, 'ERR_INVALID_OPTION', /routes\.a/],
  [{ path: 'x', tasks: [], routes: { 'a b': {} } }, 'ERR_INVALID_ID', /routes.*a b/],
  [{ path: 'x', tasks: [], routes: ['a'] }, 'ERR_INVALID_OPTION', /routes/],
  [{ path: 'x', tasks: [], routes: 'a' }, 'ERR_INVALID_OPTION', /routes/],
  [{ path: 'x', tasks: [], routes: { a: { gates: 'online' } } }, 'ERR_INVALID_OPTION', /routes\.a\.gates/],
  [{ path: 'x', tasks: [], routes: { a: { gates: ['on'] } }, gates }, 'ERR_INVALID_OPTION', /routes\.a\.gates.*'on'/],
  [{ path: 'x', tasks: [], routes: { a: { onGateClose: 'stop' } } }, 'ERR_INVALID_OPTION', /routes\.a\.onGateClose/],
  [{ path: 'x', tasks: [gated] }, 'ERR_INVALID_OPTION', /'gated'\.gates.*'off'/],
  [{ path: 'x', tasks: [], gates: { off: { open: true } } }, 'ERR_INVALID_OPTION', /gates\.off/],
  [{ path: 'x', tasks: [], routes: { a: { rateLimit: 10 } } }, 'ERR_INVALID_OPTION', /routes\.a\.rateLimit/],
  [{ path: 'x', tasks: [], routes: { a: { rateLimit: { per: 1 } } } }, 'ERR_INVALID_OPTION', /a\.rateLimit\.limit/],
  [{ path: 'x', tasks: [], routes: { a: { rateLimit: { limit: 1 } } } }, 'ERR_INVALID_DURATION', /a\.rateLimit\.per/],
  [
    { path: 'x', tasks: [], routes: { a: { rateLimit: { limit: 1, per: 0 } } } },
    'ERR_INVALID_OPTION',
    /a\.rateLimit\.per.*1 ms/,
  ],
  [{ path: 'x', tasks: [], limits: { inputs: 1 } }, 'ERR_INVALID_OPTION', /limits.*'inputs'/],
  [{ path: 'x', tasks: [], limits: { input: '1mb' } }, 'ERR_INVALID_OPTION', /limits\.input/],
  [{ path: 'x', tasks: [], limits: 5 }, 'ERR_INVALID_OPTION', /limits/],
  [{ path: 'x', tasks: [], retry: { delay: 'x' } }, 'ERR_INVALID_DURATION', /retry\.delay/],
  [{ path: 'x', tasks: [], retry: { tries: 1 } }, 'ERR_INVALID_OPTION', /retry.*'tries'/],
  [{ path: 'x', tasks: [], interruptions: -1 }, 'ERR_INVALID_OPTION', /interruptions/],
  [{ path: 'x', tasks: [], supervision: { restart: 1 } }, 'ERR_INVALID_OPTION', /supervision.*'restart'/],
  [{ path: 'x', tasks: [], supervision: { within: 'x' } }, 'ERR_INVALID_DURATION', /supervision\.within/],
  [{ path: 'x', tasks: [], log: console.log }, 'ERR_INVALID_OPTION', /log/],
  [{ path: 'x', tasks: [], log: { info: run } }, 'ERR_INVALID_OPTION', /log/],
  [{ path: 'x', tasks: [noop, noop] }, 'ERR_DUPLICATE_KIND', /'noop'/],
  [{ path: 'x', tasks: [undefined] }, 'ERR_INVALID_DEFINITION', /defineTask/],
  [{ path: 'x', tasks: [{ kind: 'raw', run }] }, 'ERR_INVALID_DEFINITION', /defineTask/],
]

describe('createRuntime refuses', () => {
  for (const [options, code, text] of runtimeCases) {
    const shown =
      JSON.stringify(options, (_, value) => (typeof value === 'function' ? 'a function' : value)) ?? 'undefined'
    test(`${shown.slice(0, 90)} with ${code}`, () => {
      expectRefused(
        thrown(() => createRuntime(options as never)),
        code,
        text,
      )
    })
  }
})

test('an unknown option of a runtime is answered with all of them, and with the one that was meant', () => {
  const hint = (options: object) => thrown(() => createRuntime({ path: 'x', tasks: [], ...options })).hint
  expect(hint({ device: {} })).toMatch(/^Did you mean 'devices'\? Known here: /)
  expect(hint({ hardware: {} })).toMatch(/^Known here: path, tasks, .*, devices, gpio, api\.$/)
})

test('an unknown option of a kind is answered with all of them, what plays it among them', () => {
  const hint = (options: object) =>
    thrown(() => createRuntime({ path: 'x', tasks: [defineTask({ kind: 'x', ...options } as never)] })).hint
  expect(hint({ handler: run })).toMatch(
    /^Known here: kind, .*, run, recover, machine, versions, module, remote, input\.$/,
  )
  expect(hint({ runn: run })).toMatch(/^Did you mean 'run'\? Known here: /)
})

const definitionCases: [definition: unknown, code: ErrorCode, text: RegExp][] = [
  [{ run }, 'ERR_INVALID_ID', /kind/],
  [{ kind: 'a b', run }, 'ERR_INVALID_ID', /kind/],
  [{ kind: 5, run }, 'ERR_INVALID_ID', /kind/],
  [{ kind: 'holdfast:task', run }, 'ERR_INVALID_OPTION', /kind: .*holdfast:/],
  [{ kind: 'x' }, 'ERR_INVALID_DEFINITION', /'x'.*`run`, `module`, `machine` and `versions`/],
  [{ kind: 'x', run, machine }, 'ERR_INVALID_DEFINITION', /'x'.*`run`, `module`, `machine` and `versions`/],
  [{ kind: 'x', run: 'run' }, 'ERR_INVALID_OPTION', /'x'\.run.*function/],
  [{ kind: 'x', run, recover: 5 }, 'ERR_INVALID_OPTION', /'x'\.recover.*function/],
  [{ kind: 'x', machine, recover: run }, 'ERR_INVALID_DEFINITION', /'x'.*recover/],
  [{ kind: 'x', run, gates: [5] }, 'ERR_INVALID_OPTION', /'x'\.gates/],
  [{ kind: 'x', run, onGateClose: true }, 'ERR_INVALID_OPTION', /'x'\.onGateClose/],
  [{ kind: 'x', run, timeuot: 5 }, 'ERR_INVALID_OPTION', /'x'.*'timeuot'/],
  [{ kind: 'x', run, timeout: '10 parsecs' }, 'ERR_INVALID_DURATION', /'x'\.timeout/],
  [{ kind: 'x', run, heartbeat: -1 }, 'ERR_INVALID_DURATION', /'x'\.heartbeat/],
  [{ kind: 'x', run, route: '' }, 'ERR_INVALID_ID', /'x'\.route/],
  [{ kind: 'x', run, priority: 10 }, 'ERR_INVALID_OPTION', /'x'\.priority/],
  [{ kind: 'x', run, version: 0 }, 'ERR_INVALID_OPTION', /'x'\.version/],
  [{ kind: 'x', run, delivery: 'once' }, 'ERR_INVALID_OPTION', /'x'\.delivery/],
  [{ kind: 'x', run, retry: { attemps: 1 } }, 'ERR_INVALID_OPTION', /'x'\.retry.*'attemps'/],
  [{ kind: 'x', run, rateLimit: { limit: 0, per: '1m' } }, 'ERR_INVALID_OPTION', /'x'\.rateLimit\.limit/],
  [{ kind: 'x', run, rateLimit: { limit: 1, per: '1m', burst: 0 } }, 'ERR_INVALID_OPTION', /'x'\.rateLimit\.burst/],
  [{ kind: 'x', run, rateLimit: { limit: 1, every: '1m' } }, 'ERR_INVALID_OPTION', /'x'\.rateLimit.*'every'/],
  [{ kind: 'x', run, concurrency: 0 }, 'ERR_INVALID_OPTION', /'x'\.concurrency.*1 to/],
  [{ kind: 'x', run, concurrency: '2' }, 'ERR_INVALID_OPTION', /'x'\.concurrency/],
  [{ kind: 'x', run, concurrency: null }, 'ERR_INVALID_OPTION', /'x'\.concurrency/],
  [{ kind: 'x', run, concurrency: { limit: 1.5 } }, 'ERR_INVALID_OPTION', /'x'\.concurrency\.limit/],
  [{ kind: 'x', run, concurrency: { by: 'camera' } }, 'ERR_INVALID_OPTION', /'x'\.concurrency\.by.*function/],
  [{ kind: 'x', run, concurrency: { key: run } }, 'ERR_INVALID_OPTION', /'x'\.concurrency.*'key'/],
  [{ kind: 'x', run, aliases: 'y' }, 'ERR_INVALID_OPTION', /'x'\.aliases.*list/],
  [{ kind: 'x', run, aliases: ['a b'] }, 'ERR_INVALID_ID', /'x'\.aliases\[0\]/],
  [{ kind: 'x', run, aliases: Array(101).fill('y') }, 'ERR_INVALID_OPTION', /'x'\.aliases.*100/],
  [{ kind: 'x', run, api: 'no' }, 'ERR_INVALID_OPTION', /'x'\.api/],
  [{ kind: 'x', run, settings: { default: {} } }, 'ERR_INVALID_OPTION', /'x'\.settings.*'default'/],
  [{ kind: 'x', run, settings: { schema: {} } }, 'ERR_INVALID_OPTION', /'x'\.settings\.schema.*Standard Schema/],
  [{ kind: 'x', run, settings: { defaults: [] } }, 'ERR_INVALID_OPTION', /'x'\.settings\.defaults/],
  [{ kind: 'x', run, settings: { defaults: { n: run } } }, 'ERR_NOT_JSON', /'x'\.settings\.defaults\.n/],
  [{ kind: 'x', run, input: {} }, 'ERR_INVALID_DEFINITION', /'x'.*input.*Standard Schema/],
  [{ kind: 'x', run, input: 'string' }, 'ERR_INVALID_DEFINITION', /'x'.*input.*Standard Schema/],
  [{ kind: 'x', machine: {} }, 'ERR_INVALID_MACHINE', /'x'.*machine/],
  [{ kind: 'x', machine: 'toggle' }, 'ERR_INVALID_MACHINE', /'x'.*machine/],
  [undefined, 'ERR_INVALID_DEFINITION', /defineTask/],
  [null, 'ERR_INVALID_DEFINITION', /defineTask/],
  ['x', 'ERR_INVALID_DEFINITION', /defineTask/],
]

describe('a definition is refused', () => {
  for (const [definition, code, text] of definitionCases) {
    const shown =
      JSON.stringify(definition, (_, value) => (typeof value === 'function' ? 'a function' : value)) ?? 'undefined'
    test(`${shown.slice(0, 90)} with ${code}`, () => {
      const error = thrown(() => createRuntime({ path: 'x', tasks: [defineTask(definition as never)] }))
      expectRefused(error, code, text)
    })
  }
})

test('queries and verbs name the option that is unknown or wrong', async () => {
  const runtime = await boot({ tasks: [noop], routes: { other: {} } })
  const task = await runtime.enqueue('noop', null, { in: '1h' })
  const cases: [call: () => Promise<unknown>, code: ErrorCode, text: RegExp][] = [
    [() => runtime.find({ stat: 'QUEUED' } as never), 'ERR_INVALID_OPTION', /query.*'stat'/],
    [() => runtime.find({ state: 'DONE' as never }), 'ERR_INVALID_OPTION', /query\.state.*FINISHED/],
    [() => runtime.find({ state: ['QUEUED', 'queued'] as never }), 'ERR_INVALID_OPTION', /query\.state/],
    [() => runtime.find({ limit: 0 }), 'ERR_INVALID_OPTION', /query\.limit.*1 to 1000/],
    [() => runtime.find({ limit: 1001 }), 'ERR_INVALID_OPTION', /query\.limit/],
    [() => runtime.find({ group: 'a!b' }), 'ERR_INVALID_ID', /query\.group/],
    [() => runtime.find({ kind: 5 as never }), 'ERR_INVALID_OPTION', /query\.kind/],
    [() => runtime.find({ route: {} as never }), 'ERR_INVALID_OPTION', /query\.route/],
    [() => runtime.find({ paused: 'yes' as never }), 'ERR_INVALID_OPTION', /query\.paused/],
    [() => runtime.find(null as never), 'ERR_INVALID_OPTION', /query/],
    [() => runtime.count({ limit: 5 } as never), 'ERR_INVALID_OPTION', /query.*'limit'/],
    [() => runtime.cancel({ groop: 'g' } as never), 'ERR_INVALID_OPTION', /query.*'groop'/],
    [() => runtime.cancel({ group: undefined } as never), 'ERR_INVALID_OPTION', /query\.group/],
    [() => runtime.cancel({}), 'ERR_INVALID_OPTION', /empty query/],
    [() => runtime.remove({}), 'ERR_INVALID_OPTION', /empty query/],
    [() => runtime.cancel(undefined as never), 'ERR_INVALID_OPTION', /query/],
    [() => runtime.cancel(5 as never), 'ERR_INVALID_OPTION', /query/],
    [() => runtime.cancel('a b'), 'ERR_INVALID_ID', /id/],
    [() => runtime.cancel(['a', 5] as never), 'ERR_INVALID_ID', /id: 5/],
    [() => runtime.get(undefined as never), 'ERR_INVALID_ID', /id/],
    [() => runtime.task({} as never), 'ERR_INVALID_ID', /id/],
    [() => runtime.quarantine.retry('a b'), 'ERR_INVALID_ID', /id/],
    [() => runtime.reschedule(task.id, {}), 'ERR_INVALID_OPTION', /reschedule/],
    [() => runtime.reschedule(task.id, undefined as never), 'ERR_INVALID_OPTION', /reschedule/],
    [() => runtime.reschedule(task.id, { in: 1, runAt: 1 }), 'ERR_INVALID_OPTION', /reschedule/],
    [() => runtime.reschedule(task.id, { at: 1 } as never), 'ERR_INVALID_OPTION', /reschedule.*'at'/],
    [() => runtime.reschedule(task.id, { in: 'x' }), 'ERR_INVALID_DURATION', /in/],
    [() => runtime.reschedule(task.id, { runAt: 'x' }), 'ERR_INVALID_DATE', /runAt/],
    [() => runtime.reschedule(task.id, { priority: 99 }), 'ERR_INVALID_OPTION', /priority/],
    [() => runtime.reschedule(task.id, { route: 'nowhere' }), 'ERR_INVALID_OPTION', /route/],
    [() => runtime.events({ taskid: 'x' } as never), 'ERR_INVALID_OPTION', /events.*'taskid'/],
    [() => runtime.events({ limit: 10_001 }), 'ERR_INVALID_OPTION', /events\.limit/],
    [() => runtime.events({ after: -1 }), 'ERR_INVALID_OPTION', /events\.after/],
    [() => runtime.enqueue('noop', null, { concurrencyKey: '' }), 'ERR_INVALID_ID', /concurrencyKey/],
    [() => runtime.enqueue('noop', null, { concurrencyKey: 5 as never }), 'ERR_INVALID_ID', /concurrencyKey/],
    [() => runtime.stop({ drian: 1 } as never), 'ERR_INVALID_OPTION', /stop.*'drian'/],
    [() => runtime.stop({ drain: 'x' }), 'ERR_INVALID_DURATION', /drain/],
  ]
  for (const [call, code, text] of cases) expectRefused(await refusal(call), code, text)
  expect(await task.get()).toMatchObject({ state: 'SPOOLED', priority: 4, route: 'default' })
})

test('snooze and RetryAfter refuse what is no duration', () => {
  expectRefused(
    thrown(() => snooze('10 parsecs')),
    'ERR_INVALID_DURATION',
    'snooze',
  )
  expectRefused(
    thrown(() => new RetryAfter(-1)),
    'ERR_INVALID_DURATION',
    'RetryAfter',
  )
})
