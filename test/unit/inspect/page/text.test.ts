import { expect, test } from 'vitest'
import { cut, piecesOf, plain } from '../../../../src/inspect/page/text.js'
import fc from '../../../support/fast-check.js'

const HIDDEN = /[\p{Cc}\p{Cs}\u061c\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff\u{e0000}-\u{e0fff}]/u

test('what cannot be seen is shown by its number, what can is left alone', () => {
  expect(plain('a\u202Eb')).toBe('aU+202Eb')
  expect(plain('\u0000\u001b\u007f')).toBe('U+0000U+001BU+007F')
  expect(plain('grüße 😀 日本 ❤️')).toBe('grüße 😀 日本 ❤️')
  expect(piecesOf('a\nb\tc', true)).toEqual([{ text: 'a\nb\tc', hidden: false }])
  expect(plain('\u{e0041}')).toBe('U+E0041')
})

test('of no text is anything left that turns others round or hides', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(HIDDEN.test(plain(text, 10_000))).toBe(false)
    }),
  )
})

test('a text is cut between characters, never within one', () => {
  expect(cut('abc', 3)).toBe('abc')
  expect(cut('abcd', 3)).toBe('abc…')
  expect(cut('a😀b', 2)).toBe('a…')
})
