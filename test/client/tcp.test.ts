/** Over TCP: TLS with a CA of one's own, tokens, and what is told of neither. */
import { execFileSync } from 'node:child_process'
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { type ClientOptions, createClient } from '../../src/client/index.js'
import { type Board, board, byHand, freePort } from '../api/board.js'
import { client, thrown } from './lab.js'

let b: Board
let place: string
let url: string
let ca: Buffer
const tokens: Record<string, string> = {}
beforeAll(async () => {
  place = await mkdtemp(join(tmpdir(), 'holdfast-client-'))
  const at = (name: string) => join(place, name)
  const openssl = (...args: string[]) => execFileSync('openssl', args, { stdio: 'pipe' })
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout']
  openssl('req', '-x509', ...key, at('ca.key'), '-out', at('ca.pem'), '-subj', '/CN=our own', '-days', '2')
  openssl('req', ...key, at('key.pem'), '-out', at('csr.pem'), '-subj', '/CN=board')
  await writeFile(at('names'), 'subjectAltName=DNS:localhost,IP:127.0.0.1')
  openssl(
    ...['x509', '-req', '-in', at('csr.pem'), '-CA', at('ca.pem'), '-CAkey', at('ca.key'), '-CAcreateserial'],
    ...['-out', at('cert.pem'), '-days', '2', '-extfile', at('names')],
  )
  ca = await readFile(at('ca.pem'))
  const port = await freePort()
  url = `https://localhost:${port}`
  b = await board({ tcp: { port, tls: { cert: at('cert.pem'), key: at('key.pem') } } }, { end: byHand })
  const near = createClient({ socket: b.socket })
  for (const scope of ['read', 'write', 'admin'] as const) {
    tokens[scope] = (await near.tokens.create({ name: `of-${scope}`, scope })).token
  }
  near.close()
})
afterAll(async () => {
  await b.end()
  await rm(place, { recursive: true, force: true })
})

const far = (scope: string, more: object = {}) =>
  client({ url, ca, token: tokens[scope] ?? '', ...more } as ClientOptions)

describe('TLS', () => {
  test('everything goes over it, and a kill of the daemon is outlived', async () => {
    const c = far('write', { retry: '30s' })
    const door = await c.enqueue('door')
    const watched = c.watch({ task: door.id, type: 'task' })
    expect((await watched.next()).value).toEqual({ type: 'open', again: false })
    const end = door.finished()
    await c.send(door.id, { type: 'ring' })
    await b.life.kill('SIGKILL')
    await b.start()
    await c.send(door.id, { type: 'close' })
    expect(await end).toBe(1)
    expect((await watched.next()).value).toEqual({ type: 'open', again: true })
    expect(await c.remove({ state: 'FINISHED' })).toBe(1)
  })

  test('a certificate of nobody that is trusted, or for another name, is refused at once, and nothing was sent', async () => {
    const stranger = await thrown(client({ url, token: tokens.write ?? '', retry: '1h' }).enqueue('echo'))
    expect([stranger.code, stranger.hint]).toEqual(['ERR_NO_DAEMON', expect.stringMatching(/`ca`/)])
    let asked = 0
    const [cert, key] = await Promise.all(['cert.pem', 'key.pem'].map((name) => readFile(join(place, name))))
    const server = createServer({ cert, key }, () => void asked++).listen(0, '127.0.0.2')
    await new Promise((resolve) => server.once('listening', resolve))
    onTestFinished(() => void server.close())
    const { port } = server.address() as AddressInfo
    const wrong = client({ url: `https://127.0.0.2:${port}`, ca, token: 'secret', retry: '1h' })
    expect((await thrown(wrong.state())).code).toBe('ERR_NO_DAEMON')
    expect(asked).toBe(0)
  })

  test('http: where https: is spoken, and the other way round', async () => {
    const plain = client({ url: url.replace('https', 'http'), retry: 0 })
    expect((await thrown(plain.state())).code).toMatch(/^ERR_(NO|BAD)_ANSWER$/)
    const port = await freePort()
    const other = await board({ tcp: { port } })
    expect(await client({ url: `http://127.0.0.1:${port}` }).state()).toBe('working')
    const error = await thrown(client({ url: `https://127.0.0.1:${port}`, retry: '1h' }).state())
    expect([error.code, error.hint]).toEqual(['ERR_NO_DAEMON', expect.stringMatching(/does not speak TLS/)])
    await other.stop()
  })
})

