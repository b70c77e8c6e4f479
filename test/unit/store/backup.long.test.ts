import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import { packTar as packAny, type TarEntry } from 'modern-tar'
import { beforeEach, describe, expect, test } from 'vitest'
import { type Member, SUMMARY } from '../../../src/store/backup-form.js'
import { unpackTar } from '../../../src/store/backup-tar.js'
import { diskStore } from '../../../src/store/disk.js'
import { FORMAT } from '../../../src/store/format.js'
import type { Entry } from '../../../src/store/store.js'
import {
  backupOf, contentsOf, gathered, inOrder, laidOut, membersOf, readDirectory, restored, storeOf, tarOf, writeDirectory,
} from '../../support/backups.js' // biome-ignore format: a list
import fc from '../../support/fast-check.js'
import { temporaryDirectory } from '../../support/stores.js'

/** A few megabytes that do not pack well: several members. */
const ENTRIES: Entry[] = Array.from({ length: 900 }, (_, n) => {
  const text = Array.from({ length: 50 }, (_, i) => createHash('sha512').update(`${n}/${i}`).digest('base64')).join('')
  return [`i!${String(n).padStart(6, '0')}`, text]
})

let place: string
let path: string

beforeEach(async () => {
  place = await temporaryDirectory()
  path = join(place, 'store')
})

const fromTar = (bytes: Buffer) => unpackTar(Readable.from([bytes]))
const damaged = { code: 'ERR_BACKUP_DAMAGED' }

/** Every byte under a directory. */
async function everything(directory: string): Promise<Record<string, string>> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  const digest = async (file: string) =>
    createHash('sha1')
      .update(await readFile(file))
      .digest('hex')
  return Object.fromEntries(await Promise.all(files.map(async (file) => [file, await digest(file)])))
}

/** A store of one entry, stopped. */
async function present(at = path, key = 'old'): Promise<void> {
  const store = diskStore(at)
  await store.open()
  await store.batch([{ type: 'put', key, value: 'here before' }], true)
  await store.close()
}

describe('a backup, restored, is the store that it was made of', () => {
  const text = fc.oneof(fc.string({ unit: 'grapheme' }), fc.string({ maxLength: 3000 }), fc.constant(''))
  const key = fc.oneof(
    fc.string({ unit: 'grapheme', minLength: 1 }),
    fc.tuple(fc.constantFrom(...'lzeidkgbvqsxpfnyrm'), fc.string()).map(([letter, rest]) => `${letter}!${rest}`),
  )
  const stores = fc.array(fc.tuple(key, text), { maxLength: 60 }).map((entries) => [...new Map(entries)] as Entry[])

  test('whatever is in it, as a directory and as a tar', async () => {
    await fc.assert(
      fc.asyncProperty(stores, async (entries) => {
        const here = await temporaryDirectory()
        const store = await storeOf(entries)
        const expected = new Map((await gathered(store.scan({}))).flat())
        await writeDirectory(join(here, 'backup'), backupOf(store).members())
        await restored(join(here, 'one'), readDirectory(join(here, 'backup')))
        await restored(join(here, 'two'), fromTar(await tarOf(await gathered(backupOf(store).members()))))
        for (const each of ['one', 'two']) expect(new Map(await contentsOf(join(here, each)))).toEqual(expected)
      }),
      { numRuns: 25 },
    )
  })

  test('however big it is: members of about a megabyte, each entry in one of them', async () => {
    const big: Entry = ['i!999999', 'x'.repeat(3 * 1024 * 1024)]
    const members = await membersOf([...ENTRIES, big])
    expect(members.length).toBeGreaterThan(5)
    await restored(path, inOrder(members))
    expect(await contentsOf(path)).toEqual([...ENTRIES, big])
  })

  test('and an empty one is an empty one', async () => {
    await restored(path, inOrder(await membersOf([])))
    expect(await contentsOf(path)).toEqual([])
  })
})

