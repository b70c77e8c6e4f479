/** TCP: tokens and their scopes, TLS, and what a browser is kept from. */
import { execFileSync } from 'node:child_process'
import { EventEmitter, once } from 'node:events'
import { rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { connect as connectTls } from 'node:tls'
import { ClassicLevel } from 'classic-level'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { createRuntime } from '../../src/index.js'
import { silent, temporaryDirectory } from '../runtime/lab.js'
import { type Ask, ask, type Board, board, byHand, freePort } from './board.js'

let b: Board
let port: number
const tokens: Record<string, string> = {}
beforeAll(async () => {
  port = await freePort()
  b = await board({ tcp: { port, origins: ['https://board.example'] } }, { end: byHand })
  for (const scope of ['read', 'write', 'admin']) {
    tokens[scope] = (await b.post('/v1/tokens', { name: `of-${scope}`, scope })).json.token
  }
})
afterAll(() => b.end())

const far = (method: string, path: string, token?: string, given: Ask = {}) =>
  ask(
    { host: '127.0.0.1', port, method, path },
    { ...given, headers: { ...(token ? { authorization: `Bearer ${token}` } : {}), ...given.headers } },
  )

describe('tokens', () => {
  test('none, a wrong one, or another scheme is 401; only the health is told to everybody', async () => {
    const wrong = `${tokens.admin?.slice(0, -1)}${tokens.admin?.endsWith('A') ? 'B' : 'A'}`
    for (const token of [undefined, 'x', wrong, `hf_${'0'.repeat(12)}_${'A'.repeat(43)}`]) {
      const answer = await far('GET', '/v1/tasks', token)
      expect([answer.status, answer.json.code, answer.headers['www-authenticate']]).toEqual([
        401,
        'ERR_UNAUTHORIZED',
        'Bearer',
      ])
      expect((await far('GET', '/nowhere', token)).status).toBe(401)
    }
    const basic = { authorization: `Basic ${Buffer.from(`a:${tokens.admin}`).toString('base64')}` }
    expect((await far('GET', '/metrics', undefined, { headers: basic })).status).toBe(401)
    for (const path of ['/healthz', '/readyz']) expect((await far('GET', path)).status).toBe(200)
  })

  test.for([
    ['read', 'GET', '/v1/tasks', undefined, 200],
    ['read', 'GET', '/metrics', undefined, 200],
    ['read', 'POST', '/v1/tasks', { kind: 'echo' }, 403],
    ['read', 'GET', '/v1/tokens', undefined, 403],
    ['write', 'POST', '/v1/tasks', { kind: 'echo' }, 201],
    ['write', 'POST', '/v1/leases', { worker: 'w', kinds: ['far'] }, 200],
    ['write', 'POST', '/v1/tokens', { name: 'own', scope: 'admin' }, 403],
    ['admin', 'GET', '/v1/tokens', undefined, 200],
    ['write', 'GET', '/v1/backup', undefined, 403],
    ['admin', 'GET', '/v1/backup', undefined, 200],
    ['admin', 'POST', '/v1/tokens', { name: 'other', scope: 'all' }, 400],
  ] as const)('%s: %s %s', async ([scope, method, path, body, status]) => {
    const answer = await far(method, path, tokens[scope], body === undefined ? {} : { body })
    expect(answer.status).toBe(status)
    if (status === 403) expect(answer.json.code).toBe('ERR_FORBIDDEN')
  })

  test('where an error was thrown is told to who may do everything, of one task', async () => {
    const { id } = await b.done('fail')
    const stackOf = async (scope: string) => (await far('GET', `/v1/tasks/${id}`, tokens[scope])).json.error
    expect(await stackOf('admin')).toMatchObject({ message: 'no luck', stack: expect.stringMatching(/board\.config/) })
    for (const scope of ['read', 'write']) expect(await stackOf(scope)).toEqual({ name: 'Error', message: 'no luck' })
    expect((await b.get(`/v1/tasks/${id}`)).json.error).toHaveProperty('stack')
    const others = ['/v1/tasks?kind=fail', '/v1/manifest', `/v1/tasks/${id}/log`]
    for (const path of others) expect((await far('GET', path, tokens.admin)).text).not.toContain('stack')
  })

  test('a revoked one is refused at once, and what is listed is no secret', async () => {
    const made = (await far('POST', '/v1/tokens', tokens.admin, { body: { name: 'short', scope: 'read' } })).json
    expect((await far('GET', '/v1/tasks', made.token)).status).toBe(200)
    const { text } = await far('GET', '/v1/tokens', tokens.admin)
    expect(text).toContain(made.id)
    for (const token of [made.token, ...Object.values(tokens)]) expect(text).not.toContain(token.slice(16))
    expect((await far('DELETE', `/v1/tokens/${made.id}`, tokens.admin)).status).toBe(204)
    expect((await far('GET', '/v1/tasks', made.token)).status).toBe(401)
    expect((await far('DELETE', `/v1/tokens/${made.id}`, tokens.admin)).json.code).toBe('ERR_NOT_FOUND')
  })

  test('only hashes are on disk, and they are known after a restart', async () => {
    const path = join(await temporaryDirectory(), 'store')
    const made = createRuntime({ path, tasks: [], log: silent })
    await made.start()
    const { token, id } = await made.tokens.create({ name: 'kept', scope: 'write' })
    await expect(made.tokens.create({ name: '', scope: 'read' })).rejects.toMatchObject({ code: 'ERR_INVALID_ID' })
    await made.stop()
    const level = new ClassicLevel(join(path, 'db'))
    const all = JSON.stringify(await level.iterator().all())
    await level.close()
    expect(all).toContain(id)
    expect(all).not.toContain(token.slice(16))
    const again = createRuntime({ path, tasks: [], log: silent })
    onTestFinished(() => again.stop())
    await again.start()
    expect(await again.tokens.verify(token)).toMatchObject({ id, name: 'kept', scope: 'write' })
  })
})

describe('browsers', () => {
  test('a name that is not this host is refused: a page cannot rebind its own to it', async () => {
    for (const host of ['evil.example', 'evil.example:80', '127.0.0.1.evil.example']) {
      expect((await far('GET', '/healthz', undefined, { headers: { host } })).status).toBe(403)
    }
    for (const host of [`localhost:${port}`, 'LOCALHOST', '127.0.0.1'])
      expect((await far('GET', '/healthz', undefined, { headers: { host } })).status).toBe(200)
  })

  test('pages of other origins are refused, of a named one answered', async () => {
    const other = await far('GET', '/v1/tasks', tokens.read, { headers: { origin: 'https://evil.example' } })
    expect([other.status, other.headers['access-control-allow-origin']]).toEqual([403, undefined])
    const headers = { origin: 'https://board.example', 'access-control-request-method': 'POST' }
    const asked = await far('OPTIONS', '/v1/tasks', undefined, { headers })
    expect([asked.status, asked.headers['access-control-allow-headers']]).toEqual([
      204,
      expect.stringContaining('authorization'),
    ])
    const own = await far('GET', '/v1/tasks', tokens.read, { headers: { origin: 'https://board.example' } })
    expect([own.status, own.headers['access-control-allow-origin']]).toEqual([200, 'https://board.example'])
  })
})

test('too many requests of one token are 429, over however many connections', async () => {
  const other = await freePort()
  const own = await board({ tcp: { port: other }, limits: { rate: 1 } })
  const { token } = (await own.post('/v1/tokens', { name: 'hasty', scope: 'read' })).json
  const headers = { authorization: `Bearer ${token}` }
  const statuses = []
  for (let i = 0; i < 12; i++)
    statuses.push((await ask({ host: '127.0.0.1', port: other, path: '/v1/tasks' }, { headers })).status)
  expect(statuses.slice(0, 10)).toEqual(Array(10).fill(200))
  expect(statuses.at(-1)).toBe(429)
})

/** A certificate of a name, and its key. */
async function certificate(directory: string, name: string) {
  const [cert, key] = [join(directory, `${name}.pem`), join(directory, `${name}.key`)]
  const subject = ['-subj', `/CN=${name}`, '-addext', `subjectAltName=DNS:${name}`]
  const kind = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2']
  execFileSync('openssl', ['req', ...kind, ...subject, '-keyout', key, '-out', cert], { stdio: 'pipe' })
  return { cert, key }
}

/** The name on the certificate that is shown. */
function shownName(at: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connectTls({ host: '127.0.0.1', port: at, rejectUnauthorized: false }, () => {
      resolve(String(socket.getPeerCertificate().subject.CN))
      socket.destroy()
    })
    socket.on('error', reject)
  })
}

