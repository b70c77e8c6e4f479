/** The store, taken home over HTTP. */
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { type IncomingMessage, request } from 'node:http'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { restore } from '../../src/index.js'
import { refusal, temporaryDirectory } from '../runtime/lab.js'
import { contentsOf } from '../support/backups.js'
import { lookThrough } from '../support/consistency.js'
import { type Board, board } from './board.js'

const run = promisify(execFile)

/** Tasks that do not pack: some megabytes of them. */
async function bulky(b: Board, megabytes: number): Promise<void> {
  for (let n = 0; n < megabytes * 5; n++) {
    const input = Array.from({ length: 11_000 }, (_, i) => Math.sin(n * 1e6 + i))
    expect((await b.post('/v1/tasks', { kind: 'echo', input, in: '1h' })).status).toBe(201)
  }
}

/** An answer that is begun, and not taken. */
async function begun(b: Board): Promise<IncomingMessage> {
  const asked = request({ socketPath: b.socket, path: '/v1/backup' }).end()
  const [response] = (await once(asked, 'response')) as [IncomingMessage]
  return response
}

test('curl has the whole store in one file, made while tasks are made, and a restore puts it back', async () => {
  const b = await board()
  const place = await temporaryDirectory()
  const file = join(place, 'b.tar')
  for (let n = 0; n < 20; n++) await b.post('/v1/tasks', { kind: 'echo', input: n, group: 'g', in: n % 2 ? '1h' : 0 })
  const load = Promise.all(Array.from({ length: 20 }, (_, n) => b.done('say', n)))
  const headers = await b.curl('-D', '-', '-o', file, 'http://board/v1/backup')
  await load
  expect(headers).toMatch(/^HTTP\/1\.1 200 OK\r\n/)
  expect(headers).toMatch(/content-type: application\/x-tar\r\n/)
  expect(headers).toMatch(/content-disposition: attachment; filename="holdfast-20[\dTZ-]+\.tar"\r\n/)
  expect((await run('tar', ['tf', file])).stdout).toBe('holdfast-backup.json\nentries-000001.ndjson.gz\nsummary.json\n')
  const { tasks } = await restore({ from: file, path: join(place, 'store') })
  expect(tasks.SPOOLED).toBe(10)
  expect(lookThrough(await contentsOf(join(place, 'store'))).complaints).toEqual([])
})

test('what tar unpacks is the same backup as a directory', async () => {
  const b = await board()
  const place = await temporaryDirectory()
  await b.done('echo', 1)
  await b.curl('-o', join(place, 'b.tar'), 'http://board/v1/backup')
  await run('tar', ['xf', 'b.tar', '--one-top-level=b'], { cwd: place })
  await restore({ from: join(place, 'b'), path: join(place, 'one') })
  await restore({ from: join(place, 'b.tar'), path: join(place, 'two') })
  expect(await contentsOf(join(place, 'one'))).toEqual(await contentsOf(join(place, 'two')))
})

test('one at a time; the next may begin when the reader of the first is gone', async () => {
  const b = await board()
  await bulky(b, 24)
  const first = await begun(b)
  const { status, json } = await b.get('/v1/backup')
  expect([status, json.code]).toEqual([409, 'ERR_BACKUP_RUNNING'])
  first.destroy()
  // The daemon hears of that when it writes next.
  for (let answered = 409; answered !== 200; ) answered = (await b.get('/v1/backup')).status
})

test('a daemon that is stopped cuts it short: curl says so, and what came is no backup', async () => {
  const b = await board()
  const place = await temporaryDirectory()
  const file = join(place, 'b.tar')
  await bulky(b, 24)
  const slow = run('curl', [
    '-sS',
    '--unix-socket',
    b.socket,
    '--limit-rate',
    '1M',
    '-o',
    file,
    'http://board/v1/backup',
  ])
  const failed = slow.then(
    () => 0,
    ({ code }: { code: number }) => code,
  )
  // It has begun when its file is there.
  while ((await readFile(file).catch(() => '')).length === 0) await new Promise((resolve) => setImmediate(resolve))
  await b.stop()
  expect(await failed).toBe(18)
  expect((await refusal(restore({ from: file, path: join(place, 'store') }))).code).toBe('ERR_BACKUP_DAMAGED')
})
