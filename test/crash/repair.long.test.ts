/** A repair that is killed: the damaged store or the repaired one is there, and the next repair or start brings it to its end. */
import { cp, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { contentsOf } from '../support/backups.js'
import { lookThrough } from '../support/consistency.js'
import { makeRich, runtimeAt } from '../support/rich-store.js'
import { temporaryDirectory } from '../support/stores.js'
import { Board } from './daemon.js'

test('killed at every one of its steps it can be done again, and a start finishes what is left', async () => {
  const original = join(await temporaryDirectory(), 'store')
  const clock = await makeRich(original, 30)
  const tables = (await readdir(join(original, 'db'))).filter((name) => name.endsWith('.ldb'))
  for (const table of tables) {
    const bytes = await readFile(join(original, 'db', table))
    bytes[Math.floor(bytes.length * 0.4)]! ^= 0x10
    await writeFile(join(original, 'db', table), bytes)
  }
  const board = async () => {
    const found = new Board(await temporaryDirectory())
    await cp(original, found.path, { recursive: true })
    return found
  }
  const whole = await board()
  const { 'repair.step': steps = 0 } = JSON.parse(await whole.finish('repairer.mjs')) as Record<string, number>
  expect(steps).toBe(5)
  for (let step = 1; step <= steps; step++) {
    const killed = await board()
    await killed.dies('repairer.mjs', [`repair.step:${step}`])
    await killed.finish('repairer.mjs')
    expect([step, lookThrough(await contentsOf(killed.path)).complaints]).toEqual([step, []])
    const left = (await readdir(killed.path)).sort()
    expect([step, left]).toEqual([step, ['clean.json', 'damaged-1', 'db', 'format.json']])
    const another = await board()
    await another.dies('repairer.mjs', [`repair.step:${step}`])
    const runtime = await runtimeAt(another.path, clock.restart()).start()
    await runtime.stop()
    expect([step, lookThrough(await contentsOf(another.path)).complaints]).toEqual([step, []])
  }
}, 180_000)
