import { expect, test } from 'vitest'
import { awayOf, lengthOf, sizeOf } from '../../../../src/inspect/page/words.js'

test.each([
  [0, '0 ms'],
  [340, '340 ms'],
  [1_000, '1 s'],
  [1_250, '1.2 s'],
  [59_999, '59 s'],
  [60_000, '1 min'],
  [3_900_000, '1 h 5 min'],
  [90_000_000, '1 d 1 h'],
  [2 * 365.25 * 86_400_000, '2 y'],
])('%d ms are %s', (ms, text) => {
  expect(lengthOf(ms)).toBe(text)
})

test('what was and what comes are told apart, and no time at all is none', () => {
  const now = Date.parse('2026-05-01T12:00:00Z')
  expect(awayOf('2026-05-01T11:57:00Z', now)).toBe('3 min ago')
  expect(awayOf('2026-05-01T12:00:20.400Z', now)).toBe('in 20 s')
  expect(awayOf('2026-05-01T12:00:00.400Z', now)).toBe('now')
  expect(awayOf('yesterday', now)).toBe('—')
})

test.each([
  [0, '0 B'],
  [999, '999 B'],
  [1_500, '1.5 KB'],
  [71_303_168, '71 MB'],
])('%d bytes are %s', (bytes, text) => {
  expect(sizeOf(bytes)).toBe(text)
})
