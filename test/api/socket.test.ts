/** The unix socket: who may reach it, what it replaces, and what it leaves alone. */
import { execFileSync } from 'node:child_process'
import { existsSync, watch } from 'node:fs'
import { chmod, lstat, mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { type ApiOptions, createRuntime } from '../../src/index.js'
import { refusal, silent } from '../runtime/lab.js'
import { ask, type Board, board } from './board.js'

const rights = async (path: string) => ((await stat(path)).mode & 0o7777).toString(8)

async function home(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'holdfast-socket-'))
  onTestFinished(() => rm(path, { recursive: true, force: true, maxRetries: 3 }))
  return path
}

/** A runtime in this process with an API. */
async function started(directory: string, api: ApiOptions) {
  const runtime = createRuntime({ path: join(directory, 'store'), tasks: [], log: silent, api })
  onTestFinished(() => runtime.stop())
  await runtime.start()
  return runtime
}

const refused = (directory: string, api: ApiOptions) => refusal(started(directory, api))

test('it is for its user alone, in a directory of its own, and goes with the daemon', async () => {
  const b = await board()
  expect([await rights(dirname(b.socket)), await rights(b.socket)]).toEqual(['700', '600'])
  expect(await readdir(dirname(b.socket))).toEqual(['holdfast.sock'])
  await b.stop()
  expect(await readdir(dirname(b.socket))).toEqual([])
})

test('a page of elsewhere that finds it forwarded to a port may nothing', async () => {
  const b = await board()
  const host = 'localhost:8080'
  const from = async (headers: Record<string, string>) =>
    (await b.call('POST', '/v1/routes/default/pause', { headers: { host, ...headers } })).status
  expect(await from({ origin: 'https://evil.example' })).toBe(403)
  expect(await from({ 'sec-fetch-site': 'cross-site' })).toBe(403)
  expect(await from({ origin: 'null' })).toBe(403)
  expect(await from({ origin: 'http://localhost:8080', 'sec-fetch-site': 'same-origin' })).toBe(204)
  // Behind a proxy that speaks TLS for it.
  expect(await from({ origin: 'https://localhost:8080' })).toBe(204)
})

test('at no moment it is there with wider rights than it is given', async () => {
  const directory = await home()
  const socket = join(directory, 'run', 's')
  await mkdir(dirname(socket), { mode: 0o755 })
  const seen: string[] = []
  const watcher = watch(dirname(socket), (_, name) => {
    if (name === 's' && existsSync(socket))
      seen.push(execFileSync('stat', ['-c', '%a', socket], { encoding: 'utf8' }).trim())
  })
  onTestFinished(() => watcher.close())
  const mask = process.umask(0)
  onTestFinished(() => void process.umask(mask))
  await started(directory, { socket, mode: '0640', group: process.getgid?.() ?? 0 })
  expect(await rights(socket)).toBe('640')
  expect(seen.filter((mode) => mode !== '640')).toEqual([])
})

test('nothing is made outside of its directory: that around it may be another disk, or forbidden', async () => {
  const directory = await home()
  await mkdir(join(directory, 'run'), { mode: 0o700 })
  const seen = new Set<string>()
  const last = new Promise<void>((resolve) => {
    const watcher = watch(directory, (_, name) => {
      if (name === 'last') resolve()
      else seen.add(String(name))
    })
    onTestFinished(() => watcher.close())
  })
  await started(join(directory, 'store'), { socket: join(directory, 'run/s') })
  await writeFile(join(directory, 'last'), '')
  await last
  expect([...seen].filter((name) => name !== 'run')).toEqual(['store'])
})

test('a group may use it when it is told so', async () => {
  const directory = await home()
  const socket = join(directory, 'run', 's')
  await started(directory, { socket, group: 'root' })
  expect([await rights(dirname(socket)), await rights(socket)]).toEqual(['710', '660'])
})

