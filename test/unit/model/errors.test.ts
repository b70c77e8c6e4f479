import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { API_LIMITS } from '../../../src/api/options.js'
import { CODES, type ErrorCode, HoldfastError, storedError } from '../../../src/model/errors.js'

test.each(Object.keys(CODES) as ErrorCode[])('%s says what it means and what to do next', (code) => {
  const error = new HoldfastError(code)
  expect(error).toBeInstanceOf(Error)
  expect({ name: error.name, code: error.code }).toEqual({ name: 'HoldfastError', code })
  expect(error.message).toBe(CODES[code][0])
  expect(error.hint).toMatch(/^([A-Z`']|[a-z]+\().*[.)]$/)
  expect(error.issues).toBeUndefined()
  expect(error.cause).toBeUndefined()
})

test('the bounds of the API that hints name are there', () => {
  const named = Object.values(CODES).flatMap(([, hint]) =>
    [...hint.matchAll(/`api\.([\w.]+)`/g)].map(([, name]) => name),
  )
  const there = Object.keys(API_LIMITS).map((name) => `limits.${name}`)
  expect(named).toEqual(['limits.rate'])
  expect(there).toEqual(expect.arrayContaining(named))
})

test('an error carries a message, a hint, a cause and issues of its own', () => {
  const cause = new Error('below')
  const issues = [{ path: 'file', message: 'is missing' }]
  const error = new HoldfastError('ERR_INVALID_INPUT', 'no file', { hint: 'Give one.', cause, issues })
  expect(error).toMatchObject({ message: 'no file', hint: 'Give one.', cause, issues })
})

test('an error is kept with its name, message, code and stack', () => {
  const error = Object.assign(new TypeError('no route'), { code: 'EHOSTUNREACH' })
  expect(storedError(error)).toEqual({
    name: 'TypeError',
    message: 'no route',
    code: 'EHOSTUNREACH',
    stack: expect.stringContaining('no route'),
  })
})

const hostile = Object.defineProperty(new Error('x'), 'message', {
  get: () => {
    throw new Error('never look at me')
  },
})
const cycle: { self?: unknown } = {}
cycle.self = cycle

test.each([
  ['a text', 'boom', 'boom'],
  ['nothing', undefined, 'undefined'],
  ['null', null, 'null'],
  ['an object', { a: 1 }, '{"a":1}'],
  ['a bigint', 7n, '7'],
  ['a symbol', Symbol('s'), 'Symbol(s)'],
  ['a function', () => 1, '() => 1'],
  ['a cycle', cycle, '[object Object]'],
  ['an error that throws when it is looked at', hostile, 'what was thrown cannot be looked at'],
])('%s that was thrown is kept as ERR_PROCESSOR_CRASHED', (_, thrown, message) => {
  const stored = storedError(thrown)
  expect(stored).toMatchObject({ name: 'NonError', code: 'ERR_PROCESSOR_CRASHED' })
  if (typeof thrown !== 'bigint' && typeof thrown !== 'symbol') expect(stored.message).toBe(message)
})

test('an error of another realm is an error', () => {
  expect(storedError(runInNewContext('new RangeError("far")'))).toMatchObject({ name: 'RangeError', message: 'far' })
})

test('what is thrown fits a record: long texts are cut, strange members are left out', () => {
  const error = Object.assign(new Error('x'.repeat(100_000)), { code: 7, extra: 'y'.repeat(100_000) })
  error.stack = 'z'.repeat(100_000)
  const stored = storedError(error)
  expect(JSON.stringify(stored).length).toBeLessThan(20_000)
  expect(Object.keys(stored)).toEqual(['name', 'message', 'stack'])
  expect(stored.message.endsWith('…')).toBe(true)
})
