import { cp, mkdir, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Level } from 'level'
import { beforeEach, describe, expect, test } from 'vitest'
import { diskStore } from '../../../src/store/disk.js'
import { temporaryDirectory } from '../../support/stores.js'

let path: string
let db: string

beforeEach(async () => {
  path = join(await temporaryDirectory(), 'store')
  db = join(path, 'db')
})

/** Opens, and shows that what is acknowledged from then on is kept. */
async function opensAndWorks(): Promise<boolean> {
  const store = diskStore(path)
  const { created, repaired } = await store.open()
  expect(repaired).toBeUndefined()
  await store.batch([{ type: 'put', key: 'a', value: '1' }], true)
  await store.close()
  const again = diskStore(path)
  expect(await again.open()).toEqual({ created: false })
  expect(await again.get('a')).toBe('1')
  await again.close()
  return created
}

test('a new store is made with the directories above it, for its user alone, and says that it is new', async () => {
  path = join(path, 'deep', 'er')
  expect(await opensAndWorks()).toBe(true)
  expect((await stat(path)).mode & 0o777).toBe(0o700)
  expect(JSON.parse(await readFile(join(path, 'format.json'), 'utf8'))).toEqual({ format: 2 })
})

test('a directory that is there keeps its mode and the files of others', async () => {
  await mkdir(path, { recursive: true, mode: 0o750 })
  await writeFile(join(path, 'notes.txt'), 'mine')
  await mkdir(join(path, 'photos'))
  expect(await opensAndWorks()).toBe(true)
  expect((await stat(path)).mode & 0o777).toBe(0o750)
  expect(await readFile(join(path, 'notes.txt'), 'utf8')).toBe('mine')
  expect(await readdir(join(path, 'photos'))).toEqual([])
})

test('an empty store that was complete is not new the second time', async () => {
  await diskStore(path)
    .open()
    .then(() => undefined)
  // A kill: nothing was closed. The lock is this process's, so the files go elsewhere.
  const copy = join(await temporaryDirectory(), 'copy')
  await cp(path, copy, { recursive: true })
  const store = diskStore(copy)
  expect(await store.open()).toEqual({ created: false })
  await store.close()
})

describe('a creation that was cut', () => {
  /** The files as LevelDB leaves them after its first open and the first synced write. */
  async function halfMade(): Promise<string[]> {
    await mkdir(path, { recursive: true })
    const level = new Level(db)
    await level.open()
    await level.batch([{ type: 'del', key: '' }], { sync: true } as object)
    await level.close()
    return (await readdir(db)).sort()
  }

  test('after the directory was made', async () => {
    await mkdir(path, { recursive: true })
    expect(await opensAndWorks()).toBe(true)
  })

  test('after the directory of the database was made', async () => {
    await mkdir(db, { recursive: true })
    expect(await opensAndWorks()).toBe(true)
  })

  test('with the descriptor of 50 bytes that LevelDB calls "no meta-nextfile entry in descriptor"', async () => {
    await halfMade()
    const descriptor = (await readdir(db)).find((name) => name.startsWith('MANIFEST'))!
    await truncate(join(db, descriptor), 35)
    const level = new Level(db)
    await expect(level.open()).rejects.toMatchObject({
      cause: { code: 'LEVEL_CORRUPTION', message: expect.stringContaining('meta-nextfile') },
    })
    expect(await opensAndWorks()).toBe(true)
  })

  test('with each of its files missing, empty, cut in half, or zeroed', async () => {
    const names = await halfMade()
    expect(names.some((name) => name.startsWith('MANIFEST'))).toBe(true)
    for (const name of names) {
      for (const spoil of [remove, empty, halve, zero]) {
        await rm(path, { recursive: true })
        await halfMade()
        await spoil(join(db, name))
        expect(await opensAndWorks(), `${name} ${spoil.name}`).toBe(true)
      }
    }
  })

  test('with all of its files empty, as after a cut before the first sync', async () => {
    for (const name of await halfMade()) await empty(join(db, name))
    expect(await opensAndWorks()).toBe(true)
  })

  test('with any first part of its files there', async () => {
    const names = await halfMade()
    for (let count = 0; count <= names.length; count++) {
      await rm(path, { recursive: true })
      await halfMade()
      for (const name of names.slice(count)) await remove(join(db, name))
      expect(await opensAndWorks(), `${count} files`).toBe(true)
    }
  })

  test('before the mark got its name', async () => {
    await halfMade()
    await writeFile(join(path, '.format.json.tmp'), '{"for')
    expect(await opensAndWorks()).toBe(true)
  })

  test('twice, at the same place', async () => {
    await halfMade()
    const again = new Level(db)
    await again.open()
    await again.close()
    await empty(join(db, 'CURRENT'))
    expect(await opensAndWorks()).toBe(true)
  })
})

const remove = (file: string) => rm(file)
const empty = (file: string) => truncate(file, 0)
async function halve(file: string) {
  await truncate(file, Math.floor((await stat(file)).size / 2))
}
async function zero(file: string) {
  await writeFile(file, Buffer.alloc((await stat(file)).size))
}
