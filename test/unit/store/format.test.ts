import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeEach, expect, test } from 'vitest'
import { diskStore } from '../../../src/store/disk.js'
import { FORMAT } from '../../../src/store/format.js'
import { temporaryDirectory } from '../../support/stores.js'

let path: string

beforeEach(async () => {
  path = await temporaryDirectory()
})

const markOf = async () => JSON.parse(await readFile(join(path, 'format.json'), 'utf8')).format

/** Of the first format. */
async function made(): Promise<void> {
  const store = diskStore(path, { number: 1, upgrades: {} })
  await store.open()
  await store.batch([{ type: 'put', key: 'a', value: '1' }], true)
  await store.close()
}

test('a newer format is refused with both numbers, and nothing is touched', async () => {
  await mkdir(join(path, 'db'))
  await writeFile(join(path, 'format.json'), '{"format":7}')
  await expect(diskStore(path).open()).rejects.toMatchObject({
    code: 'ERR_FORMAT_NEWER',
    message: expect.stringMatching(/format 7.*up to 2/),
  })
  expect((await readdir(path)).sort()).toEqual(['db', 'format.json'])
  expect(await readdir(join(path, 'db'))).toEqual([])
})

test('an older format is brought up a step at a time, and the store is marked with the new one', async () => {
  await made()
  const steps: number[] = []
  const store = diskStore(path, {
    number: 3,
    upgrades: {
      1: async (database) => {
        steps.push(1)
        const writes = database.batch()
        writes.put('a', `${await database.get('a')}+`)
        await writes.write({ sync: true })
      },
      2: async () => void steps.push(2),
    },
  })
  await store.open()
  expect(steps).toEqual([1, 2])
  expect(await store.get('a')).toBe('1+')
  expect(await markOf()).toBe(3)
  await store.close()
  await store.open()
  expect(steps).toEqual([1, 2])
  await store.close()
  await expect(diskStore(path).open()).rejects.toMatchObject({ code: 'ERR_FORMAT_NEWER' })
})

test('an upgrade that fails leaves the store closed and with its old mark, and is done again', async () => {
  await made()
  let broken = true
  const upgrade = async () => {
    if (broken) throw new Error('half way')
  }
  const store = diskStore(path, { number: 2, upgrades: { 1: upgrade } })
  await expect(store.open()).rejects.toMatchObject({ cause: { message: 'half way' } })
  expect(await markOf()).toBe(1)
  broken = false
  await store.open()
  expect(await markOf()).toBe(2)
  await store.close()
})

test('a format older than any known way is an error that says so', async () => {
  await made()
  await expect(diskStore(path, { number: 3, upgrades: { 2: async () => {} } }).open()).rejects.toMatchObject({
    code: 'ERR_STORE_CORRUPT',
    message: expect.stringContaining('from 1 to 2'),
  })
})

test.each(['', '{}', '{"format":', '\0\0\0\0', '{"format":"1"}', 'null'])(
  'a mark that reads %j costs no data: it is kept, made anew, and reported',
  async (text) => {
    await made()
    await writeFile(join(path, 'format.json'), text)
    const store = diskStore(path)
    const { repaired } = await store.open()
    expect(repaired?.reason).toBe('format.json is not readable')
    expect(await readFile(repaired!.kept, 'utf8')).toBe(text)
    expect(await store.get('a')).toBe('1')
    expect(await markOf()).toBe(FORMAT.number)
    await store.close()
    expect(await store.open()).toEqual({ created: false })
    await store.close()
  },
)