test('one that a kill left behind is replaced', async () => {
  const b = await board()
  await b.life.kill('SIGKILL')
  expect((await lstat(b.socket)).isSocket()).toBe(true)
  await b.start()
  expect((await b.get('/healthz')).json).toEqual({ state: 'working' })
})

test('of two daemons on one path the second says so and ends; the first is not disturbed', async () => {
  const b: Board = await board()
  const directory = await home()
  const error = await refused(directory, { socket: b.socket })
  expect(error).toMatchObject({ code: 'ERR_SOCKET', message: `another daemon listens on ${b.socket}` })
  expect((await ask({ socketPath: b.socket, path: '/readyz' }, {})).status).toBe(200)
  // The one that could not start has given its store back.
  await started(directory, { socket: join(directory, 'own') })
})

describe('refused', () => {
  test('what is no socket stays as it is', async () => {
    const directory = await home()
    const socket = join(directory, 's')
    await writeFile(socket, 'precious')
    expect(await refused(directory, { socket })).toMatchObject({
      code: 'ERR_SOCKET',
      message: `${socket} is there and is no socket`,
    })
    expect((await stat(socket)).size).toBe(8)
  })

  test('a directory in which others could put their own', async () => {
    const directory = await home()
    await mkdir(join(directory, 'open'))
    await chmod(join(directory, 'open'), 0o777)
    const error = await refused(directory, { socket: join(directory, 'open', 's') })
    expect([error.code, error.hint]).toEqual(['ERR_SOCKET', `chmod go-w ${join(directory, 'open')}`])
  })

  test('a group that is not there, a directory that cannot be made, a port that is taken', async () => {
    const directory = await home()
    expect((await refused(directory, { socket: join(directory, 's'), group: 'nobody-knows' })).code).toBe('ERR_SOCKET')
    await writeFile(join(directory, 'file'), '')
    expect((await refused(directory, { socket: join(directory, 'file', 's') })).code).toBe('ERR_SOCKET')
    const other = createServer().listen(0, '127.0.0.1')
    onTestFinished(() => void other.close())
    await new Promise((resolve) => other.once('listening', resolve))
    const { port } = other.address() as { port: number }
    expect((await refused(directory, { tcp: { port } })).code).toBe('ERR_SOCKET')
  })

  test.for([
    [{}, /^api: /],
    [{ socket: 'relative/s' }, /^api\.socket: /],
    [{ socket: `/${'x'.repeat(107)}` }, /107 bytes/],
    [{ socket: '/s', mode: 'rw' }, /^api\.mode: /],
    [{ socket: '/s', mode: 0o1777 }, /^api\.mode: /],
    [{ socket: '/s', group: -1 }, /^api\.group: /],
    [{ socket: '/s', group: 'a:b' }, /^api\.group: /],
    [{ tcp: { port: 70_000 } }, /^api\.tcp\.port: /],
    [{ tcp: { port: 1, host: '0.0.0.0' } }, /^api\.tcp\.tls: .*loopback/],
    [{ tcp: { port: 1, tls: { cert: 'c' } } }, /^api\.tcp\.tls\.key: /],
    [{ tcp: { port: 1, host: 'a b' } }, /^api\.tcp\.host: /],
    [{ tcp: { port: 1, origins: '*' } }, /^api\.tcp\.origins: /],
    [{ socket: '/s', limits: { body: 0 } }, /^api\.limits\.body: /],
    [{ socket: '/s', limits: { depth: 1 } }, /^api\.limits: unknown/],
    [{ socket: '/s', mod: 1 }, /^api: unknown option 'mod'/],
    [{ tcp: { port: 1 }, mode: 0o600 }, /^api\.mode: .*socket/],
  ] as [object, RegExp][])('%j', async ([api, says]) => {
    expect(
      (await refusal(() => createRuntime({ path: '/nowhere', tasks: [], api: api as ApiOptions }))).message,
    ).toMatch(says)
  })
})