describe('tokens', () => {
  test.for([
    ['read', 'ERR_FORBIDDEN'],
    ['', 'ERR_UNAUTHORIZED'],
  ] as const)("what the scope '%s' does not allow is told, and what it does is done", async ([scope, code]) => {
    const c = scope === '' ? client({ url, ca }) : far(scope)
    expect((await thrown(c.enqueue('echo'))).code).toBe(code)
    expect((await thrown(c.tokens.list())).code).toBe(code)
    if (scope === 'read') expect(await c.count({ kind: 'nobody' })).toBe(0)
    expect(await c.state()).toBe('working')
  })

  test('a token is made, used and revoked from afar', async () => {
    const admin = far('admin')
    const { id, token } = await admin.tokens.create({ name: 'short', scope: 'read' })
    const short = client({ url, ca, token })
    expect((await short.find()).items).toEqual(expect.any(Array))
    expect((await short.metrics()).length).toBeGreaterThan(100)
    await admin.tokens.revoke(id)
    expect((await thrown(short.find())).code).toBe('ERR_UNAUTHORIZED')
  })

  test('no error and no inspection tells the token', async () => {
    const token = `hf_${'0'.repeat(12)}_${'A'.repeat(43)}`
    const c = client({ url, ca, token, retry: 0 })
    const away = client({ url: 'https://127.0.0.1:1', token, retry: 0 })
    const seen: unknown[] = [c, { ...c }]
    for (const call of [
      () => c.count(),
      () => c.watch().next(),
      () => c.handle('a').finished(),
      () => away.enqueue('echo', 1),
      () => away.watch().next(),
    ])
      seen.push(await thrown(call()))
    for (const options of [
      { token: `${token}\n`, url },
      { token, url: 'http://board.example' },
      { token, socket: '/s' },
    ]) {
      try {
        client(options as ClientOptions)
      } catch (error) {
        seen.push(error)
      }
    }
    expect(seen.length).toBe(10)
    for (const each of seen) {
      const text =
        inspect(each, { depth: 20, showHidden: true, getters: true }) + JSON.stringify(each) + (each as Error).stack
      expect(text).not.toContain(token.slice(20))
    }
  })
})

test('a socket that its user may not open is told at once', async () => {
  const closed = await board()
  const program = `
    import { createClient } from ${JSON.stringify(new URL('../../dist/src/client/index.js', import.meta.url).href)}
    // Root may open every socket; nobody may not even see it. Where this lies nobody may read, perhaps: it is read before.
    if (process.getuid() === 0) process.setuid(65_534)
    const client = createClient({ socket: ${JSON.stringify(closed.socket)}, retry: '1h' })
    await client.state().catch(({ code, hint }) => console.log(code, hint))`
  await chmod(closed.socket, 0)
  const said = execFileSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' })
  expect(said).toMatch(/^ERR_NO_DAEMON .*in its group/)
})

describe('options', () => {
  test.for([
    [{}, 'ERR_INVALID_OPTION', /a `socket`, or a `url`/],
    [{ socket: '/s', url: 'http://localhost' }, 'ERR_INVALID_OPTION', /a `socket`, or a `url`/],
    [{ socket: '' }, 'ERR_INVALID_OPTION', /socket/],
    [{ socket: 5 }, 'ERR_INVALID_OPTION', /socket/],
    [{ socket: '/s', ca: 'x' }, 'ERR_INVALID_OPTION', /no `token` and no `ca`/],
    [{ url: 'board.example' }, 'ERR_INVALID_OPTION', /https:/],
    [{ url: 'ftp://board.example' }, 'ERR_INVALID_OPTION', /https:/],
    [{ url: 'https://me:secret@board.example' }, 'ERR_INVALID_OPTION', /nothing but its origin/],
    [{ url: 'https://board.example/api' }, 'ERR_INVALID_OPTION', /nothing but its origin/],
    [{ url: 'http://board.example', token: 'abc' }, 'ERR_INVALID_OPTION', /https: for a token/],
    [{ url: 'http://127.0.0.1.example', token: 'abc' }, 'ERR_INVALID_OPTION', /https: for a token/],
    [{ url: 'https://board.example', token: 'a b' }, 'ERR_INVALID_OPTION', /tokens\.create/],
    [{ url: 'https://board.example', ca: 5 }, 'ERR_INVALID_OPTION', /`ca`/],
    [{ url: 'https://board.example', ca: '/etc/ca.pem' }, 'ERR_INVALID_OPTION', /not the names of their files/],
    [{ socket: '/s', retry: 'soon' }, 'ERR_INVALID_DURATION', /retry/],
    [{ socket: '/s', timeout: -1 }, 'ERR_INVALID_DURATION', /timeout/],
    [{ socket: '/s', connections: 0 }, 'ERR_INVALID_OPTION', /connections/],
    [{ socket: '/s', answerLimit: 'big' }, 'ERR_INVALID_OPTION', /answerLimit/],
    [{ socket: '/s', reties: 1 }, 'ERR_INVALID_OPTION', /reties/],
  ] as const)('%#: %o is refused', ([options, code, message]) => {
    let error: unknown
    try {
      client(options as unknown as ClientOptions)
    } catch (refused) {
      error = refused
    }
    expect(error).toMatchObject({ code, message: expect.stringMatching(message) })
    expect(String(error)).not.toContain('secret')
  })

  test('http: with a token is for loopback, by each of its names', () => {
    for (const host of ['localhost', '127.0.0.1', '127.1.2.3', '[::1]'])
      expect(inspect(client({ url: `http://${host}:1`, token: 'abc' }))).toBe(`Client { http://${host}:1 }`)
  })
})
