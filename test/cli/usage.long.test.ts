/** Which daemon is meant, and what is said when there is none. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { board, freePort } from '../api/board.js'
import { daemon } from '../e2e/daemon.js'
import { holdfast } from './typed.js'

let place: string
beforeAll(async () => {
  place = await mkdtemp(join(tmpdir(), 'holdfast-usage-'))
})
afterAll(() => rm(place, { recursive: true, force: true }))

describe('the daemon', () => {
  test('is the one of the config here, on the socket that nobody named', async () => {
    const cwd = join(place, 'here')
    await mkdir(cwd)
    await writeFile(join(cwd, 'holdfast.config.json'), '{ "path": "store" }')
    const running = daemon(['start'], { cwd })
    await running.printed('holdfast is ready')
    expect(await holdfast(['ls', '--count'], { cwd })).toEqual({ code: 0, out: '0\n', err: '' })
    expect(await holdfast(['routes', '-c', 'here/holdfast.config.json'], { cwd: place })).toMatchObject({ code: 0 })
    await running.kill('SIGTERM')
    expect(await holdfast(['ls'], { cwd })).toMatchObject({
      code: 3,
      out: '',
      err: expect.stringMatching(/^error ERR_NO_DAEMON: .*holdfast\.sock.*\nhint: .+\n/),
    })
  })

  test('a config with api: false has no socket', async () => {
    const cwd = join(place, 'deaf')
    await mkdir(cwd)
    await writeFile(join(cwd, 'holdfast.config.json'), '{ "path": "store", "api": false }')
    const running = daemon(['start'], { cwd })
    await running.printed('holdfast is ready')
    expect(await holdfast(['ls'], { cwd })).toMatchObject({ code: 3, err: expect.stringContaining('ERR_NO_DAEMON') })
    await running.kill('SIGTERM')
  })

  test('is named by an option before the environment, and by that before the config', async () => {
    const b = await board()
    const cwd = join(place, 'named')
    await mkdir(cwd)
    await writeFile(join(cwd, 'holdfast.config.json'), '{ "path": "store" }')
    const wrong = { HOLDFAST_SOCKET: join(place, 'nobody.sock') }
    expect(await holdfast(['kinds', '--socket', b.socket], { cwd, env: wrong })).toMatchObject({ code: 0 })
    expect(await holdfast(['kinds'], { cwd, env: { HOLDFAST_SOCKET: b.socket } })).toMatchObject({ code: 0 })
    expect(await holdfast(['kinds'], { cwd, env: wrong })).toMatchObject({ code: 3 })
  })

  test('over TCP the token comes from the environment, and is never said', async () => {
    const port = await freePort()
    const b = await board({ tcp: { port } })
    const env = { HOLDFAST_SOCKET: b.socket }
    const { out } = await holdfast(['tokens', 'create', 'desk', '--scope', 'read', '--json'], { env })
    const { token, id } = JSON.parse(out)
    const url = ['--url', `http://127.0.0.1:${port}`]
    expect(await holdfast(['ls', ...url], { env: { HOLDFAST_TOKEN: token } })).toMatchObject({ code: 0 })
    const refused = await holdfast(['enqueue', 'echo', ...url], { env: { HOLDFAST_TOKEN: token } })
    expect(refused).toMatchObject({ code: 1, err: expect.stringContaining('ERR_FORBIDDEN') })
    expect(refused.err).not.toContain(token)
    await holdfast(['tokens', 'revoke', id], { env })
    expect(await holdfast(['ls', ...url], { env: { HOLDFAST_TOKEN: token } })).toMatchObject({
      code: 1,
      err: expect.stringContaining('ERR_UNAUTHORIZED'),
    })
  })
})

describe('usage', () => {
  test('a command that is misspelt is told what was meant', async () => {
    expect(await holdfast(['enqeue', 'echo'])).toMatchObject({ code: 2, err: expect.stringContaining('enqueue') })
  })

  test.each([
    [['ls', '--nonsense'], 'See `holdfast ls --help`.'],
    [['machines', 'show'], 'See `holdfast machines show --help`.'],
    [['send', 'id'], 'See `holdfast send --help`.'],
    [['enqueue', '--many', 'echo'], 'See `holdfast enqueue --help`.'],
    [['enqeue'], 'See `holdfast --help`.'],
    [['machines', 'check', 'poll.json'], '`holdfast machines lint FILE` checks a file.'],
    [['schedules', 'put', 'x', 'echo'], 'Give --cron, --every, --rrule or --at, with the points in time.'],
  ])('%j is told where to look', async (args, hint) => {
    const { code, out, err } = await holdfast(args, { cwd: place })
    expect([code, out, err.split('\n').slice(1)]).toEqual([2, '', [`hint: ${hint}`, '']])
  })

  test('a daemon is not started on a Node that is too old', async () => {
    const old = `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '18.20.4' } })`
    const env = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(old)}` }
    const { code, out, err } = await holdfast(['start'], { cwd: place, env })
    expect([code, out]).toEqual([1, ''])
    expect(err).toMatch(/^error ERR_NODE_TOO_OLD: this is Node 18\.20\.4, .+\nhint: Install Node .+\n$/)
  })

  test('a command has a help of its own', async () => {
    const help = await holdfast(['schedules', 'put', '--help'])
    expect(help).toMatchObject({ code: 0, out: expect.stringContaining('holdfast schedules put'), err: '' })
    expect(help.out).toContain('--cron <pattern>')
  })

  test('the shell is told the commands and their options', async () => {
    expect((await holdfast(['completion', 'bash'])).out).toContain('complete -F')
    expect((await holdfast(['complete', '--', ''])).out).toMatch(/^enqueue\t/m)
    expect((await holdfast(['complete', '--', 'routes', ''])).out).toMatch(/^pause\t/m)
    expect((await holdfast(['complete', '--', 'ls', '--'])).out).toMatch(/^--group\t/m)
  })
})
