/** A disk that is really full: a small tmpfs, filled by the daemon itself, and freed under it. */
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { Board } from './daemon.js'
import { readDisk } from './disk.js'

const MEGABYTE = 1024 * 1024

/** A board whose store is on a disk of its own, and what keeps most of that disk taken. */
async function smallDisk(): Promise<{ board: Board; free: () => Promise<void> } | undefined> {
  const directory = await mkdtemp(join(tmpdir(), 'holdfast-full-'))
  onTestFinished(() => rm(directory, { recursive: true, force: true, maxRetries: 3 }))
  const board = new Board(directory)
  await mkdir(board.path)
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'holdfast-test', board.path], { stdio: 'pipe' })
  } catch (error) {
    console.warn(`SKIPPED, a full disk needs the right to mount a tmpfs: ${String(error)}`)
    return undefined
  }
  onTestFinished(() => void execFileSync('umount', ['-l', board.path]))
  const ballast = join(board.path, 'ballast')
  await writeFile(ballast, Buffer.alloc(6 * MEGABYTE))
  return { board, free: () => rm(ballast) }
}

/** How often each task ran, by id. */
async function runs(board: Board): Promise<Map<string, number>> {
  const counts = new Map<string, number>()
  for (const { fact, id } of await board.facts()) if (fact === 'RUN') counts.set(id, (counts.get(id) ?? 0) + 1)
  return counts
}

test('a full disk that is freed: nothing acknowledged is lost, nothing runs twice', async (context) => {
  const disk = await smallDisk()
  if (!disk) return context.skip('no right to mount a tmpfs')
  const { board, free } = disk
  const out = await board.finish('filler.mjs', [], (line) => {
    if (line === 'DEGRADED') void free()
  })
  expect(out).toContain('DONE ["ERR_COMMIT_UNKNOWN","ERR_DEGRADED"]')
  expect(existsSync(join(board.path, 'ballast'))).toBe(false)
  const { tasks, flaws } = await readDisk(board.path)
  expect(flaws).toEqual([])
  expect([...tasks.values()].filter(({ state }) => state !== 'FINISHED')).toEqual([])
  expect([...(await runs(board))].filter(([, count]) => count !== 1)).toEqual([])
  expect([...tasks.values()].filter(({ input }) => Object.keys(input as object).length === 0).length).toBe(2)
})

test('a daemon killed on a full disk finds everything acknowledged when it starts with room again', async (context) => {
  const disk = await smallDisk()
  if (!disk) return context.skip('no right to mount a tmpfs')
  const { board, free } = disk
  await board.dies('filler.mjs', ['kill'])
  await free()
  const out = await board.finish('filler.mjs')
  expect(out).toContain('DONE')
  const { tasks, flaws } = await readDisk(board.path)
  expect(flaws).toEqual([])
  expect([...tasks.values()].filter(({ state }) => state !== 'FINISHED')).toEqual([])
  const acknowledged = (await board.facts()).filter(({ fact }) => fact === 'ACK').map(({ id }) => id)
  expect(acknowledged.filter((id) => !tasks.has(id))).toEqual([])
})
