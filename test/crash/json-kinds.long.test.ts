/** A machine in JSON on a daemon that is killed at every point of its life: it goes on, and no step is made twice. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { sampled } from '../support/sample.js'
import { Board } from './daemon.js'

const POINTS = [
  'commit.end:1', 'commit.begin:2+', 'machine.effect:1', 'machine.effect:2', 'machine.step:1', 'machine.effect:4',
  'commit.begin:4+', 'task.emitted:1', 'commit.end:5', 'runtime.ready:1',
] // biome-ignore format: a table
const STEPS = ['begun', 'called', 'waited', 'over']

async function boardOf(): Promise<Board> {
  const directory = await mkdtemp(join(tmpdir(), 'holdfast-json-'))
  onTestFinished(() => rm(directory, { recursive: true, force: true }))
  return new Board(directory)
}

test.for(sampled(POINTS))('killed at %s', { timeout: 120_000 }, async (point) => {
  const board = await boardOf()
  const first = await board.live('json-kinds.mjs', [point])
  // One that came to its end before there was such a point was not killed.
  expect([first.signal, first.code]).toEqual(first.signal ? ['SIGKILL', null] : [null, 0])
  // Killed once more on its way back, and then let live.
  await board.live('json-kinds.mjs', ['commit.end:1'])
  const last = await board.live('json-kinds.mjs', [])
  expect(last.err).toBe('')
  expect(JSON.parse(last.out)).toEqual({ result: STEPS, emitted: [{ type: 'waited' }] })
  const facts = await board.facts()
  for (const name of STEPS) {
    // Actions are played at most once, invokes at least once.
    expect(facts.filter((each) => each.fact === 'EFFECT' && each.name === name).length).toBeLessThanOrEqual(1)
  }
  for (const name of ['call', 'b']) {
    expect(facts.some((each) => each.fact === 'INVOKE' && each.name === name)).toBe(true)
  }
})
