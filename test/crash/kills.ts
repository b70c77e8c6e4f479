/** Where a daemon can be killed, and what comes of it. */
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Evidence } from './claims.js'
import { Board } from './daemon.js'
import { readDisk } from './disk.js'

const PROGRAM = 'child.mjs'
/** A kill takes nothing from the page cache, so the sample may run in memory; the whole matrix has a disk under it. */
const PLACE = !process.env.TORTURE && existsSync('/dev/shm') ? '/dev/shm' : tmpdir()

/**
 * Points of an uninterrupted run: `task.step:7` is the seventh publication, `task.step:7+` one turn of the loop after
 * it, when a write that it announced is on its way. All of them, or three passages of each.
 */
export async function killPoints(all: boolean): Promise<string[]> {
  const hits = await onBoard(async (board) => JSON.parse(await board.finish(PROGRAM)) as Record<string, number>)
  return Object.entries(hits).flatMap(([name, count]) => {
    if (count === 0 || name === 'runtime.stopped') return []
    const passages = Array.from({ length: count }, (_, i) => `${name}:${i + 1}`)
    if (all) return passages.flatMap((each) => [each, `${each}+`])
    if (count === 1) return passages
    const at = (part: number) => passages[Math.floor((count - 1) * part)] as string
    return [at(0.1), `${at(0.45)}+`, at(0.8)]
  })
}

/** The daemon killed at each of `points` in turn, one life each, then left to finish: what each kill left behind. */
export async function killed(...points: readonly string[]): Promise<Evidence[]> {
  return onBoard(async (board) => {
    const kills = []
    for (const [i, point] of points.entries()) {
      // The timing of a life varies: it may end before a late passage of a point, and is no evidence of a kill then.
      await board.live(PROGRAM, [point])
      const where = points.slice(0, i + 1).join(', then ')
      kills.push({ where, more: points.length - i - 1, told: await board.facts(), left: await readDisk(board.path) })
    }
    await board.finish(PROGRAM)
    const [all, end] = [await board.facts(), await readDisk(board.path)]
    return kills.map((kill) => ({ ...kill, all, end }))
  })
}

async function onBoard<Result>(work: (board: Board) => Promise<Result>): Promise<Result> {
  const directory = await mkdtemp(join(PLACE, 'holdfast-crash-'))
  try {
    return await work(new Board(directory))
  } finally {
    await rm(directory, { recursive: true, force: true, maxRetries: 3 })
  }
}
