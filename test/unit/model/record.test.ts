/** The codec of records: what was kept comes back, and what is no record says so. */
import { expect, test } from 'vitest'
import { decodeRecord, encodeRecord, RECORD_FORMAT, type TaskRecord } from '../../../src/model/record.js'
import fc from '../../support/fast-check.js'

const state = fc.constantFrom('SPOOLED', 'QUEUED', 'RUNNING', 'FINISHED', 'FAILED', 'TERMINATED' as const)
const at = fc.nat({ max: 10 ** 13 })
const count = fc.nat({ max: 1_000_000 })
const text = fc.string({ maxLength: 20, unit: 'binary' })
// Minus nothing is nothing in JSON.
const json = fc.jsonValue({ maxDepth: 3 }).map((value) => JSON.parse(JSON.stringify(value)))
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: null })
/** A member that is there, or is not. */
const member = <T>(name: string, value: fc.Arbitrary<T>) =>
  fc.oneof(
    fc.constant({}),
    value.map((each) => ({ [name]: each })),
  )

const error = fc
  .tuple(fc.record({ name: text, message: text }), member('code', text), member('stack', text))
  .map((parts) => Object.assign({}, ...parts) as NonNullable<TaskRecord['context']['error']>)

const context = fc
  .tuple(
    fc.record({
      id: fc.constant('t1'),
      kind: text,
      version: count,
      route: fc.oneof(fc.constant('default'), text),
      priority: fc.nat({ max: 9 }),
      seq: count,
      createdAt: at,
      runAt: at,
      due: maybe(fc.record({ hand: fc.constantFrom('wall', 'steady'), at })),
      expires: maybe(at),
      deadline: maybe(at),
      attempt: count,
      failures: count,
      interruptions: count,
      atMostOnce: fc.boolean(),
      paused: fc.boolean(),
      pending: fc.nat({ max: 1_000 }),
      retryAt: maybe(at),
      endedAt: maybe(at),
      history: fc.array(fc.record({ state: fc.oneof(state, fc.constant('NONE')), at }), {
        minLength: 1,
        maxLength: 32,
      }),
    }),
    member('result', json),
    member('error', error),
    member('reason', fc.constantFrom('cancelled', 'timeout', 'awol', 'expired', 'superseded', 'interrupted')),
  )
  .map((parts) => Object.assign({}, ...parts) as TaskRecord['context'])

const extras = fc
  .tuple(
    member('group', text),
    member('key', text),
    member('cause', fc.record({ id: text, state })),
    member('onSuccess', fc.array(fc.record({ kind: text, input: json }))),
    member('timeoutMs', count),
    member('heartbeatMs', count),
    member('lazy', fc.constant(true)),
  )
  .map((parts) => Object.assign({}, ...parts) as TaskRecord['extras'])

const record = fc
  .tuple(
    fc.record({ state, context, extras }),
    member('machine', json.map((value) => JSON.stringify({ snapshot: value, timers: [] }))), // biome-ignore format: one line reads better
    member('busy', fc.constant(true)),
    member('dependents', fc.constant(true)),
    member('again', at),
  )
  .map((parts) => asItCanBe(Object.assign({}, ...parts) as TaskRecord))

/** What came to its end has come to it at some time, and what finished has a result. */
function asItCanBe(kept: TaskRecord): TaskRecord {
  const { state, context } = kept
  const over = state === 'FINISHED' || ((state === 'FAILED' || state === 'TERMINATED') && context.retryAt === null)
  const endedAt = over ? (context.endedAt ?? context.history.at(-1)?.at ?? null) : context.endedAt
  const { result = state === 'FINISHED' ? null : undefined } = context
  return { ...kept, context: { ...context, endedAt, ...(result === undefined ? {} : { result }) } }
}

test('every record comes back as it was', () => {
  fc.assert(
    fc.property(record, (kept) => {
      expect(decodeRecord(kept.context.id, encodeRecord(kept))).toEqual(kept)
    }),
    { numRuns: 2000 },
  )
})

const plain = (over: object) => JSON.stringify({ f: RECORD_FORMAT, s: 'S', k: 'work', q: 1, c: 5, h: 'N0S0', ...over })

