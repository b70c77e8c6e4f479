/** Backups for tests: made of any store, laid out, spoilt, and put back. */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { Backup } from '../../src/store/backup.js'
import { readDirectory, writeDirectory } from '../../src/store/backup-directory.js'
import type { Member } from '../../src/store/backup-form.js'
import { packTar } from '../../src/store/backup-tar.js'
import { diskStore } from '../../src/store/disk.js'
import type { Format } from '../../src/store/format.js'
import { restoreStore } from '../../src/store/restore.js'
import type { Entry, Store } from '../../src/store/store.js'
import { memoryStore } from '../../src/testing/memory-store.js'
import { all } from './stores.js'

export const AT = new Date('2026-05-01T12:00:00.000Z')

export function backupOf(store: Store, format = 1): Backup {
  return new Backup(store, { holdfast: '0.0.0', format, createdAt: AT.toISOString() })
}

export async function storeOf(entries: Iterable<Entry>): Promise<Store> {
  const store = memoryStore()
  await store.open()
  await store.batch(
    [...entries].map(([key, value]) => ({ type: 'put', key, value }) as const),
    true,
  )
  return store
}

export async function membersOf(entries: Iterable<Entry>, format?: number): Promise<Member[]> {
  return gathered(backupOf(await storeOf(entries), format).members())
}

export async function gathered<T>(from: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = []
  for await (const each of from) found.push(each)
  return found
}

export async function* inOrder<T>(all: readonly T[]): AsyncGenerator<T> {
  yield* all
}

export async function tarOf(members: readonly Member[]): Promise<Buffer> {
  return Buffer.concat(await gathered(packTar(inOrder(members), AT).tar as Readable & AsyncIterable<Buffer>))
}

/** Member for member as it is, whatever it is. */
export async function laidOut(directory: string, members: readonly Member[]): Promise<string> {
  await mkdir(directory, { recursive: true })
  for (const { name, bytes } of members) await writeFile(join(directory, name), bytes)
  return directory
}

export { readDirectory, writeDirectory }

/** A restore of a store alone, without what a runtime changes in it. */
export function restored(
  path: string,
  members: AsyncIterable<Member>,
  { force = false, format }: { force?: boolean; format?: Format } = {},
) {
  return restoreStore({
    path,
    members,
    force,
    change: (entry) => entry,
    passed: () => undefined,
    ...(format ? { format } : {}),
  })
}

/** All that a store on disk holds. */
export async function contentsOf(path: string, format?: Format): Promise<Entry[]> {
  const store = diskStore(path, format)
  await store.open()
  try {
    return await all(store)
  } finally {
    await store.close()
  }
}
