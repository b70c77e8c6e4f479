/** What can be stored is JSON, and nothing that JSON would change in silence. */
import { expect, test } from 'vitest'
import { jsonText } from '../../../src/model/json.js'
import fc from '../../support/fast-check.js'

const LIMIT = 100_000

test('every JSON value comes back as it was', () => {
  fc.assert(
    // Minus nothing is nothing in JSON.
    fc.property(
      fc.jsonValue({ maxDepth: 6 }).map((value) => JSON.parse(JSON.stringify(value))),
      (value) => {
        expect(JSON.parse(jsonText(value, 'input', LIMIT))).toEqual(value)
      },
    ),
  )
})

test('undefined is null, and an undefined member is left out', () => {
  expect(jsonText(undefined, 'input', LIMIT)).toBe('null')
  expect(jsonText({ a: undefined, b: 1 }, 'input', LIMIT)).toBe('{"b":1}')
})

class Point {
  x = 1
}
const cycle: { self?: unknown } = {}
cycle.self = cycle

const STRANGE: [found: string, value: unknown][] = [
  ['function', () => 1],
  ['symbol', Symbol('s')],
  ['bigint', 1n],
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['-Infinity', Number.NEGATIVE_INFINITY],
  ['Date', new Date(0)],
  ['Map', new Map()],
  ['Set', new Set()],
  ['RegExp', /x/],
  ['Error', new Error('x')],
  ['Promise', Promise.resolve()],
  ['Uint8Array', new Uint8Array(1)],
  ['Number', Object(1)],
  ['Point', new Point()],
  ['an object with toJSON', { toJSON: () => 1 }],
  ['a cycle', cycle],
]

test.each(STRANGE)('%s is refused by name and path, wherever it is', (found, value) => {
  const refusal = (input: unknown) => {
    try {
      return jsonText(input, 'input', LIMIT)
    } catch (error) {
      return error as { code: string; message: string }
    }
  }
  expect(refusal({ a: [1, { b: value }] })).toMatchObject({
    code: 'ERR_NOT_JSON',
    message: expect.stringMatching(new RegExp(`^input\\.a\\[1\\]\\.b.* is ${found}`)),
  })
  expect(refusal(value)).toMatchObject({ code: 'ERR_NOT_JSON', message: expect.stringContaining(found) })
})

test('undefined in a list and a hole in it are refused: JSON would make them null', () => {
  expect(() => jsonText([1, undefined], 'input', LIMIT)).toThrow('input[1] is undefined')
  // biome-ignore lint/suspicious/noSparseArray: the hole is the point
  expect(() => jsonText([1, , 3], 'input', LIMIT)).toThrow('input[1] is undefined')
})

test('an object without a prototype is plain', () => {
  expect(jsonText(Object.assign(Object.create(null), { a: 1 }), 'input', LIMIT)).toBe('{"a":1}')
})

test('two hundred levels are deep enough; beyond them it must be a cycle', () => {
  const nested = (levels: number): unknown => (levels === 0 ? 1 : [nested(levels - 1)])
  expect(jsonText(nested(200), 'input', LIMIT)).toHaveLength(401)
  expect(() => jsonText(nested(300), 'input', LIMIT)).toThrow('deeper than 200')
})

test('the limit counts bytes of UTF-8, not characters', () => {
  expect(jsonText('a'.repeat(98), 'input', 100)).toHaveLength(100)
  expect(() => jsonText('a'.repeat(99), 'input', 100)).toThrow('has 101 bytes, the limit is 100')
  expect(jsonText('é'.repeat(49), 'input', 100)).toHaveLength(51)
  expect(() => jsonText('é'.repeat(50), 'input', 100)).toThrow(expect.objectContaining({ code: 'ERR_TOO_LARGE' }))
})
