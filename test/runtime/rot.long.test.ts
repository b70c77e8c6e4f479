/** Stores that rotted, as bad cards do it: a sample of what the torture suites do ten thousand times. */
import { expect, test } from 'vitest'
import { rotMany, wrongIn } from '../support/rot-matrix.js'

test.each(['killed', 'clean'] as const)('a store (%s) that rotted is never poorer without a word', async (how) => {
  const verdicts = await rotMany(how, 60, 1)
  expect(wrongIn(verdicts)).toEqual([])
  expect(verdicts.filter(({ outcome }) => outcome === 'mended').length).toBeGreaterThan(5)
})