test('a backup counts what it holds: entries by class, tasks by state', async () => {
  const store = await storeOf([
    ['l!a', '{"f":1,"s":"Q","k":"x"}'], ['z!b', '{"f":1,"s":"S","k":"x"}'], ['e!c', '{"f":1,"s":"F","k":"x"}'],
    ['e!d', 'damaged'], ['i!a', '1'], ['what', 'ever'],
  ]) // biome-ignore format: a table
  const backup = backupOf(store)
  const { summary } = await restored(path, backup.members())
  expect(summary.entries).toEqual({ live: 1, dormant: 1, ended: 2, input: 1, other: 1 })
  expect(summary.tasks).toEqual({ QUEUED: 1, SPOOLED: 1, FINISHED: 1 })
  expect(backup.census.total).toBe(6)
})

test('what is written while a backup is made is not in it', async () => {
  const store = diskStore(join(place, 'source'))
  await store.open()
  await store.batch(
    ENTRIES.map(([key, value]) => ({ type: 'put', key, value }) as const),
    true,
  )
  const members: Member[] = []
  for await (const member of backupOf(store).members()) {
    members.push(member)
    // The first member with entries is there: the moment was chosen.
    if (members.length < 2) continue
    await store.batch(
      [
        { type: 'put', key: `z!${members.length}`, value: 'late' },
        { type: 'del', key: ENTRIES.at(-1)![0] },
      ],
      true,
    )
    await store.compact('', '~')
  }
  await store.close()
  await restored(path, inOrder(members))
  expect(await contentsOf(path)).toEqual(ENTRIES)
})

describe('a backup that is not whole is refused, and changes nothing', () => {
  /** Restored over a store that is there, and to where there is none. */
  async function refused(members: () => AsyncIterable<Member>, what: string, error: object = damaged) {
    await present()
    const before = await everything(path)
    await expect(restored(path, members(), { force: true }), what).rejects.toMatchObject(error)
    // The probe of the lock begins a new LOG, which is no data.
    const data = (all: Record<string, string>) => Object.entries(all).filter(([file]) => !/LOG(\.old)?$/.test(file))
    expect(data(await everything(path)), what).toEqual(data(before))
    await expect(restored(join(place, 'fresh'), members()), what).rejects.toMatchObject(error)
    await expect(stat(join(place, 'fresh')), what).rejects.toMatchObject({ code: 'ENOENT' })
    await rm(path, { recursive: true })
  }

  test('with a byte flipped or the end cut off in any of its members', async () => {
    const members = await membersOf(ENTRIES)
    for (const [i, { name, bytes }] of members.entries()) {
      const at = [0, 5, Math.floor(bytes.length / 2), bytes.length - 2]
      const spoilt = at.map((where) => {
        const other = Buffer.from(bytes)
        other[where]! ^= 1
        return other
      })
      for (const other of [...spoilt, bytes.subarray(0, -3), bytes.subarray(0, 10), Buffer.alloc(0)]) {
        const changed = members.with(i, { name, bytes: other })
        await refused(() => inOrder(changed), `${name} of ${other.length}`)
      }
    }
  })

  test('with a member missing, twice, out of order, or too many', async () => {
    const members = await membersOf(ENTRIES)
    for (const [i, member] of members.entries()) {
      await refused(() => inOrder(members.toSpliced(i, 1)), `without ${member.name}`)
      await refused(() => inOrder(members.toSpliced(i, 0, member)), `twice ${member.name}`)
    }
    const [header, one, two, ...rest] = members as [Member, Member, Member]
    await refused(() => inOrder([header, two, one, ...rest]), 'out of order')
    await refused(
      () => inOrder([header, { ...one, bytes: two.bytes }, { ...two, bytes: one.bytes }, ...rest]),
      'exchanged',
    )
  })

  test('as a directory without a summary, or without a member', async () => {
    const members = await membersOf(ENTRIES)
    const directory = await laidOut(join(place, 'backup'), members)
    for (const { name } of members) {
      await rename(join(directory, name), join(place, name))
      await refused(() => readDirectory(directory), `without ${name}`)
      await rename(join(place, name), join(directory, name))
    }
    await restored(path, readDirectory(directory))
  })

  test('as a tar that is cut anywhere before the end of its summary', async () => {
    const tar = await tarOf(await membersOf(ENTRIES.slice(0, 30)))
    const end = tar.length - 1024
    const cuts = [0, 1, 511, 512, 600, 1024, 1500, Math.floor(end / 2), end - 1024, end - 513, end - 512]
    for (const cut of cuts) await refused(() => fromTar(tar.subarray(0, cut)), `cut at ${cut}`)
  })

  test('as a tar with a header that was changed, and as no tar at all', async () => {
    const tar = await tarOf(await membersOf(ENTRIES.slice(0, 30)))
    for (const at of [0, 100, 124, 150, 156, 257]) {
      const other = Buffer.from(tar)
      other[at]! ^= 1
      await refused(() => fromTar(other), `header at ${at}`)
    }
    await refused(() => fromTar(Buffer.from('hello'.repeat(500))), 'text')
    await refused(() => fromTar(Buffer.alloc(10_240)), 'zeros')
  })

  test.each([
    ['../../../etc/cron.d/evil', 'file'],
    ['/etc/passwd', 'file'],
    ['entries-000001.ndjson.gz/../../x', 'file'],
    ['holdfast-backup.json', 'symlink'],
    ['holdfast-backup.json', 'link'],
    ['holdfast-backup.json', 'directory'],
  ] as const)('as a tar with %s as a %s', async (name, type) => {
    const [header, ...rest] = await membersOf(ENTRIES.slice(0, 3))
    const foreign: TarEntry = { header: { name, type, size: 0, linkname: '/etc/passwd' } }
    const entries = rest.map((member) => ({
      header: { name: member.name, size: member.bytes.length },
      body: member.bytes,
    }))
    const first = { header: { name: header!.name, size: header!.bytes.length }, body: header!.bytes }
    for (const all of [
      [foreign, first, ...entries],
      [first, foreign, ...entries],
      [first, ...entries, foreign],
    ]) {
      const tar = Buffer.from(await packAny(all))
      await refused(() => fromTar(tar), `${name} at ${all.indexOf(foreign)}`)
    }
  })

  test('with a member that unpacks to more than a member can be', async () => {
    const members = await membersOf(ENTRIES.slice(0, 3))
    const bomb = gzipSync(Buffer.alloc(80 * 1024 * 1024))
    await refused(() => inOrder(members.with(1, { name: members[1]!.name, bytes: bomb })), 'bomb')
  })

  test('of a newer form or format', async () => {
    await refused(() => inOrder([{ name: 'holdfast-backup.json', bytes: Buffer.from('{"form":2}') }]), 'form', {
      code: 'ERR_FORMAT_NEWER',
    })
    const newer = await membersOf(ENTRIES.slice(0, 3), FORMAT.number + 1)
    await refused(() => inOrder(newer), 'format', { code: 'ERR_FORMAT_NEWER' })
  })
})

