import { isDeepStrictEqual } from 'node:util'
import { expect, test } from 'vitest'
import { diffOf } from '../../../../src/inspect/page/diff.js'
import fc from '../../../support/fast-check.js'

test('what was added, taken away and changed, each by its place', () => {
  const before = { rings: 0, guests: ['Ada'], note: { old: true } }
  const after = { rings: 1, guests: ['Ada', 'Bob'], note: {}, lamp: 'on' }
  expect(diffOf(before, after)).toEqual({
    changes: [
      { path: 'rings', sort: 'changed', before: 0, after: 1 },
      { path: 'guests.1', sort: 'added', after: 'Bob' },
      { path: 'note.old', sort: 'removed', before: true },
      { path: 'lamp', sort: 'added', after: 'on' },
    ],
    more: false,
  })
})

test('a list is no object, and null is neither', () => {
  expect(diffOf([], {}).changes).toHaveLength(1)
  expect(diffOf(null, {}).changes).toEqual([{ path: '', sort: 'changed', before: null, after: {} }])
})

test('names out of a prototype are names like others', () => {
  const after = JSON.parse('{ "__proto__": 1, "constructor": 2 }')
  expect(diffOf({}, after).changes.map(({ path }) => path)).toEqual(['__proto__', 'constructor'])
})

test('values that are the same have no difference; those that are not, have one', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
      expect(diffOf(a, JSON.parse(JSON.stringify(a))).changes).toEqual([])
      const [one, other] = JSON.parse(JSON.stringify([a, b]))
      expect(diffOf(one, other).changes.length > 0).toBe(!isDeepStrictEqual(one, other))
    }),
  )
})

test('it is bounded', () => {
  const large = (by: number) => Object.fromEntries(Array.from({ length: 1_000 }, (_, i) => [`k${i}`, i + by]))
  const { changes, more } = diffOf(large(0), large(1))
  expect([changes.length, more]).toEqual([100, true])
})
