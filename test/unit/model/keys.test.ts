/** The layout of the store: the order of keys is the order of what they say, and no key is in another's range. */
import { expect, test } from 'vitest'
import * as keys from '../../../src/model/keys.js'
import fc from '../../support/fast-check.js'

/** The order of a store: UTF-8 bytes. */
const before = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b)) < 0
type Bounds = { gt?: string; gte?: string; lt: string }
const within = (key: string, { gt, gte, lt }: Bounds) =>
  before(key, lt) && (gt === undefined || before(gt, key)) && (gte === undefined || !before(key, gte))

const time = fc.nat({ max: 10 ** 14 })
/** What checkName lets through. */
const id = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._:@/+-]{0,30}$/)
const hand = fc.constantFrom('wall' as const, 'steady' as const)
const lane = fc.constantFrom('task' as const, 'retry' as const)
const kind = fc.constantFrom<keys.KeyClass>('meta', 'live', 'dormant', 'ended', 'input', 'emitted', 'quarantine')

test('numbers as text sort as numbers', () => {
  fc.assert(
    fc.property(time, time, (a, b) => {
      expect(before(keys.ordered(a), keys.ordered(b))).toBe(a < b)
    }),
  )
})

test('a key gives its id back, and lies in the range of its class and in no other', () => {
  fc.assert(
    fc.property(kind, kind, id, (one, other, name) => {
      const key = keys.keyOf(one, name)
      expect(keys.idOf(key)).toBe(name)
      expect(within(key, keys.rangeOf(other))).toBe(one === other)
    }),
  )
})

test('a range after an id goes on with the next one', () => {
  fc.assert(
    fc.property(kind, id, id, (one, a, b) => {
      expect(within(keys.keyOf(one, b), keys.rangeOf(one, a))).toBe(before(a, b))
    }),
  )
})

test('due keys sort by time within their lane and hand, and come back as what they were', () => {
  fc.assert(
    fc.property(lane, hand, time, id, time, id, (each, of, at, name, other, otherName) => {
      const key = keys.dueKey(each, of, at, name)
      expect(keys.dueOf(key)).toEqual({ at, id: name })
      if (at !== other) expect(before(key, keys.dueKey(each, of, other, otherName))).toBe(at < other)
      expect(within(key, keys.dueRange(each, of, other))).toBe(at <= other)
      expect(within(key, keys.dueRange(each, of, Number.POSITIVE_INFINITY))).toBe(true)
    }),
  )
})

test('due keys of other lanes and hands are in no range of theirs', () => {
  fc.assert(
    fc.property(lane, hand, lane, hand, time, id, (l1, h1, l2, h2, at, name) => {
      const found = within(keys.dueKey(l1, h1, at, name), keys.dueRange(l2, h2, Number.POSITIVE_INFINITY))
      expect(found).toBe(l1 === l2 && h1 === h2)
    }),
  )
})

test('a group holds its own members, though another group begins with its name', () => {
  fc.assert(
    fc.property(id, id, id, (group, other, name) => {
      expect(within(keys.groupKey(other, name), keys.groupRange(group))).toBe(group === other)
    }),
  )
  expect(within(keys.groupKey('door-2', 'a'), keys.groupRange('door'))).toBe(false)
})

test('what a task led to is in its range alone, and what is found by a task says which it is', () => {
  fc.assert(
    fc.property(id, id, id, (cause, other, name) => {
      const key = keys.followUpKey(other, name)
      expect(within(key, keys.followUpRange(cause))).toBe(cause === other)
      expect([keys.classOf(key), keys.edgeEnd(key)]).toEqual(['followUp', name])
      const found = { group: cause, cause: { id: other } }
      expect(keys.placesOf(name, found)).toEqual([keys.groupKey(cause, name), key])
    }),
  )
  expect(keys.placesOf('a', {})).toEqual([])
})

test('the events that wait for a task are in the order of their arrival, and nobody else finds them', () => {
  fc.assert(
    fc.property(id, id, time, time, (one, other, a, b) => {
      expect(within(keys.mailKey(other, a), keys.mailRange(one))).toBe(one === other)
      if (a !== b) expect(before(keys.mailKey(one, a), keys.mailKey(one, b))).toBe(a < b)
    }),
  )
})

test('a dedupe key is that of one kind and one key alone, whatever the key says', () => {
  fc.assert(
    fc.property(id, fc.string(), id, fc.string(), (k1, a, k2, b) => {
      expect(keys.dedupeKey(k1, a) === keys.dedupeKey(k2, b)).toBe(k1 === k2 && a === b)
    }),
  )
})

test('entries of ends sort by time and number within their state, and tell their time', () => {
  const letter = fc.constantFrom('F', 'X', 'T')
  const end = fc.tuple(letter, time, fc.nat())
  fc.assert(
    fc.property(end, end, ([a, at, n], [b, bt, m]) => {
      const [one, other] = [keys.expiryKey(a, at, n), keys.expiryKey(b, bt, m)]
      expect(keys.expiryTime(one)).toBe(at)
      expect(within(one, keys.expiryRange(b))).toBe(a === b)
      if (a === b) expect(within(other, keys.expiryRange(a, one))).toBe(bt > at || (bt === at && m > n))
    }),
  )
})

test('what hangs on a task lies in its range, and not in that of one whose name begins alike', () => {
  fc.assert(
    fc.property(id, id, (a, b) => {
      expect(within(keys.mailKey(a, 1), keys.hangingRange('mail', b))).toBe(a === b)
    }),
  )
})
