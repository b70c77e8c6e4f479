/** Requests that are none, too big, too slow or too many; each is answered once and harms nobody. */
import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { problemOf, STATUS } from '../../src/api/problem.js'
import { CODES } from '../../src/index.js'
import { HoldfastError } from '../../src/model/errors.js'
import { type Board, board, byHand, rawConnection } from './board.js'

let b: Board
beforeAll(async () => {
  b = await board({ limits: { body: 10_000 }, idle: '300ms', upload: '300ms' }, { end: byHand })
})
afterAll(() => b.end())

const json = { 'content-type': 'application/json' }

describe('what is no request of ours', () => {
  test.for([
    ['GET', '/nowhere', {}, 404],
    ['PUT', '/v1/tasks', {}, 405],
    ['HEAD', '/v1/tasks', {}, 405],
    ['GET', '/v1/tasks/%E0%A4%A', {}, 400],
    ['GET', `/v1/tasks/${'x'.repeat(129)}`, {}, 400],
    ['GET', `/v1/tasks/${'x'.repeat(1000)}`, {}, 414],
    ['GET', `/v1/tasks?cursor=${'x'.repeat(9000)}`, {}, 414],
    ['POST', '/v1/tasks', { raw: '{', headers: json }, 400],
    ['POST', '/v1/tasks', { raw: '', headers: json }, 400],
    ['POST', '/v1/tasks', { raw: '[]', headers: json }, 400],
    ['POST', '/v1/tasks', { raw: 'null', headers: json }, 400],
    ['POST', '/v1/tasks', { raw: '{"kind":"echo","__proto__":{"x":1}}', headers: json }, 400],
    ['POST', '/v1/tasks', { raw: '{"kind":"echo"}', headers: { 'content-type': 'text/plain' } }, 415],
    ['POST', '/v1/tasks', { body: { kind: 'echo', input: 'x'.repeat(10_000) } }, 413],
    ['POST', '/v1/tasks', { body: { kind: 5 } }, 400],
    ['POST', '/v1/tasks', { body: { kind: 'nobody' } }, 422],
    ['POST', '/v1/tasks', { body: { kind: 'echo', priority: 11 } }, 400],
    ['POST', '/v1/tasks', { body: { kind: 'echo', runAt: 'tomorrow' } }, 400],
    ['POST', '/v1/tasks', { body: { kind: 'echo', in: 'a while' } }, 400],
    ['POST', '/v1/tasks', { body: { kind: 'echo', route: 'nowhere' } }, 400],
    ['POST', '/v1/tasks', { body: { kind: 'echo' }, headers: { 'idempotency-key': '' } }, 400],
    ['POST', '/v1/tasks', { body: { kind: 'echo' }, headers: { 'idempotency-key': 'k'.repeat(256) } }, 400],
    ['DELETE', '/v1/tasks/nobody', {}, 404],
    ['POST', '/v1/leases/none/success', { body: {} }, 409],
    ['GET', '/v1/events?after=-1', {}, 400],
  ] as const)('%#: %s is answered with its status', async ([method, path, given, status]) => {
    const answer = await b.call(method, path, given)
    expect(answer.status).toBe(status)
    if (method !== 'HEAD') {
      expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/)
      expect(answer.json).toMatchObject({ status, code: expect.stringMatching(/^ERR_/), hint: expect.any(String) })
      expect(answer.text).not.toMatch(/node_modules|\/dist\/|\.js:/)
    }
  })

  test('an input of 250 levels is told from a good one', async () => {
    const raw = `{"kind":"echo","input":${'['.repeat(250)}${']'.repeat(250)}}`
    expect((await b.call('POST', '/v1/tasks', { raw, headers: json })).json.code).toBe('ERR_NOT_JSON')
  })

  test.for([
    ['noise', 'garbage\r\n\r\n', '400'],
    ['a header too large', `GET /healthz HTTP/1.1\r\nhost: b\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`, '431'],
    ['two lengths', 'POST /v1/tasks HTTP/1.1\r\nhost: b\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n{}', '400'],
  ] as const)('%s is answered and hung up on', async ([, text, status]) => {
    const { connection, closed } = rawConnection(b.socket)
    connection.write(text)
    expect(await closed).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
  })
})

describe('who waits to be asked for a body', () => {
  const asking = (length: number) =>
    `POST /v1/tasks HTTP/1.1\r\nhost: b\r\nexpect: 100-continue\r\ncontent-type: application/json\r\ncontent-length: ${length}\r\n\r\n`

  test('is asked when it is wanted', async () => {
    const { connection, closed } = rawConnection(b.socket)
    const body = '{"kind":"nobody"}'
    connection.write(asking(body.length))
    const [asked] = await once(connection, 'data')
    expect(asked).toBe('HTTP/1.1 100 Continue\r\n\r\n')
    connection.write(body)
    expect((await once(connection, 'data'))[0]).toMatch(/^HTTP\/1.1 422 /)
    connection.end()
    await closed
  })

  test('is not asked when it is too long', async () => {
    const { connection, closed } = rawConnection(b.socket)
    connection.write(asking(10_001))
    expect(await closed).toMatch(/^HTTP\/1.1 413 [\s\S]*ERR_TOO_LARGE/)
  })
})

