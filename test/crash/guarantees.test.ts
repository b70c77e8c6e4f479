/**
 * The matrix: a daemon under a mixed load is killed with SIGKILL at every point that its telemetry names, then started
 * again until everything has settled. What it told outsiders and what was on disk right after the kill must bear out
 * every guarantee. TORTURE=1 kills at every passage of every point; without it a sample of them.
 */
import { beforeAll, expect, test } from 'vitest'
import { complaints, type Evidence, GUARANTEES } from './claims.js'
import { inTurns } from './daemon.js'
import { killed, killPoints } from './kills.js'

/** Far beyond what it takes: a daemon that never settles has to be told from a slow machine. */
const LONGEST_MS = process.env.TORTURE ? 3_600_000 : 180_000
const evidence: Evidence[] = []

beforeAll(async () => {
  const points = await killPoints(Boolean(process.env.TORTURE))
  evidence.push(...(await inTurns(points, 2, (point) => killed(point))).flat())
  expect(evidence.length).toBeGreaterThan(25)
}, LONGEST_MS)

test.each(Object.entries(GUARANTEES))('%s', (_, claim) => {
  expect(complaints(claim, evidence)).toEqual([])
})
