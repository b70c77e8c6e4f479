/**
 * A daemon that is killed again while it recovers from the kill before: recovery is the ordinary way of a task, so
 * every guarantee holds there too. TORTURE=1 takes every point of the second life.
 */
import { beforeAll, expect, test } from 'vitest'
import { complaints, type Evidence, GUARANTEES } from './claims.js'
import { inTurns } from './daemon.js'
import { killed } from './kills.js'

/** Far beyond what it takes: a daemon that never settles has to be told from a slow machine. */
const LONGEST_MS = process.env.TORTURE ? 3_600_000 : 180_000
const evidence: Evidence[] = []

/** First kills that leave much in flight: tasks just accepted, runs just begun, outcomes just made. */
const FIRST = ['commit.end:1', 'run.start:9', 'commit.begin:4+', 'machine.effect:9']
const SECOND = [
  'recovery.begin:1',
  'recovery.end:1',
  'commit.begin:1+',
  'commit.end:1',
  'run.start:2',
  'machine.effect:1',
]
const MORE = [
  'task.step:1',
  'task.step:20',
  'task.committed:1',
  'commit.end:2',
  'commit.begin:3+',
  'run.end:3',
  'runtime.ready:1',
]

beforeAll(async () => {
  const pairs = FIRST.flatMap((first, i) => {
    const seconds = process.env.TORTURE ? [...SECOND, ...MORE] : SECOND.filter((_, j) => (i + j) % 4 === 0)
    return seconds.map((second) => [first, second])
  })
  evidence.push(...(await inTurns(pairs, 2, (points) => killed(...points))).flat())
  expect(evidence.length).toBeGreaterThan(10)
}, LONGEST_MS)

test.each(Object.entries(GUARANTEES))('%s, when recovery is cut short', (_, claim) => {
  expect(complaints(claim, evidence)).toEqual([])
})