test('a backup of an older format is brought to the present one by the store that opens it', async () => {
  const upgraded = {
    number: 2,
    upgrades: {
      1: async (database: {
        batch(): { put(key: string, value: string): void; write(options: object): Promise<void> }
      }) => {
        const writes = database.batch()
        writes.put('new', 'in 2')
        await writes.write({ sync: true })
      },
    },
  } as never
  await restored(path, inOrder(await membersOf([['a', '1']], 1)), { format: upgraded })
  expect(await contentsOf(path, upgraded)).toEqual([
    ['a', '1'],
    ['new', 'in 2'],
  ])
  expect(JSON.parse(await readFile(join(path, 'format.json'), 'utf8'))).toEqual({ format: 2 })
})

describe('the place of a backup', () => {
  test('has a summary when it is whole, and what was cut short there before goes', async () => {
    const directory = join(place, 'backup')
    const store = await storeOf(ENTRIES)
    const cut = backupOf(store).members()
    async function* three() {
      for (let n = 0; n < 3; n++) yield (await cut.next()).value as Member
      throw new Error('the power went')
    }
    await expect(writeDirectory(directory, three())).rejects.toThrow('the power went')
    await cut.return(undefined)
    expect(await readdir(directory)).not.toContain(SUMMARY)
    await expect(restored(path, readDirectory(directory))).rejects.toMatchObject(damaged)
    await writeDirectory(directory, backupOf(await storeOf(ENTRIES.slice(0, 5))).members())
    expect(await readdir(directory)).toEqual(['entries-000001.ndjson.gz', 'holdfast-backup.json', SUMMARY])
    expect((await stat(join(directory, SUMMARY))).mode & 0o777).toBe(0o600)
  })

  test('is never one where something else is', async () => {
    const directory = join(place, 'backup')
    await mkdir(directory)
    await writeFile(join(directory, 'photo.jpg'), '')
    const refusal = { code: 'ERR_EXISTS' }
    await expect(writeDirectory(directory, inOrder([]))).rejects.toMatchObject(refusal)
    await rm(join(directory, 'photo.jpg'))
    await writeDirectory(directory, inOrder(await membersOf([])))
    await expect(writeDirectory(directory, inOrder([]))).rejects.toMatchObject(refusal)
    expect(await readdir(directory)).toContain(SUMMARY)
  })
})