describe('slow clients', () => {
  test.for([
    ['says nothing', ''],
    ['does not get its headers over', 'GET /healthz HTTP/1.1\r\nhost: b\r\n'],
    [
      'does not get its body over',
      'POST /v1/tasks HTTP/1.1\r\nhost: b\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{',
    ],
  ] as const)('one that %s is hung up on', async ([, text]) => {
    const { connection, closed } = rawConnection(b.socket)
    if (text) connection.write(text)
    await closed
    expect((await b.get('/healthz')).status).toBe(200)
  })

  test('one that drips is hung up on all the same', async () => {
    const { connection, closed } = rawConnection(b.socket)
    const drip = setInterval(() => connection.writable && connection.write('x'), 20)
    connection.write('GET /')
    await closed
    clearInterval(drip)
  })

  test('one that waits, or listens, is not slow: it has sent what it had to', async () => {
    const listening = rawConnection(b.socket)
    listening.connection.write('GET /v1/events HTTP/1.1\r\nhost: b\r\n\r\n')
    await once(listening.connection, 'data')
    const { id } = (await b.post('/v1/tasks', { kind: 'far' })).json
    expect((await b.get(`/v1/tasks/${id}?wait=900ms`)).json.state).toBe('QUEUED')
    const leased = await b.post('/v1/leases', { worker: 'w', kinds: ['farther'], wait: '900ms' })
    expect(leased.json).toEqual({ items: [] })
    const told = once(listening.connection, 'data')
    await b.post(`/v1/tasks/${id}/cancel`, undefined)
    expect(String(await told)).toContain('TERMINATED')
    listening.connection.destroy()
  })

  test('one that dies in the middle of an upload leaves nothing behind', async () => {
    const { connection } = rawConnection(b.socket)
    await once(connection, 'connect')
    connection.write(
      'POST /v1/tasks HTTP/1.1\r\nhost: b\r\ncontent-type: application/json\r\ncontent-length: 15\r\n\r\n{"kind":"e',
    )
    connection.destroy()
    expect((await b.get('/v1/tasks?kind=echo&count=true')).json).toEqual({ count: 0 })
  })
})

test('too many requests of one connection are 429, with the time to wait', async () => {
  const own = await board({ limits: { rate: 1 } })
  const { connection, closed } = rawConnection(own.socket)
  connection.write('GET /healthz HTTP/1.1\r\nhost: b\r\n\r\n'.repeat(11))
  connection.end('GET /healthz HTTP/1.1\r\nhost: b\r\nconnection: close\r\n\r\n')
  const answers = (await closed).split(/(?=HTTP\/1\.1 \d)/)
  expect(answers.map((each) => each.slice(9, 12)).slice(0, 12)).toEqual([...Array(10).fill('200'), '429', '429'])
  expect(answers.at(-1)).toMatch(/retry-after: 1\r\n[\s\S]*ERR_RATE_LIMITED/)
  expect((await own.get('/healthz')).status).toBe(200)
})

test('more connections than the limit are closed at once', async () => {
  const own = await board({ limits: { connections: 2 } })
  const two = [rawConnection(own.socket), rawConnection(own.socket)]
  for (const { connection } of two) {
    connection.write('GET /healthz HTTP/1.1\r\nhost: b\r\n\r\n')
    await once(connection, 'data')
  }
  const third = rawConnection(own.socket)
  expect(await third.closed).toBe('')
  two[0]?.connection.destroy()
  await two[0]?.closed
})

describe('problems', () => {
  test('every code has its status', () => {
    expect(Object.keys(STATUS).sort()).toEqual(Object.keys(CODES).sort())
    for (const status of Object.values(STATUS)) expect(status).toBeGreaterThanOrEqual(400)
  })

  test('what is not ours is told as ERR_INTERNAL, and nothing of it', () => {
    const problem = problemOf(new Error('/etc/secret'))
    expect(problem).toMatchObject({ status: 500, code: 'ERR_INTERNAL' })
    expect(JSON.stringify(problem)).not.toContain('secret')
    const io = problemOf(new HoldfastError('ERR_STORE_IO', '/var/lib/board/store: EIO'))
    expect([io.status, JSON.stringify(io).includes('/var')]).toEqual([503, false])
  })
})
