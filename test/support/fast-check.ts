/**
 * fast-check as all suites use it. `npm test` tells the same stories each time: what fails there fails by the change at
 * hand. `npm run torture` (TORTURE=1) tells new ones, and more of them. PROPERTY_RUNS says how many; HOLDFAST_SEED and
 * PROPERTY_PATH, with the words of a failure, tell that one again.
 */
import fc from 'fast-check'
import { SEED } from './chance.js'

const { TORTURE, PROPERTY_RUNS, PROPERTY_PATH } = process.env

/** How many stories a property tells: a few in `npm test`, many in `npm run torture`. */
export function runs(few: number, many: number): number {
  return Number(PROPERTY_RUNS ?? (TORTURE ? many : few))
}

fc.configureGlobal({
  // What a property failed with stands in the message, which every report shows.
  includeErrorInReport: true,
  seed: SEED,
  ...(PROPERTY_PATH === undefined ? {} : { path: PROPERTY_PATH }),
})

export default fc
