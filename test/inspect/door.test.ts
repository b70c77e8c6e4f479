/** Who comes in, what he may, and what becomes of clients that are wrong, hasty or deaf. */
import { once } from 'node:events'
import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { setup } from 'xstate'
import { defineTask } from '../../src/index.js'
import { ask, type Board, board, byHand, freePort } from '../api/board.js'
import { facts } from '../runtime/lab.js'
import { type Came, lookedInto, looker, until } from './looker.js'

const echo = defineTask({ kind: 'echo', run: ({ input }) => input ?? null })
const machine = setup({}).createMachine({
  context: ({ input }) => (input ?? {}) as object,
  initial: 'shut',
  states: { shut: { on: { ring: {}, close: 'done' } }, done: { type: 'final' } },
})
const door = defineTask({ kind: 'door', machine })

describe('what is no message', () => {
  test.for([
    ['what is no JSON', 'no JSON', 'ERR_BAD_REQUEST'],
    ['a list', '[]', 'ERR_BAD_REQUEST'],
    ['nothing', 'null', 'ERR_BAD_REQUEST'],
    ['no type', '{}', 'ERR_BAD_REQUEST'],
    ['a type that is none', '{"type":"hello"}', 'ERR_BAD_REQUEST'],
    ['a member that is none', '{"type":"subscribe","what":1}', 'ERR_INVALID_OPTION'],
    ['a flag that is none', '{"type":"subscribe","all":1}', 'ERR_INVALID_OPTION'],
    ['kinds that are no texts', '{"type":"subscribe","kinds":["a",1]}', 'ERR_INVALID_OPTION'],
    ['messages that there are not', '{"type":"subscribe","messages":["never"]}', 'ERR_INVALID_OPTION'],
    ['a limit above all', '{"type":"subscribe","limit":1e9}', 'ERR_INVALID_OPTION'],
    ['an id that is none', '{"type":"subscribe","tasks":["../etc x"]}', 'ERR_INVALID_ID'],
    ['too many ids', JSON.stringify({ type: 'subscribe', tasks: Array(1_001).fill('a') }), 'ERR_TOO_MANY'],
    ['a long name', JSON.stringify({ type: 'subscribe', name: 'n'.repeat(65) }), 'ERR_BAD_REQUEST'],
    ['a pause for ever', '{"type":"pause","for":"ever"}', 'ERR_INVALID_OPTION'],
    ['an event that is not there', '{"type":"send","task":"a"}', 'ERR_BAD_REQUEST'],
    ['a deep nest', `${'['.repeat(30_000)}${']'.repeat(30_000)}`, 'ERR_BAD_REQUEST'],
  ] as const)('%s is refused, and the client goes on', async ([, text, code]) => {
    const { socket } = await lookedInto({ tasks: [echo] })
    const looks = await looker(socket)
    looks.send(text)
    expect(await looks.next(({ type }) => type === 'refused')).toMatchObject({ code, hint: expect.any(String) })
    expect(await looks.ask({ type: 'pause' })).toMatchObject({ type: 'answer' })
  })

  test('bytes, a message that is too large, and a flood close the connection, each with its code', async () => {
    const { socket } = await lookedInto({ tasks: [echo] })
    const bytes = await looker(socket)
    bytes.socket.send(Buffer.from('{"type":"pause"}'), { binary: true })
    expect((await bytes.closed).code).toBe(1003)
    const large = await looker(socket)
    large.send('x'.repeat(64 * 1024 + 1))
    expect((await large.closed).code).toBe(1009)
    const flood = await looker(socket)
    for (let i = 0; i < 2_000; i++) flood.send('{"type":"pause"}')
    expect(await flood.closed).toEqual({ code: 1008, reason: 'too many messages' })
  })

  test('subscriptions are bounded', async () => {
    const { socket } = await lookedInto({ tasks: [echo] })
    const looks = await looker(socket)
    for (let i = 0; i < 32; i++) await looks.ask({ type: 'subscribe', name: `n${i}` })
    expect(await looks.ask({ type: 'subscribe', name: 'more' })).toMatchObject({ code: 'ERR_TOO_MANY' })
    expect(await looks.ask({ type: 'subscribe', name: 'n1', kinds: ['echo'] })).toMatchObject({ type: 'answer' })
  })
})