describe('the place of a restore', () => {
  const backup = () => membersOf([['new', '1']])

  test('is refused when a store is there, and nothing of it is changed', async () => {
    await present()
    await expect(restored(path, inOrder(await backup()))).rejects.toMatchObject({ code: 'ERR_EXISTS' })
    expect(await contentsOf(path)).toEqual([['old', 'here before']])
    expect((await readdir(path)).sort()).toEqual(['clean.json', 'db', 'format.json'])
  })

  test('with force keeps the one before, the newest two of them, each a store of its own', async () => {
    for (let n = 1; n <= 4; n++) {
      await rm(join(path, 'db'), { recursive: true, force: true })
      await rm(join(path, 'clean.json'), { force: true })
      await rm(join(path, 'format.json'), { force: true })
      await present(path, `old-${n}`)
      const { kept } = await restored(path, inOrder(await backup()), { force: true })
      expect(kept).toBe(join(path, `replaced-${n}`))
      expect(await contentsOf(path)).toEqual([['new', '1']])
    }
    expect((await readdir(path)).filter((name) => name.startsWith('replaced')).sort()).toEqual([
      'replaced-3',
      'replaced-4',
    ])
    expect(await contentsOf(join(path, 'replaced-4'))).toEqual([['old-4', 'here before']])
  })

  test('that is open is refused, whoever has it open', async () => {
    const store = diskStore(path)
    await store.open()
    for (const force of [false, true])
      await expect(restored(path, inOrder(await backup()), { force })).rejects.toMatchObject({
        code: 'ERR_STORE_LOCKED',
      })
    await store.close()
  })

  test('that was opened while the backup was read is refused', async () => {
    const store = diskStore(path)
    async function* slow() {
      for (const member of await backup()) {
        if (member.name === SUMMARY) await store.open()
        yield member
      }
    }
    await expect(restored(path, slow())).rejects.toMatchObject({ code: 'ERR_STORE_LOCKED' })
    await store.batch([{ type: 'put', key: 'mine', value: '1' }], true)
    await store.close()
    expect(await contentsOf(path)).toEqual([['mine', '1']])
    expect(await readdir(path)).not.toContain('restoring')
  })

  test('of two restores at a time is the first one’s', async () => {
    let go = () => {}
    const held = new Promise<void>((resolve) => {
      go = resolve
    })
    let reading = () => {}
    const begun = new Promise<void>((resolve) => {
      reading = resolve
    })
    async function* slow() {
      reading()
      await held
      yield* await backup()
    }
    const first = restored(path, slow())
    await begun
    await expect(restored(path, inOrder(await backup()))).rejects.toMatchObject({ code: 'ERR_STORE_LOCKED' })
    go()
    await first
    expect(await contentsOf(path)).toEqual([['new', '1']])
  })

  test('may hold a store that has lost its database, or one that does not open, or one of a newer version', async () => {
    await present()
    await rm(join(path, 'db'), { recursive: true })
    await restored(path, inOrder(await backup()))
    expect(await contentsOf(path)).toEqual([['new', '1']])
    await rm(join(path, 'db', 'CURRENT'))
    await writeFile(join(path, 'format.json'), '{"format":99}')
    await restored(path, inOrder(await backup()), { force: true })
    expect(await contentsOf(path)).toEqual([['new', '1']])
    expect(JSON.parse(await readFile(join(path, 'replaced-1', 'format.json'), 'utf8'))).toEqual({ format: 99 })
  })
})
