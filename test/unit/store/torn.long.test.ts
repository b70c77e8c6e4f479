/** What a kill or a power cut leaves is no damage: it is not reported, and what was acknowledged is there. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, rm, truncate, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { expect, test } from 'vitest'
import { diskStore } from '../../../src/store/disk.js'
import type { Op } from '../../../src/store/store.js'
import { endsOf, logOf } from '../../support/logs.js'
import { temporaryDirectory } from '../../support/stores.js'

/** Sizes about the edges of LevelDB's blocks of 32 KiB, where records are cut in pieces and trailers are left. */
const SIZES = [0, 1, 300, 32_700, 32_741, 32_742, 32_743, 32_744, 32_745, 32_746, 32_747, 32_748, 40_000, 100_000, 7]

test('a log cut at any byte opens without a report, with all the batches before the cut', async () => {
  const directory = await temporaryDirectory()
  const original = join(directory, 'original')
  const store = diskStore(original)
  await store.open()
  const ends: number[] = []
  for (const [n, size] of SIZES.entries()) {
    const ops: Op[] = [1, 2].map((half) => ({ type: 'put', key: `${half}/${n}`, value: `${'v'.repeat(size / half)}.` }))
    await store.batch(ops, true)
    ends.push((await endsOf(await logOf(original))).batches)
  }
  await store.close()
  await rm(join(original, 'clean.json'))
  const log = basename(await logOf(original))
  const cuts = [
    ...ends.flatMap((end) => [end - 8, end - 1, end, end + 1, end + 6, end + 7, end + 8]),
    0,
    1,
    32_768,
    65_536,
  ]
  for (const cut of cuts.filter((cut) => cut >= 0 && cut <= ends.at(-1)!)) {
    const path = join(directory, 'copy')
    await rm(path, { recursive: true, force: true })
    await cp(original, path, { recursive: true })
    await truncate(join(path, 'db', log), cut)
    // Some file systems leave zeros where the cut was.
    if (cut % 2) await writeFile(join(path, 'db', log), Buffer.alloc(10_000), { flag: 'a' })
    const torn = diskStore(path)
    expect(await torn.open(), `cut at ${cut}`).toEqual({ created: false })
    const whole = ends.filter((end) => end <= cut).length
    expect((await torn.keys({ lt: '2' })).length, `cut at ${cut}`).toBe(whole)
    expect((await torn.keys({ gte: '2' })).length, `cut at ${cut}`).toBe(whole)
    await torn.close()
  }
})

/** Writes until it is killed: overwrites and deletes, so that LevelDB flushes and compacts all the time. */
const WRITER = `
  const { ClassicLevel } = require('classic-level')
  const level = new ClassicLevel(process.argv[1], { writeBufferSize: 256 * 1024, maxFileSize: 256 * 1024 })
  const value = () => Math.random().toString(36).repeat(40)
  ;(async () => {
    await level.open()
    for (let n = 1; ; n++) {
      const ops = Array.from({ length: 50 }, () => ({ type: 'put', key: 'k' + Math.floor(Math.random() * 5000), value: value() }))
      ops.push({ type: 'put', key: 'count', value: String(n) })
      await level.batch(ops, { sync: true })
      process.stdout.write(n + '\\n')
    }
  })()
`

test('a process killed in the midst of flushes and compactions leaves a store that opens without a report', async () => {
  const path = await temporaryDirectory()
  const store = diskStore(path)
  await store.open()
  await store.close()
  await rm(join(path, 'clean.json'))
  for (const batches of [40, 97, 230]) {
    const child = spawn(process.execPath, ['-e', WRITER, join(path, 'db')], { stdio: ['ignore', 'pipe', 'inherit'] })
    let told = 0
    child.stdout.setEncoding('utf8')
    for await (const text of child.stdout) {
      told = Number(text.trim().split('\n').at(-1))
      if (told >= batches) child.kill('SIGKILL')
    }
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    expect(await store.open()).toEqual({ created: false })
    expect(Number(await store.get('count'))).toBeGreaterThanOrEqual(told)
    await store.close()
    await rm(join(path, 'clean.json'))
  }
})