describe('those who do not take what they are sent', () => {
  test('a client that reads nothing is cut off, and nobody waits for it', async () => {
    const { runtime, socket } = await lookedInto({ tasks: [door] })
    const left = facts('inspector.left')
    const deaf = await looker(socket)
    const other = await looker(socket)
    await deaf.ask({ type: 'subscribe', all: true })
    await other.see({ kinds: ['door'], messages: ['event'] })
    deaf.socket.pause()
    const text = 'x'.repeat(50_000)
    await runtime.enqueue('door', { text }, { id: 'front' })
    for (let i = 0; left.seen.length === 0 && i < 300; i++) await runtime.send('front', { type: 'ring' })
    await left.first()
    await runtime.send('front', { type: 'close' })
    await other.next(({ event }) => event?.type === 'close')
  })

  test('those above the limit are told to wait, and a place is free again when one leaves', async () => {
    const { socket } = await lookedInto({ tasks: [echo], api: { limits: { readers: 1 } } })
    const left = facts('inspector.left')
    const first = await looker(socket)
    await expect(looker(socket)).rejects.toThrow('status 503')
    first.socket.close()
    await left.first()
    await looker(socket)
  })

  test('a daemon that stops closes with 1001, and is not held up by one that does not answer', async () => {
    const { runtime, socket } = await lookedInto({ tasks: [echo] })
    const looks = await looker(socket)
    const deaf = await looker(socket)
    deaf.socket.pause()
    await runtime.stop()
    expect((await looks.closed).code).toBe(1001)
  })

  test('a request that asks for no WebSocket is told what this is; another upgrade is answered as HTTP', async () => {
    const { socket } = await lookedInto({ tasks: [echo] })
    const plain = await ask({ socketPath: socket, method: 'GET', path: '/v1/inspect' }, {})
    expect([plain.status, plain.headers.upgrade, plain.json.code]).toEqual([426, 'websocket', 'ERR_BAD_REQUEST'])
    const headers = { connection: 'Upgrade, HTTP2-Settings', upgrade: 'h2c', 'http2-settings': 'AAMAAABkAAQAAP__' }
    const other = await ask({ socketPath: socket, method: 'GET', path: '/healthz' }, { headers })
    expect([other.status, other.json.state]).toEqual([200, 'working'])
    const webSocket = { connection: 'Upgrade', upgrade: 'websocket' }
    const elsewhere = await ask({ socketPath: socket, method: 'GET', path: '/v1/nowhere' }, { headers: webSocket })
    expect(elsewhere.status).toBe(404)
    const keyless = await ask({ socketPath: socket, method: 'GET', path: '/v1/inspect' }, { headers: webSocket })
    expect(keyless.status).toBe(400)
  })

  test('a connection that dies in the middle of its handshake leaves nothing behind', async () => {
    const { runtime, socket } = await lookedInto({ tasks: [echo] })
    for (let i = 0; i < 20; i++) {
      const dying = connect(socket)
      await once(dying, 'connect')
      dying.write('GET /v1/inspect HTTP/1.1\r\nhost: x\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\r\n')
      dying.destroy()
    }
    const looks = await looker(socket)
    await looks.see({ all: true })
    await runtime.stop()
  })
})

describe('hidden kinds', () => {
  test('are not there: not as they are, not as they move, not by their id, their schedules neither', async () => {
    const secret = defineTask({
      kind: 'secret',
      api: false,
      run: (task) => task.emit({ type: 'whispered' }),
    })
    const vault = defineTask({ kind: 'vault', api: false, machine })
    const { runtime, socket } = await lookedInto({
      tasks: [echo, secret, vault],
      schedules: { night: { every: '1h', task: { kind: 'secret' } } },
    })
    await runtime.enqueue('vault' as never, {} as never, { id: 'v0' })
    const looks = await looker(socket)
    const stately = await looker(socket, { protocol: null })
    await looks.see({ all: true, tasks: ['v0'], kinds: ['secret', 'vault'], past: true })
    await runtime.send('v0', { type: 'ring' })
    const task = await runtime.enqueue('secret', undefined, { id: 's1', onSuccess: [{ kind: 'echo', input: 'after' }] })
    await task.finished()
    await runtime.schedules.trigger('night')
    await runtime.schedules.remove('night').catch(() => undefined)
    await until(looks, () => looks.came.some(({ snapshot }) => snapshot?.context?.result === 'after'))
    expect(await looks.ask({ type: 'send', task: 'v0', event: { type: 'ring' } })).toMatchObject({
      code: 'ERR_NOT_FOUND',
    })
    const told = (came: Came[]) => JSON.stringify(came.filter(({ type }) => type !== 'refused'))
    for (const word of ['secret', 'vault', 's1', 'v0', 'whispered', 'night']) {
      expect(told(looks.came)).not.toContain(`${word}"`)
      expect(told(stately.came)).not.toContain(`${word}"`)
    }
  })
})

