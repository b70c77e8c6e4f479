/** What the doctor says of a store and its disk: real ones. */
import { execFileSync } from 'node:child_process'
import { chmod, chown, mkdir, open, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { diskCheck } from '../../src/cli/doctor/disk.js'
import { filesCheck } from '../../src/cli/doctor/files.js'
import { fsyncCheck } from '../../src/cli/doctor/fsync.js'
import { lockCheck } from '../../src/cli/doctor/lock.js'
import { spaceCheck } from '../../src/cli/doctor/space.js'
import { storeCheck } from '../../src/cli/doctor/store.js'
import { diskStore } from '../../src/store/disk.js'
import { daemon } from '../e2e/daemon.js'
import { asNobody, bad, directory, isRoot, NOBODY, place, tmpfs, tree } from './ward.js'

const VALUE = 'a value that is long enough '.repeat(40)

/** A closed store with a table. */
async function store(): Promise<string> {
  const path = join(await directory(), 'store')
  const opened = diskStore(path)
  await opened.open()
  for (let n = 0; n < 50; n++) await opened.batch([{ type: 'put', key: `k${n}`, value: `${n} ${VALUE}` }], false)
  await opened.compact('', '~')
  await opened.close()
  return path
}

describe('store', () => {
  const says = async (path: string) => bad(await storeCheck(await place({ path })))

  test('one of this user alone is well; one that is not there is made at the start', async () => {
    expect(await says(await store())).toEqual([])
    const path = join(await directory(), 'a/b')
    expect(await storeCheck(await place({ path }))).toMatchObject([
      { level: 'ok', says: `${path} is not there yet; a start makes it` },
    ])
  })

  test('a file in the way', async () => {
    const path = await tree({ store: 'no directory' })
    expect(await says(join(path, 'store'))).toEqual([expect.stringMatching(/^fault: .* it is no directory$/)])
    expect(await says(join(path, 'store/inner'))).toEqual([expect.stringMatching(/^fault: .* it is no directory$/)])
  })

  test('what is advised is one word of a shell', async () => {
    const path = await tree({ "it's here": '' })
    const [finding] = await storeCheck(await place({ path: join(path, "it's here") }))
    const command = finding?.advice?.slice(1, -1) ?? ''
    expect(execFileSync('sh', ['-c', command], { encoding: 'utf8' })).toContain("it's here")
  })

  test('others who can write it, or read what is in it', async () => {
    const path = await store()
    await chmod(path, 0o755)
    expect(await says(path)).toEqual([])
    await chmod(join(path, 'db'), 0o755)
    expect(await says(path)).toEqual([`warning: others can read the tasks in ${path}/db`])
    await chmod(path, 0o770)
    expect(await says(path)).toEqual([
      `warning: others can put files into ${path}`,
      `warning: others can read the tasks in ${path}/db`,
    ])
  })

  test.runIf(isRoot)('files that a daemon of root has left in the store of another', async () => {
    const path = await store()
    for (const each of [
      path,
      join(path, 'db'),
      ...(await readdir(join(path, 'db'))).map((name) => join(path, 'db', name)),
    ]) {
      await chown(each, NOBODY, NOBODY)
    }
    expect(await asNobody('store', { path })).toMatchObject([{ level: 'ok' }])
    expect(await says(path)).toEqual([expect.stringMatching(/^note: .* is not who asks$/)])
    await chown(join(path, 'db', 'CURRENT'), 0, 0)
    expect(await asNobody('store', { path })).toMatchObject([
      { level: 'warning', says: expect.stringMatching(/^1 of the files/), advice: expect.stringContaining('chown -R') },
    ])
  })

  test.runIf(isRoot)('another user: what is closed to him, and what he cannot make', async () => {
    const path = await store()
    expect(await asNobody('store', { path })).toMatchObject([
      { level: 'warning', says: expect.stringContaining('belongs to root'), advice: '`sudo -u root holdfast doctor`' },
    ])
    expect(await asNobody('store', { path: join(path, 'inner') })).toMatchObject([
      { level: 'warning', says: expect.stringContaining('may not look into') },
    ])
    const above = await directory()
    expect(await asNobody('store', { path: above })).toMatchObject([
      {
        level: 'fault',
        says: expect.stringMatching(/ belongs to root, and \S+ cannot make a store in it$/),
        advice: expect.stringMatching(/^`sudo chown \S+ \S+`, if /),
      },
    ])
    expect(await asNobody('store', { path: join(above, 'mine') })).toMatchObject([
      { level: 'fault', advice: expect.stringMatching(/install -d -m 700 -o \S+ \S+mine`$/) },
    ])
    await chown(above, NOBODY, NOBODY)
    await chmod(above, 0o555)
    expect(await asNobody('store', { path: above })).toMatchObject([
      { level: 'fault', advice: `\`chmod u+rwx ${above}\`` },
    ])
    for (const check of ['lock', 'files', 'fsync']) expect(await asNobody(check, { path })).toEqual([])
  })
})

describe('disk and space', () => {
  test('a store in memory does not outlive a power cut', async (context) => {
    const path = await tmpfs('size=200m')
    if (path === undefined) return context.skip('no right to mount a tmpfs')
    expect(bad(await diskCheck(await place({ path })))).toEqual([`fault: ${path} (tmpfs) is in memory`])
    expect(bad(await spaceCheck(await place({ path })))).toEqual([])
  })

  test('a disk that is mounted read-only: said once, and not written', async (context) => {
    const path = await tmpfs('size=200m')
    if (path === undefined) return context.skip('no right to mount a tmpfs')
    execFileSync('mount', ['-o', 'remount,ro', path])
    expect(bad(await diskCheck(await place({ path })))).toEqual([
      expect.stringContaining('in memory'),
      `fault: ${path} is mounted read-only`,
    ])
    expect(await fsyncCheck(await place({ path }))).toEqual([])
  })

  test('a disk that fills up, by bytes and by names', async (context) => {
    const path = await tmpfs('size=200m,nr_inodes=40')
    if (path === undefined) return context.skip('no right to mount a tmpfs')
    const found = async () => bad(await spaceCheck(await place({ path: join(path, 'not/yet') })))
    const ballast = join(path, 'ballast')
    await writeFile(ballast, Buffer.alloc(160 * 1024 * 1024))
    expect(await found()).toEqual(['fault: 40.0 MB of 200 MB are free'])
    await rm(ballast)
    for (let n = 0; n < 37; n++) await symlink('.', join(path, `link${n}`))
    expect(await found()).toEqual([expect.stringMatching(/^warning: \d of 40 inodes are free$/)])
    await tree(Object.fromEntries(Array.from({ length: 2 }, (_, n) => [`file${n}`, ''])), path)
    expect(await found()).toEqual(['fault: 0 of 40 inodes are free'])
  })
})

describe('lock', () => {
  test('who has it, by process and command; when that is gone, nobody', async () => {
    const path = await directory()
    const config = join(await tree({ 'holdfast.config.json': JSON.stringify({ path }) }), 'holdfast.config.json')
    const running = daemon(['start', config])
    await running.printed('ready')
    const asked = await place({ path })
    expect(await lockCheck(asked)).toMatchObject([
      {
        level: 'ok',
        says: expect.stringMatching(/^process \d+ has the store open: .*node .*main\.js start .*\.json$/),
      },
    ])
    // A daemon at work is no damage, and nothing of it is touched.
    expect(bad(await filesCheck(asked))).toEqual([])
    await running.kill('SIGKILL')
    expect(await lockCheck(asked)).toMatchObject([{ level: 'ok', says: 'nobody has the store open' }])
    expect(bad(await filesCheck(asked))).toEqual([])
  })
})

describe('files', () => {
  const found = async (path: string, deep = false) => bad(await filesCheck(await place({ path, deep })))

  test('a sound store: its format and its size; one that is not there says nothing', async () => {
    expect(await filesCheck(await place({ path: await store() }))).toMatchObject([
      { level: 'ok', says: expect.stringMatching(/^format 2, .* in \d+ files, no damage$/) },
    ])
    expect(await filesCheck(await place({ path: join(await directory(), 'nothing') }))).toEqual([])
    expect(await filesCheck(await place({ path: await directory() }))).toEqual([])
  })

  test('one byte that changed is found, and no file is written by the look', async () => {
    const path = await store()
    const table = (await readdir(join(path, 'db'))).find((name) => name.endsWith('.ldb')) as string
    const file = await open(join(path, 'db', table), 'r+')
    const { buffer } = await file.read(Buffer.alloc(1), 0, 1, 100)
    await file.write(Buffer.of((buffer[0] as number) ^ 1), 0, 1, 100)
    await file.close()
    const before = await snapshot(path)
    for (const deep of [false, true]) {
      expect(await found(path, deep)).toEqual([`fault: ${table} has 1 damaged blocks`])
    }
    expect(await snapshot(path)).toEqual(before)
  })

  test('a format of a newer version', async () => {
    const path = await store()
    await writeFile(join(path, 'format.json'), '{"format":3}\n')
    await expect(filesCheck(await place({ path }))).rejects.toMatchObject({ code: 'ERR_FORMAT_NEWER' })
  })

  test('a mark that is gone, a repair that was cut short, and copies that were put aside', async () => {
    const path = await store()
    await mkdir(join(path, 'damaged-3'))
    await writeFile(join(path, 'damaged-3', '000005.ldb'), Buffer.alloc(2048))
    await rm(join(path, 'format.json'))
    expect(await found(path)).toEqual([
      'fault: format.json is missing',
      'note: damaged-3 was put aside and takes 2.0 KB',
    ])
    await mkdir(join(path, 'mended'))
    expect(await found(path)).toEqual([
      'warning: a power cut stopped a repair or a restore',
      'note: damaged-3 was put aside and takes 2.0 KB',
    ])
  })

  async function snapshot(path: string): Promise<Map<string, string>> {
    const names = (await readdir(path, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile())
    const files = names.map((entry) => join(entry.parentPath, entry.name)).sort()
    return new Map(
      await Promise.all(files.map(async (file) => [file, (await readFile(file)).toString('base64')] as const)),
    )
  }
})

describe('fsync', () => {
  test('the numbers are told, and no file is left', async () => {
    const path = await directory()
    const says = expect.stringMatching(/^a synced append of 4 KB takes [\d.]+ ms, the slowest of 5 [\d.]+ ms$/)
    expect(await fsyncCheck(await place({ path }))).toMatchObject([{ says }])
    expect(await fsyncCheck(await place({ path: join(path, 'not/yet') }))).toMatchObject([{ says }])
    expect(await readdir(path)).toEqual([])
  })
})
