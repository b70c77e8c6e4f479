/** A start that migrates is killed on its way: no record is led through a step twice, and none is lost. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { sampled } from '../support/sample.js'
import { Board, type Fact } from './daemon.js'

const PROGRAM = 'migrating.mjs'
const IDS = Array.from({ length: 7 }, (_, i) => `t${i}`)

async function onBoard(work: (board: Board) => Promise<void>): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'holdfast-migrations-'))
  try {
    const board = new Board(directory)
    await board.dies(PROGRAM, ['1'])
    await work(board)
  } finally {
    await rm(directory, { recursive: true, force: true, maxRetries: 3 })
  }
}

const of = (facts: readonly Fact[], fact: string) => facts.filter((each) => each.fact === fact)
const results = (facts: readonly Fact[]) =>
  Object.fromEntries(of(facts, 'RESULT').map(({ id, result }) => [id, result]))

const POINTS = [
  'recovery.begin:1', 'commit.begin:1', 'commit.begin:1+', 'commit.end:1', 'task.migrated:1', 'task.migrated:4',
  'recovery.end:1', 'machine.effect:1', 'task.committed:3',
] // biome-ignore format: a table

test.each(sampled(POINTS))('killed at %s, and again: each record takes each step once', async (point) => {
  await onBoard(async (board) => {
    await board.dies(PROGRAM, ['2', point])
    // The later versions have the steps that led here, too: they are not taken again.
    await board.live(PROGRAM, ['2', point])
    await board.finish(PROGRAM, ['2'])
    const facts = await board.facts()
    expect(results(facts)).toEqual(Object.fromEntries(IDS.map((id) => [id, [1, 2, 'called']])))
    for (const { from, to } of of(facts, 'MIGRATED')) expect([from, to]).toEqual([1, 2])
    for (const id of IDS)
      expect(of(facts, 'CALL').filter((each) => each.id === id && each.version === 2)).not.toEqual([])
  })
})

test('a version later again, each goes on from where the kill left it; one that cannot be led on stays as it was', async () => {
  await onBoard(async (board) => {
    // All of them are of version 2 on disk, and none has ended.
    await board.dies(PROGRAM, ['2', `task.migrated:${IDS.length}`, 'hang'])
    await board.finish(PROGRAM, ['3'])
    const facts = await board.facts()
    const others = IDS.filter((id) => id !== 't3')
    expect(results(facts)).toEqual(Object.fromEntries(others.map((id) => [id, [1, 2, 3, 'called']])))
    const aside = of(facts, 'ASIDE')
    expect(aside).toMatchObject([{ id: 't3', reason: expect.stringContaining('migrate[2]') }])
    expect(JSON.parse(aside[0]?.record as string).m.snapshot.context.path).toEqual([1, 2])
  })
})