describe('over TCP', () => {
  let b: Board
  let port: number
  const tokens: Record<string, { id: string; token: string }> = {}
  beforeAll(async () => {
    port = await freePort()
    b = await board({ tcp: { port, origins: ['https://board.example'] } }, { end: byHand })
    for (const scope of ['read', 'write', 'admin'])
      tokens[scope] = (await b.post('/v1/tokens', { name: `of-${scope}`, scope })).json
  })
  afterAll(() => b.end())

  const url = () => `ws://127.0.0.1:${port}`
  const bearer = (scope: string) => ({ authorization: `Bearer ${tokens[scope]?.token}` })
  const far = (method: string, path: string, headers: Record<string, string> = {}) =>
    ask({ host: '127.0.0.1', port, method, path }, { headers })
  const session = async (scope: string) => {
    const { status, headers, json } = await far('POST', '/v1/session', bearer(scope))
    const [cookie = ''] = headers['set-cookie'] ?? []
    return { status, json, header: cookie, cookie: cookie.split(';')[0] as string }
  }

  test('without a token, with a wrong one, or for a page of elsewhere there is no WebSocket', async () => {
    await expect(looker('', { url: url() })).rejects.toThrow('status 401')
    const wrong = { authorization: `Bearer hf_${'0'.repeat(12)}_${'A'.repeat(43)}` }
    await expect(looker('', { url: url(), headers: wrong })).rejects.toThrow('status 401')
    const evil = { ...bearer('admin'), origin: 'https://evil.example' }
    await expect(looker('', { url: url(), headers: evil })).rejects.toThrow('status 403')
    const rebound = { ...bearer('admin'), host: 'evil.example' }
    await expect(looker('', { url: url(), headers: rebound })).rejects.toThrow('status 403')
  })

  test('read sees and may not send; write may', async () => {
    const reads = await looker('', { url: url(), headers: bearer('read') })
    expect(await reads.next()).toMatchObject({ type: 'hello', scope: 'read' })
    await reads.see({ kinds: ['door'] })
    const { id } = (await b.post('/v1/tasks', { kind: 'door' })).json
    await reads.next(({ of }) => of === `machine:${id}`)
    const ring = { type: 'send', task: id, event: { type: 'ring' } }
    expect(await reads.ask(ring)).toMatchObject({ type: 'refused', code: 'ERR_FORBIDDEN' })
    const writes = await looker('', { url: url(), headers: bearer('write') })
    expect(await writes.ask(ring)).toMatchObject({ type: 'answer' })
    expect(await reads.next(({ event }) => event?.type === 'ring')).toMatchObject({ to: `machine:${id}` })
  })

  test('a browser has a session for its token: a cookie that its scripts cannot read', async () => {
    const { status, json, header, cookie } = await session('read')
    expect([status, json.scope, json.by, json.name]).toEqual([200, 'read', 'session', 'of-read'])
    expect(header).toMatch(/; Path=\/; HttpOnly; SameSite=Strict; Expires=/)
    expect(header).not.toContain(tokens.read?.token.slice(16))
    const own = { cookie, origin: `http://127.0.0.1:${port}`, 'sec-fetch-site': 'same-origin' }
    expect((await far('GET', '/v1/tasks', own)).status).toBe(200)
    expect((await far('GET', '/v1/session', own)).json).toMatchObject({ scope: 'read', by: 'session' })
    expect((await far('POST', '/v1/tasks', own)).status).toBe(403)
    const looks = await looker('', { url: url(), headers: own })
    expect(await looks.next()).toMatchObject({ type: 'hello', scope: 'read' })
  })

  test('a page of another origin has nothing of the session, be it on the same host', async () => {
    const { cookie } = await session('admin')
    for (const [headers, status] of [
      [{ cookie, origin: 'https://evil.example' }, 403],
      [{ cookie, origin: `http://127.0.0.1:${port + 1}`, 'sec-fetch-site': 'same-site' }, 403],
      [{ cookie, 'sec-fetch-site': 'same-site' }, 401],
      [{ cookie, 'sec-fetch-site': 'cross-site' }, 401],
      [{ cookie: cookie.replace(/=.*/, `=hs_${'0'.repeat(12)}_${'A'.repeat(43)}`) }, 401],
      [{ cookie: cookie.replace(`_${port}=`, `_${port + 1}=`) }, 401],
    ] as const) {
      expect((await far('GET', '/v1/tasks', headers)).status).toBe(status)
      await expect(looker('', { url: url(), headers })).rejects.toThrow(`status ${status}`)
    }
  })

  test('it ends with a log-out, and with its token; it does not end with the daemon', async () => {
    const made = (await b.post('/v1/tokens', { name: 'short', scope: 'read' })).json
    tokens.short = made
    const first = await session('short')
    const second = await session('short')
    await b.life.kill('SIGKILL')
    await b.start()
    expect((await far('GET', '/v1/tasks', { cookie: first.cookie })).status).toBe(200)
    const out = await far('DELETE', '/v1/session', { cookie: first.cookie })
    expect([out.status, out.headers['set-cookie']?.[0]]).toEqual([204, expect.stringContaining('Max-Age=0')])
    expect((await far('GET', '/v1/tasks', { cookie: first.cookie })).status).toBe(401)
    expect((await far('GET', '/v1/tasks', { cookie: second.cookie })).status).toBe(200)
    await b.call('DELETE', `/v1/tokens/${made.id}`)
    expect((await far('GET', '/v1/tasks', { cookie: second.cookie })).status).toBe(401)
    expect((await far('GET', '/v1/session')).status).toBe(401)
  })

  test('over the socket there is nothing to exchange, and who asks is told so', async () => {
    expect((await b.get('/v1/session')).json).toEqual({ scope: 'admin', by: 'socket' })
    expect((await b.post('/v1/session', undefined)).status).toBe(400)
  })

  test('of many sessions the one that ends first goes', async () => {
    const first = await session('write')
    for (let i = 0; i < 100; i++) await session('write')
    expect((await far('GET', '/v1/tasks', { cookie: first.cookie })).status).toBe(401)
  })
})
