import { randomBytes } from 'node:crypto'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { diskStore } from '../../../src/store/disk.js'
import type { Op } from '../../../src/store/store.js'
import { temporaryDirectory } from '../../support/stores.js'

async function bytesIn(directory: string): Promise<number> {
  const names = await readdir(directory)
  const sizes = await Promise.all(names.map(async (name) => (await stat(join(directory, name))).size))
  return sizes.reduce((sum, size) => sum + size, 0)
}

test('what was removed gives its place on the disk back, and what lies beside it stays', async () => {
  const path = await temporaryDirectory()
  const store = diskStore(path)
  await store.open()
  const keys = Array.from({ length: 20_000 }, (_, n) => `e!${String(n).padStart(6, '0')}`)
  for (let from = 0; from < keys.length; from += 1_000) {
    const puts = keys.slice(from, from + 1_000).map((key): Op => ({
      type: 'put', key, value: randomBytes(300).toString('base64'),
    })) // biome-ignore format: two lines read better
    await store.batch(puts, true)
  }
  await store.batch([{ type: 'put', key: 'z!beside', value: 'stays' }], true)
  await store.compact('e!', 'e!~')
  const full = await bytesIn(join(path, 'db'))
  await store.batch(
    keys.slice(1).map((key): Op => ({ type: 'del', key })),
    true,
  )
  await store.compact('e!000000', 'e!019999')
  expect(await bytesIn(join(path, 'db'))).toBeLessThan(full / 10)
  expect([await store.get('z!beside'), await store.get('e!000001')]).toEqual(['stays', undefined])
  expect((await store.get('e!000000'))?.length).toBe(400)
  await store.close()
})
