/** Zeros behind the end of the log: nothing is written over, nothing of them is damage, and none is left by a clean stop. */
import { cp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { diskStore } from '../../../src/store/disk.js'
import { LogRoom } from '../../../src/store/room.js'
import type { Op, Store } from '../../../src/store/store.js'
import fc from '../../support/fast-check.js'
import { endsOf, logOf } from '../../support/logs.js'
import { temporaryDirectory } from '../../support/stores.js'

let path: string
let store: Store

beforeEach(async () => {
  path = join(await temporaryDirectory(), 'store')
  store = diskStore(path)
  await store.open()
})
afterEach(() => store.close())

const value = (n: number, size: number) => `${n} ${'v'.repeat(size)}.`
const put = (n: number, size: number): Op => ({ type: 'put', key: `k${n}`, value: value(n, size) })

async function write(count: number, size: number, from = 0): Promise<void> {
  for (let n = from; n < from + count; n++) await store.batch([put(n, size)], true)
}

const ends = async (directory: string) => endsOf(await logOf(directory))

/** The store as a kill at this moment would leave it. */
async function killed(): Promise<string> {
  const copy = `${path}-killed`
  await rm(copy, { recursive: true, force: true })
  await cp(path, copy, { recursive: true })
  return copy
}

/** How many of the batches are there, from the first on. @throws when one is missing among them */
async function found(directory: string): Promise<number> {
  const copy = diskStore(directory)
  expect(await copy.open()).toEqual({ created: false })
  try {
    const keys = await copy.keys({})
    for (let n = 0; n < keys.length; n++) expect(await copy.get(`k${n}`)).toMatch(new RegExp(`^${n} v*\\.$`))
    return keys.length
  } finally {
    await copy.close()
  }
}

test('a stream of small batches changes the length of the log a few times, and a kill leaves all of them', async () => {
  const lengths = new Set<number>()
  for (let n = 0; n < 400; n++) {
    await write(1, 300, n)
    lengths.add((await ends(path)).file)
  }
  // Four times without room, and each time that there is as much again.
  expect(lengths.size).toBeLessThan(16)
  const { batches, file } = await ends(path)
  expect(file).toBeGreaterThan(batches)
  expect(await found(await killed())).toBe(400)
})

test('after a clean stop the log ends where its last batch does, and all of it counts', async () => {
  await write(100, 300)
  await store.close()
  const { batches, file } = await ends(path)
  expect(file).toBe(batches)
  expect(await readdir(path)).toContain('clean.json')
  expect(await found(path)).toBe(100)
})

test('a log whose end was spoilt within its room is signed as it is, and mended at the next start', async () => {
  await write(100, 300)
  const log = await logOf(path)
  const { batches } = await ends(path)
  const bytes = await readFile(log)
  bytes[batches + 100] = 1
  await writeFile(log, bytes)
  await store.close()
  expect((await ends(path)).file).toBe(bytes.length)
  const { repaired } = await store.open()
  expect(repaired?.reason).toMatch(/is damaged at byte/)
  expect(await store.keys({})).toHaveLength(101)
})

test.each([4, 60])('%d large batches have no room: the zeros would be more than the journal', async (count) => {
  await write(count, 40_000)
  const { batches, file } = await ends(path)
  expect(file).toBe(batches)
})

test.each([
  ['text of three bytes a letter', (n: number): Op => ({ type: 'put', key: `k${n}`, value: '漢'.repeat(300) })],
  ['nothing but removals', (n: number): Op => ({ type: 'del', key: `k${n}` })],
])('batches of %s lie within the room, too', async (_, op) => {
  const lengths = new Set<number>()
  for (let n = 0; n < 1000; n++) {
    await store.batch([op(n)], true)
    lengths.add((await stat(await logOf(path))).size)
  }
  expect(lengths.size).toBeLessThan(20)
})

test('who opens the store while it is being left loses nothing, and finds no damage after a kill', async () => {
  for (let round = 0; round < 5; round++) {
    await write(100, 300, 200 * round)
    const left = store.close()
    const next = diskStore(path)
    while ((await next.open().catch((error) => error.code)) === 'ERR_STORE_LOCKED');
    store = next
    const writing = write(100, 300, 200 * round + 100)
    await Promise.all([left, writing])
    expect(await found(await killed())).toBe(200 * round + 200)
  }
})

test('room is made in the log that comes after, too', async () => {
  await write(50, 300)
  const first = await logOf(path)
  await store.compact('', '~')
  await write(100, 300, 50)
  expect(await logOf(path)).not.toBe(first)
  const { batches, file } = await ends(path)
  expect(file).toBeGreaterThan(batches)
  expect(await found(await killed())).toBe(150)
})

test('a batch of which the power tore any sectors was never there, and those before it are', async () => {
  await write(100, 300)
  const before = (await ends(path)).batches
  await write(1, 3_000, 100)
  const after = (await ends(path)).batches
  const copy = await killed()
  const whole = await readFile(await logOf(copy))
  const sectors = Array.from(
    { length: Math.ceil(after / 512) - Math.floor(before / 512) },
    (_, n) => (Math.floor(before / 512) + n) * 512,
  )
  expect(sectors.length).toBeGreaterThan(5)
  for (let lost = 1; lost < 2 ** sectors.length; lost += 7) {
    const torn = Buffer.from(whole)
    sectors.forEach((at, n) => {
      if ((lost >> n) & 1) torn.fill(0, Math.max(at, before), at + 512)
    })
    const again = await killed()
    await writeFile(await logOf(again), torn)
    expect(await found(again), `lost ${lost.toString(2)}`).toBe(100)
  }
})

test('whatever is written while room is made, all of it is there after a kill at any moment', async () => {
  const size = fc.oneof({ weight: 5, arbitrary: fc.nat(2_000) }, { weight: 1, arbitrary: fc.nat(60_000) })
  const deed = fc.oneof(
    { weight: 12, arbitrary: fc.array(size, { minLength: 1, maxLength: 30 }) },
    { weight: 1, arbitrary: fc.constantFrom('compact' as const, 'reopen' as const, 'kill' as const) },
  )
  const play = async (deeds: (number[] | 'compact' | 'reopen' | 'kill')[]) => {
    await store.close()
    await rm(path, { recursive: true })
    await store.open()
    let count = 0
    for (const deed of deeds) {
      if (deed === 'compact') await store.compact('', '~')
      else if (deed === 'reopen') {
        await store.close()
        expect(await store.open()).toEqual({ created: false })
      } else if (deed === 'kill') expect(await found(await killed())).toBe(count)
      else for (const each of deed) await store.batch([put(count++, each)], true)
    }
    expect(await found(await killed())).toBe(count)
  }
  await fc.assert(fc.asyncProperty(fc.array(deed, { minLength: 5, maxLength: 30 }), play), { numRuns: 30 })
})

test('where no room can be made, none is', async () => {
  const room = new LogRoom(join(path, 'nowhere'))
  for (let n = 0; n < 5_000; n++) room.writing([put(n, 300)])
  await room.closing()
  await room.giveBack()
})
