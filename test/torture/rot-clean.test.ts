/**
 * Five thousand stores, as a clean stop leaves it, each with a file spoilt in a way that chance picks. The seed of a case
 * is in what it says: HOLDFAST_SEED with HOLDFAST_CASES=1 repeats it.
 */
import { expect, test } from 'vitest'
import { SEED } from '../support/chance.js'
import { rotMany, tableOf, wrongIn } from '../support/rot-matrix.js'

const CASES = Number(process.env.HOLDFAST_CASES ?? 5_000)

test(`a store that was stopped cleanly and rotted is never poorer without a word (seed ${SEED})`, async () => {
  const verdicts = await rotMany('clean', CASES, SEED)
  process.stdout.write(`${tableOf(verdicts)}\n`)
  expect(wrongIn(verdicts)).toEqual([])
})
