/** The store from the command line: taken home, put back, repaired. */
import { execFile } from 'node:child_process'
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { beforeEach, describe, expect, test } from 'vitest'
import { type Board, board } from '../api/board.js'
import { contentsOf } from '../support/backups.js'
import { makeRich } from '../support/rich-store.js'
import { temporaryDirectory } from '../support/stores.js'
import { holdfast } from './typed.js'

const shell = promisify(execFile)

let place: string
beforeEach(async () => {
  place = await temporaryDirectory()
})

/** A daemon with ten tasks that wait. */
async function some(): Promise<Board> {
  const b = await board()
  const tasks = Array.from({ length: 10 }, (_, n) => ({ kind: 'echo', input: n, in: '1h' }))
  expect((await b.post('/v1/tasks', { tasks })).status).toBe(201)
  return b
}

describe('backup', () => {
  test('goes through the daemon: to a tar, to a directory, and down a pipe; and is restored from each', async () => {
    const b = await some()
    const run = (...args: string[]) => holdfast(args, { cwd: place, env: { HOLDFAST_SOCKET: b.socket } })
    expect(await run('backup', 'b.tar')).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^b\.tar: 10 tasks, [\d.]+ K?B\n$/),
    })
    expect(JSON.parse((await run('backup', 'b', '--json')).out)).toMatchObject({ target: 'b', tasks: { SPOOLED: 10 } })
    const bin = new URL('../../dist/src/cli/main.js', import.meta.url).pathname
    const piped = `"${process.execPath}" "${bin}" --socket "${b.socket}" backup - | "${process.execPath}" "${bin}" restore - --path piped --json`
    const { stdout } = await shell('bash', ['-o', 'pipefail', '-c', piped], { cwd: place })
    expect(JSON.parse(stdout)).toMatchObject({ tasks: { SPOOLED: 10 } })
    for (const [from, path] of [
      ['b.tar', 'one'],
      ['b', 'two'],
    ] as const) {
      expect(await run('restore', from, '--path', path)).toMatchObject({
        code: 0,
        out: expect.stringMatching(/: 10 tasks, as they were \S+ ago\n$/),
      })
      expect((await contentsOf(join(place, path))).filter(([key]) => key.startsWith('z!')).length).toBe(10)
    }
    expect((await contentsOf(join(place, 'piped'))).filter(([key]) => key.startsWith('z!')).length).toBe(10)
  })

  test('without a target is a tar of the hour; one that is there is not overwritten', async () => {
    const b = await some()
    const run = (...args: string[]) => holdfast(args, { cwd: place, env: { HOLDFAST_SOCKET: b.socket } })
    expect((await run('backup')).code).toBe(0)
    const [name] = await readdir(place)
    expect(name).toMatch(/^holdfast-20[\dTZ-]+\.tar$/)
    expect(await run('backup', name as string)).toMatchObject({ code: 1, err: expect.stringContaining('ERR_EXISTS') })
  })

  test('reads the store itself when no daemon has it', async () => {
    const b = await some()
    await b.stop()
    const path = join(b.directory, 'store')
    expect(await holdfast(['backup', 'b.tar', '--path', path], { cwd: place })).toMatchObject({ code: 0 })
    await writeFile(join(place, 'holdfast.config.json'), JSON.stringify({ path }))
    expect(await holdfast(['backup', 'c.tar'], { cwd: place })).toMatchObject({
      code: 0,
      err: expect.stringContaining('no daemon answers'),
    })
    expect(await holdfast(['backup', 'd.tar', '--path', 'nowhere'], { cwd: place })).toMatchObject({
      code: 1,
      err: expect.stringContaining('ERR_NOT_FOUND'),
    })
    expect(await holdfast(['backup', 'd.tar', '--socket', b.socket], { cwd: place })).toMatchObject({ code: 3 })
    expect((await readdir(place)).sort()).toEqual(['b.tar', 'c.tar', 'holdfast.config.json'])
  })
})

describe('restore', () => {
  test('takes the place of a store only by force, never of one in use, and says where that is', async () => {
    const b = await some()
    const path = join(b.directory, 'store')
    const run = (...args: string[]) => holdfast(args, { cwd: place, env: { HOLDFAST_SOCKET: b.socket } })
    await run('backup', 'b.tar')
    const used = await run('restore', 'b.tar', '--path', path, '--force')
    expect(used).toMatchObject({ code: 1, err: expect.stringContaining('ERR_STORE_LOCKED') })
    await b.stop()
    expect(await run('restore', 'b.tar', '--path', path)).toMatchObject({
      code: 1,
      err: expect.stringContaining('ERR_EXISTS'),
    })
    const done = await run('restore', 'b.tar', '--path', path, '--force')
    expect(done.out).toContain(`the store before is kept: ${join(path, 'replaced-1')}`)
    await b.start()
    expect((await b.get('/v1/tasks')).json.items.length).toBe(10)
  })

  test('of what is no backup says so; without a place it is wrong usage', async () => {
    await mkdir(join(place, 'empty'))
    const run = (...args: string[]) => holdfast(args, { cwd: place })
    for (const from of ['empty', 'nowhere'])
      expect(await run('restore', from, '--path', 's')).toMatchObject({
        code: 1,
        err: expect.stringContaining('ERR_BACKUP_DAMAGED'),
      })
    expect(await run('restore', 'empty')).toMatchObject({ code: 2, err: expect.stringContaining('--path') })
    expect(await readdir(place)).toEqual(['empty'])
  })
})

describe('repair', () => {
  test('of a sound store says so; of a damaged one what was wrong, what was done, and where it was kept', async () => {
    const path = join(place, 'store')
    await makeRich(path, 20)
    const run = (...args: string[]) => holdfast(['repair', '--path', path, ...args], { cwd: place })
    expect(await run()).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^\S+: sound, [\d,]+ tasks; nothing was changed\n$/),
    })
    const db = join(path, 'db')
    const tables = (await readdir(db)).filter((name) => name.endsWith('.ldb'))
    const sizes = await Promise.all(tables.map(async (name) => (await stat(join(db, name))).size))
    const table = join(db, tables[sizes.indexOf(Math.max(...sizes))] as string)
    const bytes = await readFile(table)
    bytes[Math.floor(bytes.length * 0.4)]! ^= 0x10
    await writeFile(table, bytes)
    const { code, out } = await run()
    expect(code).toBe(0)
    expect(out).toMatch(/^\S+: repaired, [\d,]+ tasks\ndamaged: \d+\.ldb has 1 damaged blocks\n/)
    expect(out).toMatch(/\nthe store before is kept: \S+\/damaged-1\n$/)
    expect(JSON.parse((await run('--json')).out)).toMatchObject({ changed: false, damage: [], rebuilt: {} })
  })
})
