/**
 * Storms: the daemon is killed three times in a row, each time at a point that chance picks, and left to finish. The
 * seed is in the name of each storm: HOLDFAST_SEED repeats it.
 */
import { beforeAll, expect, test } from 'vitest'
import { complaints, type Evidence, GUARANTEES } from '../crash/claims.js'
import { inTurns } from '../crash/daemon.js'
import { killed, killPoints } from '../crash/kills.js'
import { chance, SEED } from '../support/chance.js'

const STORMS = 100
const evidence: Evidence[] = []

beforeAll(async () => {
  const pick = chance(SEED)
  const points = await killPoints(true)
  // Later lives have less to do: their points are among the early passages.
  const early = points.filter((point) => Number(/\d+/.exec(point)?.[0]) <= 12)
  const storms = Array.from({ length: STORMS }, () =>
    [points, early, early].map((from) => from[pick(from.length)] as string),
  )
  evidence.push(...(await inTurns(storms, 2, (storm) => killed(...storm))).flat())
}, 3_600_000)

test.each(Object.entries(GUARANTEES))(`%s, in a storm (seed ${SEED})`, (_, claim) => {
  expect(complaints(claim, evidence)).toEqual([])
})
