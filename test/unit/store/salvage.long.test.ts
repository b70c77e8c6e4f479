/** What a repair leaves behind when a file is damaged: all that is whole in it. */
import { cp, readdir, readFile, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { UNCHECKED_KEY } from '../../../src/model/keys.js'
import { readBatches, rewriteLog } from '../../../src/store/batch-log.js'
import { diskStore } from '../../../src/store/disk.js'
import { endsOf } from '../../support/logs.js'
import { all, temporaryDirectory } from '../../support/stores.js'

const BATCHES = 60
let original: string
let path: string
let names: string[]

/** A table that a compaction has made, and a log of more than one block; as a kill leaves it. */
beforeEach(async () => {
  const directory = await temporaryDirectory()
  original = join(directory, 'original')
  path = join(directory, 'store')
  const store = diskStore(join(directory, 'open'))
  await store.open()
  await write((key, value) => store.batch([{ type: 'put', key, value }], true), 'table')
  await store.compact('', '~')
  await write((key, value) => store.batch([{ type: 'put', key, value }], true), 'log')
  await cp(join(directory, 'open'), original, { recursive: true })
  await store.close()
  await cp(original, path, { recursive: true })
  names = await readdir(join(path, 'db'))
})

async function write(put: (key: string, value: string) => Promise<void>, where: string): Promise<void> {
  for (let n = 0; n < BATCHES; n++) await put(`${where}/${n}`, `${n} `.repeat(400))
}

const named = (what: RegExp) => join(path, 'db', names.find((name) => what.test(name)) as string)

async function flip(file: string, at: number): Promise<void> {
  const bytes = await readFile(file)
  bytes[at]! ^= 0x10
  await writeFile(file, bytes)
}

/** How many entries are there, and whether a repair was reported. */
async function opened(): Promise<{ entries: number; repaired: boolean }> {
  const store = diskStore(path)
  const { repaired } = await store.open()
  const entries = (await all(store)).filter(([key]) => key !== UNCHECKED_KEY).length
  await store.close()
  return { entries, repaired: repaired !== undefined }
}

describe('a log', () => {
  test('that is sound is the same, byte for byte, when it is written anew', async () => {
    const copy = join(path, 'copy.log')
    await rewriteLog(named(/\.log$/), copy, 0)
    const { batches } = await endsOf(named(/\.log$/))
    expect(await readFile(copy)).toEqual((await readFile(named(/\.log$/))).subarray(0, batches))
  })

  test('loses the batch that a bit is flipped in, and none that follows in its block', async () => {
    const { batches: length } = await endsOf(named(/\.log$/))
    expect(length).toBeGreaterThan(64 * 1024)
    for (const part of [0, 0.1, 0.3, 0.5, 0.7, 0.9, 0.95]) {
      path = join(await temporaryDirectory(), 'store')
      await cp(original, path, { recursive: true })
      await flip(named(/\.log$/), Math.floor(length * part))
      expect([part, await opened()]).toEqual([part, { entries: 2 * BATCHES - 1, repaired: true }])
    }
  })

  test('that holds all of it twice is mended before LevelDB, which would end the process, sees it', async () => {
    const log = named(/\.log$/)
    const bytes = await readFile(log)
    await writeFile(
      log,
      Buffer.concat([bytes, Buffer.alloc((32 * 1024 - (bytes.length % (32 * 1024))) % (32 * 1024)), bytes]),
    )
    expect(await opened()).toEqual({ entries: 2 * BATCHES, repaired: true })
  })

  test('that is there once more under another number takes nothing away', async () => {
    await cp(named(/\.log$/), join(path, 'db', '000900.log'))
    expect(await opened()).toEqual({ entries: 2 * BATCHES, repaired: true })
  })

  test('that was cut in its last write ends before it, and nothing is said: nobody was told of that write', async () => {
    const log = named(/\.log$/)
    const bytes = await readFile(log)
    const batches: Buffer[] = []
    await readBatches(log, 0, (batch) => batches.push(batch))
    expect(batches.length).toBe(BATCHES)
    const { batches: end } = await endsOf(log)
    // What does not reach the disk is cut off, or leaves zeros where room was made for it.
    const torn = Buffer.from(bytes).fill(0, end - 10)
    await writeFile(log, torn)
    expect(await opened()).toEqual({ entries: 2 * BATCHES - 1, repaired: false })
    path = join(await temporaryDirectory(), 'store')
    await cp(original, path, { recursive: true })
    await writeFile(named(/\.log$/), torn.subarray(0, end - 10))
    expect(await opened()).toEqual({ entries: 2 * BATCHES - 1, repaired: false })
  })
})

describe('a table', () => {
  test('loses nothing by a bit of its footer, which follows from what lies before it', async () => {
    const { length } = await readFile(named(/\.ldb$/))
    for (let at = length - 48; at < length; at++) {
      path = join(await temporaryDirectory(), 'store')
      await cp(original, path, { recursive: true })
      await flip(named(/\.ldb$/), at)
      expect([at - length, await opened()]).toEqual([at - length, { entries: 2 * BATCHES, repaired: true }])
    }
  })

  test('in which nothing can be found is left out, and LevelDB does not meet its damaged blocks', async () => {
    const file = named(/\.ldb$/)
    const bytes = await readFile(file)
    for (let at = 10; at < bytes.length; at += 90) bytes[at]! ^= 1
    bytes.fill(0xff, bytes.length - 48, bytes.length - 8)
    await writeFile(file, bytes)
    expect(await opened()).toEqual({ entries: BATCHES, repaired: true })
  })

  test('loses nothing by what was written behind its end', async () => {
    await writeFile(named(/\.ldb$/), Buffer.alloc(1000, 7), { flag: 'a' })
    expect(await opened()).toEqual({ entries: 2 * BATCHES, repaired: true })
  })
})

test('a descriptor without its latest edits loses no table: those that it names are gone, those that are there count', async () => {
  const { length } = await readFile(named(/^MANIFEST/))
  for (const lost of [1, 20, 60, 100]) {
    path = join(await temporaryDirectory(), 'store')
    await cp(original, path, { recursive: true })
    await truncate(named(/^MANIFEST/), length - lost)
    expect([lost, (await opened()).entries]).toEqual([lost, 2 * BATCHES])
  }
})
