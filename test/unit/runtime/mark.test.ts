/** The text of the mark: what was kept comes back, what was written at length is read, what is torn is none. */
import { expect, test } from 'vitest'
import { decodeMark, encodeMark, type Mark } from '../../../src/runtime/mark.js'
import fc from '../../support/fast-check.js'

const at = fc.nat({ max: 10 ** 13 })
const seven = fc.tuple(at, at, at, at, at, at, at)
const six = fc.tuple(at, at, at, at, at, at)
const mark = fc
  .tuple(
    fc.record({ clock: fc.record({ wall: at, steady: at, mono: at, boot: fc.string() }), seq: at, emitted: at }),
    fc.record(
      { ended: seven, wear: six, highest: at.map((ms) => ms + 1), clean: fc.constant(true) },
      { requiredKeys: [] },
    ),
  )
  .map(([all, some]) => ({ ...all, ...some }) as Mark)

test('every mark comes back as it was', () => {
  fc.assert(
    fc.property(mark, (kept) => {
      expect(decodeMark(encodeMark(kept))).toEqual(kept)
    }),
  )
})

test('with nothing to tell of but the clock it is short', () => {
  const clock = { wall: 1_800_000_000_000, steady: 1_800_000_000_003, mono: 5, boot: 'b' }
  expect(encodeMark({ clock, seq: 2, emitted: 0 })).toBe('{"c":[1800000000000,3,5,"b"],"q":2}')
})

test('one that was written at length is read', () => {
  fc.assert(
    fc.property(mark, (kept) => {
      expect(decodeMark(JSON.stringify(kept))).toEqual(kept)
    }),
  )
})

test.each([undefined, '', '{ torn', 'null', '{"c":5,"q":1}'])('%j is none', (text) => {
  expect(decodeMark(text)).toBeUndefined()
})
