import { createHash } from 'node:crypto'
import { cp, readdir, readFile, rename, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { diskStore } from '../../../src/store/disk.js'
import { verify } from '../../../src/store/verify.js'
import { temporaryDirectory } from '../../support/stores.js'

let path: string
let db: string

beforeEach(async () => {
  path = join(await temporaryDirectory(), 'store')
  db = join(path, 'db')
})

/** Some tables, and a log. */
async function made(): Promise<void> {
  const store = diskStore(path)
  for (let table = 0; table < 3; table++) {
    await store.open()
    for (let n = 0; n < 200; n++) {
      const value = createHash('sha512').update(`${table}/${n}`).digest('hex')
      await store.batch([{ type: 'put', key: `${table}/${n}`, value }], true)
    }
    await store.close()
  }
}

/** Every file of the store with its bytes and when it was written. */
async function everything(): Promise<Map<string, string>> {
  const found = new Map<string, string>()
  for (const entry of await readdir(path, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const file = join(entry.parentPath, entry.name)
    const hash = createHash('sha1')
      .update(await readFile(file))
      .digest('hex')
    found.set(file, `${hash} ${(await stat(file)).mtimeMs}`)
  }
  return found
}

async function flip(file: string): Promise<void> {
  const bytes = await readFile(file)
  bytes[Math.floor(bytes.length / 2)]! ^= 0x10
  await writeFile(file, bytes)
}

const tables = async () => (await readdir(db)).filter((name) => name.endsWith('.ldb'))

test('a sound store is called so, with its format and its size, and no file of it is touched', async () => {
  await made()
  const before = await everything()
  const heard: [number, number | undefined][] = []
  const report = await verify({ path, onProgress: (done, total) => heard.push([done, total]) })
  expect(report).toMatchObject({ path, state: 'sound', format: 2, damage: [], kept: [] })
  expect(report.holder).toBeUndefined()
  expect(report.bytes).toBeGreaterThan(1000)
  expect(heard.length).toBe((await tables()).length)
  expect(heard.every(([done, total]) => done <= (total as number))).toBe(true)
  expect(await everything()).toEqual(before)
})

test('where there is no store, it says so and makes none', async () => {
  expect(await verify({ path })).toMatchObject({ state: 'none', files: 0, bytes: 0 })
  await expect(stat(path)).rejects.toMatchObject({ code: 'ENOENT' })
})

test('each damaged file is named, and nothing is changed', async () => {
  await made()
  const damaged = await tables()
  for (const name of damaged) await flip(join(db, name))
  const before = await everything()
  const { state, damage } = await verify({ path })
  expect(state).toBe('damaged')
  expect(damage.map(({ file }) => file).sort()).toEqual(damaged.sort())
  expect(damage[0]?.reason).toBe('has 1 damaged blocks')
  expect(await everything()).toEqual(before)
})

test('what is older than a start looks at is looked at here', async () => {
  await made()
  const [oldest] = (await tables()).sort()
  await flip(join(db, oldest as string))
  expect((await verify({ path })).damage).toEqual([{ file: oldest, reason: 'has 1 damaged blocks' }])
})

test.each([
  ['db', () => rm(db, { recursive: true }), 'is missing'],
  ['format.json', () => rm(join(path, 'format.json')), 'is missing'],
  ['format.json', () => writeFile(join(path, 'format.json'), '{'), 'is not readable'],
  ['CURRENT', () => rm(join(db, 'CURRENT')), 'is missing'],
  ['CURRENT', () => truncate(join(db, 'CURRENT'), 0), 'CURRENT does not name a descriptor'],
])('%s, spoilt, is damage', async (file, spoil, reason) => {
  await made()
  await spoil()
  expect(await verify({ path })).toMatchObject({ state: 'damaged', damage: [{ file, reason }] })
})

test('a log that is shorter than the last stop left it is damage; after a kill it is a write that a cut tore', async () => {
  await made()
  const log = (await readdir(db)).find((name) => name.endsWith('.log')) as string
  await truncate(join(db, log), (await stat(join(db, log))).size - 1)
  expect(await verify({ path })).toMatchObject({ state: 'damaged', damage: [{ file: log }] })
  await rm(join(path, 'clean.json'))
  expect(await verify({ path })).toMatchObject({ state: 'sound' })
})

test('a store of a newer holdfast is not judged', async () => {
  await made()
  await writeFile(join(path, 'format.json'), '{"format":99}')
  expect(await verify({ path })).toMatchObject({ state: 'newer', format: 99, damage: [] })
})

test('an exchange that a cut stopped is unfinished, and no damage', async () => {
  await made()
  await rename(db, join(path, 'mended'))
  expect(await verify({ path })).toMatchObject({ state: 'unfinished', damage: [] })
})

test('what was kept is listed with its size', async () => {
  await made()
  await cp(db, join(path, 'damaged-1'), { recursive: true })
  const { kept, bytes } = await verify({ path })
  expect(kept).toMatchObject([{ name: 'damaged-1' }])
  expect(kept[0]?.bytes).toBeGreaterThanOrEqual(bytes)
})

describe('beside a store that is at work', () => {
  test('the process that has it open is named', async (context) => {
    if (process.platform !== 'linux') return context.skip('only Linux says')
    const store = diskStore(path)
    await store.open()
    expect(await verify({ path })).toMatchObject({ state: 'sound', holder: process.pid })
    await store.close()
    expect((await verify({ path })).holder).toBeUndefined()
  })

  test('no compaction and no write that is on its way is taken for damage', async () => {
    await made()
    const store = diskStore(path)
    await store.open()
    let over = false
    const work = (async () => {
      for (let n = 0; !over; n++) {
        const ops = Array.from({ length: 50 }, (_, i) => {
          const value = createHash('sha512').update(`${n}/${i}`).digest('hex').repeat(20)
          return { type: 'put', key: `${(n * 50 + i) % 997}`, value } as const
        })
        await store.batch(ops, true)
        if (n % 40 === 39) await store.compact('', '~')
      }
    })()
    const seen: unknown[] = []
    for (let n = 0; n < 40; n++) seen.push(...(await verify({ path })).damage)
    over = true
    await work
    await store.close()
    expect(seen).toEqual([])
  })
})