test('TLS: the certificate is read again when it changes, and one that does not fit is passed over', async () => {
  const directory = await temporaryDirectory()
  const [first, second] = [await certificate(directory, 'first'), await certificate(directory, 'second')]
  const at = await freePort()
  const lines: string[] = []
  const told = new EventEmitter()
  const line = (message: string) => {
    lines.push(message)
    told.emit('line')
  }
  const log = { ...silent, info: line, warn: line }
  const said = async (text: string) => {
    while (!lines.includes(text)) await once(told, 'line')
  }
  const tls = { cert: join(directory, 'cert'), key: join(directory, 'key') }
  await rename(first.cert, tls.cert)
  await rename(first.key, tls.key)
  const runtime = createRuntime({ path: join(directory, 'store'), tasks: [], log, api: { tcp: { port: at, tls } } })
  onTestFinished(() => runtime.stop())
  await runtime.start()
  expect(await shownName(at)).toBe('first')
  await rename(second.cert, tls.cert)
  await said('the changed certificate cannot be used, the one before stays')
  expect(await shownName(at)).toBe('first')
  await rename(second.key, tls.key)
  await said('the certificate was read again')
  expect(await shownName(at)).toBe('second')
  const plain = ask({ host: '127.0.0.1', port: at, path: '/healthz' }, {})
  await expect(plain).rejects.toThrow()
})

test('a certificate that is none keeps the daemon from starting', async () => {
  const directory = await temporaryDirectory()
  const tls = { cert: join(directory, 'cert'), key: join(directory, 'key') }
  await writeFile(tls.cert, 'no')
  await writeFile(tls.key, 'no')
  const runtime = createRuntime({
    path: join(directory, 'store'),
    tasks: [],
    log: silent,
    api: { tcp: { port: 0, tls } },
  })
  await expect(runtime.start()).rejects.toMatchObject({ code: 'ERR_SOCKET', hint: expect.stringContaining('PEM') })
})
