import { execFileSync } from 'node:child_process'
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { diskStore } from '../../../src/store/disk.js'
import type { Op } from '../../../src/store/store.js'
import { all, temporaryDirectory } from '../../support/stores.js'

const put = (key: string, value: string): Op => ({ type: 'put', key, value })

test('a path that is a file is ERR_STORE_IO and says which', async () => {
  const file = join(await temporaryDirectory(), 'file')
  await writeFile(file, 'mine')
  await expect(diskStore(file).open()).rejects.toMatchObject({
    code: 'ERR_STORE_IO',
    hint: expect.stringContaining(file),
    cause: { code: 'EEXIST' },
  })
  await expect(diskStore(join(file, 'below')).open()).rejects.toMatchObject({
    code: 'ERR_STORE_IO',
    hint: expect.stringContaining(join(file, 'below')),
    cause: { code: 'ENOTDIR' },
  })
  expect(await readFile(file, 'utf8')).toBe('mine')
})

test('a relative path is resolved once: changing the directory of the process moves no store', async () => {
  const before = process.cwd()
  const directory = await temporaryDirectory()
  onTestFinished(() => process.chdir(before))
  process.chdir(directory)
  const store = diskStore('store')
  process.chdir(before)
  await store.open()
  expect(store.location).toBe(join(directory, 'store'))
  expect(await readdir(directory)).toEqual(['store'])
  await store.close()
})

test('a stop that was clean leaves its signature, and none is left while the store is open', async () => {
  const path = await temporaryDirectory()
  const store = diskStore(path)
  await store.open()
  await store.close()
  expect(await readdir(path)).toContain('clean.json')
  await store.open()
  expect(await readdir(path)).not.toContain('clean.json')
  await store.close()
})

/** A disk of its own, a small one, that goes away with the test; undefined where mounting is not allowed. */
async function smallDisk(bytes: number): Promise<string | undefined> {
  const path = await temporaryDirectory()
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${bytes}`, 'tmpfs', path], { stdio: 'ignore' })
  } catch {
    console.warn('SKIPPED: this machine lets nobody mount a tmpfs, so the full and the read-only disk are NOT tested')
    return undefined
  }
  onTestFinished(() => void execFileSync('umount', ['-l', path]))
  return path
}

const remount = (path: string, how: 'ro' | 'rw') => execFileSync('mount', ['-o', `remount,${how}`, path])
const MEGABYTE = 1024 * 1024
const value = 'acknowledged and kept '.repeat(200)

describe('on a disk that fills up', () => {
  /** Writes until the disk is full. Returns how many batches were acknowledged, and the error of the first that was not. */
  async function fill(store: ReturnType<typeof diskStore>, sync: boolean): Promise<{ count: number; error: unknown }> {
    for (let count = 0; ; count++) {
      try {
        await store.batch([put(`a/${count}`, value), put(`b/${count}`, value)], sync)
      } catch (error) {
        return { count, error }
      }
    }
  }

  test.each([true, false])(
    'a batch is ERR_STORE_IO, and after reopening all that was told is there (sync: %s)',
    async (sync) => {
      const path = await smallDisk(4 * MEGABYTE)
      if (!path) return
      const ballast = join(path, 'ballast')
      await writeFile(ballast, Buffer.alloc(2.5 * MEGABYTE))
      const store = diskStore(join(path, 'store'))
      await store.open()

      const { count, error } = await fill(store, sync)
      expect(count).toBeGreaterThan(10)
      expect(error).toMatchObject({
        code: 'ERR_STORE_IO',
        hint: expect.stringContaining('df -h'),
        cause: expect.anything(),
      })

      await rm(ballast)
      // LevelDB itself would take this write, and put it behind a torn record, where recovery does not find it.
      await expect(store.batch([put('late', value)], true)).rejects.toMatchObject({ code: 'ERR_STORE_IO' })

      await store.close()
      expect(await store.open()).toEqual({ created: false })
      const found = new Map(await all(store))
      for (let n = 0; n < count; n++) {
        expect(found.get(`a/${n}`)).toBe(value)
        expect(found.get(`b/${n}`)).toBe(value)
      }
      // Of the one that failed there is all or nothing.
      expect(found.has(`a/${count}`)).toBe(found.has(`b/${count}`))
      expect(found.has('late')).toBe(false)
      await store.batch([put('after', value)], true)
      await store.close()
      await store.open()
      expect(await store.get('after')).toBe(value)
      await store.close()
    },
  )

  test('opening fails with ERR_STORE_IO as long as it is full, takes nothing for damage, and works when there is room', async () => {
    const path = await smallDisk(3 * MEGABYTE)
    if (!path) return
    const ballast = join(path, 'ballast')
    await writeFile(ballast, Buffer.alloc(1.5 * MEGABYTE))
    const store = diskStore(join(path, 'store'))
    await store.open()
    const { count } = await fill(store, true)
    await store.close()
    for (let n = 0; n < 3; n++) {
      await expect(store.open()).rejects.toMatchObject({ code: 'ERR_STORE_IO', hint: expect.stringContaining('full') })
    }
    await rm(ballast)
    expect(await store.open()).toEqual({ created: false })
    expect((await store.keys({ gte: 'a/', lt: 'a0' })).length).toBeGreaterThanOrEqual(count)
    expect((await readdir(join(path, 'store'))).filter((name) => name.startsWith('damaged'))).toEqual([])
    await store.close()
  })

  test('a store is made when there is room again', async () => {
    const path = await smallDisk(MEGABYTE)
    if (!path) return
    const ballast = join(path, 'ballast')
    await writeFile(ballast, Buffer.alloc(MEGABYTE)).catch(() => undefined)
    const store = diskStore(join(path, 'store'))
    await expect(store.open()).rejects.toMatchObject({ code: 'ERR_STORE_IO', hint: expect.stringContaining('full') })
    await rm(ballast)
    expect(await store.open()).toEqual({ created: true })
    await store.batch([put('a', '1')], true)
    await store.close()
  })
})

describe('on a disk that is read-only', () => {
  test('a new store and an old one are ERR_STORE_IO, and open when it is writable again', async () => {
    const path = await smallDisk(4 * MEGABYTE)
    if (!path) return
    const old = diskStore(join(path, 'old'))
    await old.open()
    await old.batch([put('a', '1')], true)
    await old.close()
    await mkdir(join(path, 'empty'))
    remount(path, 'ro')
    const refused = { code: 'ERR_STORE_IO', hint: expect.stringContaining('read-only') }
    await expect(old.open()).rejects.toMatchObject(refused)
    await expect(diskStore(join(path, 'new')).open()).rejects.toMatchObject(refused)
    await expect(diskStore(join(path, 'empty')).open()).rejects.toMatchObject(refused)
    remount(path, 'rw')
    expect(await old.open()).toEqual({ created: false })
    expect(await old.get('a')).toBe('1')
    await old.close()
  })
})