test('what follows from the rest of a record is left out', () => {
  const at = 1_700_000_000_000
  const history = [
    { state: 'RUNNING', at },
    { state: 'FINISHED', at: at + 5 },
  ] as const
  const { context } = decodeRecord('t1', plain({ s: 'F' }))
  const ended = {
    state: 'FINISHED',
    extras: {},
    context: { ...context, createdAt: at, history, endedAt: at + 5 },
  } as const
  expect(JSON.parse(encodeRecord(ended))).not.toHaveProperty('end')
  expect(JSON.parse(encodeRecord(ended))).not.toHaveProperty('res')
  expect(decodeRecord('t1', encodeRecord(ended)).context).toMatchObject({ endedAt: at + 5, result: null })
  const later = { ...ended, context: { ...ended.context, endedAt: at + 9 } }
  expect(decodeRecord('t1', encodeRecord(later)).context.endedAt).toBe(at + 9)
  // Only an end follows from its state: what has another state keeps the end it came to before.
  const back = { ...ended, state: 'SPOOLED' } as const
  expect(decodeRecord('t1', encodeRecord(back)).context.endedAt).toBe(at + 5)
})

test('what is left out of a record is its default', () => {
  expect(decodeRecord('t1', plain({}))).toEqual({
    state: 'SPOOLED',
    extras: {},
    context: {
      id: 't1', kind: 'work', version: 1, route: 'default', priority: 4, seq: 1, createdAt: 5, runAt: 5, due: null,
      expires: null, deadline: null, attempt: 0, failures: 0, interruptions: 0, atMostOnce: false, paused: false,
      pending: 0, retryAt: null, endedAt: null, history: [{ state: 'NONE', at: 5 }, { state: 'SPOOLED', at: 5 }],
    }, // biome-ignore format: a table
  })
})

test.each([
  ['no JSON', 'ERR_STORE_CORRUPT', '{"f":1,'],
  ['nothing', 'ERR_STORE_CORRUPT', ''],
  ['null', 'ERR_STORE_CORRUPT', 'null'],
  ['a number', 'ERR_STORE_CORRUPT', '7'],
  ['a record without a format', 'ERR_STORE_CORRUPT', plain({ f: undefined })],
  ['a record without a state', 'ERR_STORE_CORRUPT', plain({ s: undefined })],
  ['a record of an unknown state', 'ERR_STORE_CORRUPT', plain({ s: '?' })],
  ['a record without a kind', 'ERR_STORE_CORRUPT', plain({ k: 7 })],
  ['a record without a time', 'ERR_STORE_CORRUPT', plain({ c: null })],
  ['a priority that is a text', 'ERR_STORE_CORRUPT', plain({ p: '4' })],
  ['a route that is a number', 'ERR_STORE_CORRUPT', plain({ r: 4 })],
  ['an end that is null', 'ERR_STORE_CORRUPT', plain({ end: null })],
  ['a due time without a hand', 'ERR_STORE_CORRUPT', plain({ due: [5] })],
  ['a due time that is no number', 'ERR_STORE_CORRUPT', plain({ due: ['wall', '5'] })],
  ['extras that are a text', 'ERR_STORE_CORRUPT', plain({ o: 'group' })],
  ['a machine that is a number', 'ERR_STORE_CORRUPT', plain({ m: 1 })],
  ['a record without a history', 'ERR_STORE_CORRUPT', plain({ h: undefined })],
  ['a history with an unknown state', 'ERR_STORE_CORRUPT', plain({ h: 'N0Z5' })],
  ['a history without a time', 'ERR_STORE_CORRUPT', plain({ h: 'N0S' })],
  ['a history with half a time', 'ERR_STORE_CORRUPT', plain({ h: 'N0S-' })],
  ['a history that is something else', 'ERR_STORE_CORRUPT', plain({ h: '7N0' })],
  ['a record of a newer format', 'ERR_FORMAT_NEWER', plain({ f: RECORD_FORMAT + 1 })],
])('%s is %s', (_, code, stored) => {
  expect(() => decodeRecord('t1', stored)).toThrow(expect.objectContaining({ code }))
})

test('whatever is on disk, it is a record or an error with a code', () => {
  const damaged = fc.oneof(
    fc.string(),
    fc.json(),
    fc.record({ f: fc.constantFrom(1, 2, null), s: fc.constantFrom('S', 'X', 7), k: json, c: json, h: json, due: json })
      .map((each) => JSON.stringify(each)), // biome-ignore format: one line reads better
  )
  fc.assert(
    fc.property(damaged, (stored) => {
      try {
        decodeRecord('t1', stored)
      } catch (thrown) {
        expect(thrown).toMatchObject({ code: expect.stringMatching(/^ERR_(STORE_CORRUPT|FORMAT_NEWER)$/) })
      }
    }),
    { numRuns: 500 },
  )
})
