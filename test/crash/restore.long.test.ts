/** A restore that is killed, or whose disk is full: what is there afterwards is the store before, or the one of the backup. */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cp, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { backup, restore } from '../../src/index.js'
import { diskStore } from '../../src/store/disk.js'
import type { Entry } from '../../src/store/store.js'
import { contentsOf } from '../support/backups.js'
import { sampled } from '../support/sample.js'
import { temporaryDirectory } from '../support/stores.js'
import { Board } from './daemon.js'

const MEGABYTE = 1024 * 1024

/** A store of some entries that do not pack, stopped. */
async function made(path: string, name: string, count: number): Promise<Entry[]> {
  const store = diskStore(path)
  await store.open()
  const entries = Array.from({ length: count }, (_, n): Entry => {
    const text = Array.from({ length: 50 }, (_, i) => createHash('sha512').update(`${name}${n}/${i}`).digest('base64'))
    return [`i!${name}${String(n).padStart(5, '0')}`, text.join('')]
  })
  await store.batch(
    entries.map(([key, value]) => ({ type: 'put', key, value }) as const),
    true,
  )
  await store.close()
  return entries
}

describe.each(['over a store that is there', 'where there is none'])('a restore %s', (where) => {
  const fresh = where === 'where there is none'
  let place: string
  let from: string
  let old: Entry[]
  let next: Entry[]

  beforeAll(async () => {
    place = await mkdtemp(join(tmpdir(), 'holdfast-restore-'))
    from = join(place, 'backup')
    old = await made(join(place, 'old'), 'old', 20)
    next = await made(join(place, 'next'), 'new', 700)
    await backup({ path: join(place, 'next'), to: { directory: from } })
    return () => rm(place, { recursive: true, force: true })
  })

  /** A board as it is before the restore. */
  async function board(): Promise<Board> {
    const found = new Board(await temporaryDirectory())
    if (!fresh) await cp(join(place, 'old'), found.path, { recursive: true })
    return found
  }

  test('killed at any of its steps, leaves the one or the other, whole, and can be done again', async () => {
    const whole = await board()
    const hits = JSON.parse(await whole.finish('restorer.mjs', [from])) as Record<string, number>
    expect(await contentsOf(whole.path)).toEqual(next)
    const points = Object.entries(hits).flatMap(([name, count]) =>
      Array.from({ length: count }, (_, n) => `${name}:${n + 1}`),
    )
    expect(points.length).toBeGreaterThan(8)
    const seen = new Set<string>()
    for (const point of sampled(points)) {
      const killed = await board()
      await killed.dies('restorer.mjs', [from, point])
      const found = await contentsOf(killed.path)
      const is = JSON.stringify(found) === JSON.stringify(next) ? 'new' : 'old'
      seen.add(is)
      if (is === 'old') expect([point, found]).toEqual([point, fresh ? [] : old])
      // From the second step on the exchange goes through.
      const [name, nth] = point.split(':')
      expect([point, is]).toEqual([point, name === 'restore.step' && Number(nth) > 1 ? 'new' : 'old'])
      await killed.finish('restorer.mjs', [from])
      expect([point, await contentsOf(killed.path)]).toEqual([point, next])
      const left = (await readdir(killed.path)).filter((name) => !/^replaced-\d$/.test(name))
      expect([point, left.sort()]).toEqual([point, ['clean.json', 'db', 'format.json']])
      for (const kept of (await readdir(killed.path)).filter((name) => /^replaced/.test(name))) {
        const contents = JSON.stringify(await contentsOf(join(killed.path, kept)))
        expect([JSON.stringify(next), JSON.stringify(old), '[]']).toContain(contents)
      }
    }
    expect([...seen].sort()).toEqual(['new', 'old'])
  })
})

test('a restore onto a disk that gets full says so, and leaves the store before and no bytes of its own', async (context) => {
  const place = await temporaryDirectory()
  await made(join(place, 'source'), 'new', 1500)
  await backup({ path: join(place, 'source'), to: { file: join(place, 'b.tar') } })
  const path = join(place, 'disk')
  await mkdir(path)
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'holdfast-test', path], { stdio: 'pipe' })
  } catch (error) {
    console.warn(`SKIPPED, a full disk needs the right to mount a tmpfs: ${String(error)}`)
    return context.skip('no right to mount a tmpfs')
  }
  onTestFinished(() => void execFileSync('umount', ['-l', path]))
  const old = await made(path, 'old', 5)
  await writeFile(join(path, 'ballast'), Buffer.alloc(3 * MEGABYTE))
  const error = await restore({ from: join(place, 'b.tar'), path, force: true }).catch((thrown) => thrown)
  expect(error).toMatchObject({ code: 'ERR_STORE_IO', hint: expect.stringContaining('The disk is full') })
  expect((await readdir(path)).sort()).toEqual(['ballast', 'clean.json', 'db', 'format.json'])
  expect(await contentsOf(path)).toEqual(old)
})

test('a backup onto a disk that gets full says so, and is none', async (context) => {
  const place = await temporaryDirectory()
  await made(join(place, 'source'), 'new', 1500)
  const disk = join(place, 'stick')
  await mkdir(disk)
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'holdfast-test', disk], { stdio: 'pipe' })
  } catch (error) {
    console.warn(`SKIPPED, a full disk needs the right to mount a tmpfs: ${String(error)}`)
    return context.skip('no right to mount a tmpfs')
  }
  onTestFinished(() => void execFileSync('umount', ['-l', disk]))
  for (const to of [{ file: join(disk, 'b.tar') }, { directory: join(disk, 'b') }]) {
    const error = await backup({ path: join(place, 'source'), to }).catch((thrown) => thrown)
    expect(error).toMatchObject({ code: 'ERR_STORE_IO', hint: expect.stringContaining('The disk is full') })
    const from = 'file' in to ? to.file : to.directory
    await expect(restore({ from, path: join(place, 'store') })).rejects.toMatchObject({ code: 'ERR_BACKUP_DAMAGED' })
    await rm(from, { recursive: true, force: true })
  }
})
