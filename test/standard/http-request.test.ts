/** http.request, with real servers on loopback. */
import { execFileSync } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import type { RequestListener } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import { createServer as createSocket } from 'node:net'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, onTestFinished, test } from 'vitest'
import { standardActors } from '../../src/standard/index.js'
import { networkOf } from '../../src/standard/networks.js'
import { temporaryDirectory } from '../runtime/lab.js'
import { bodyOf, playing, server } from './played.js'

test('JSON goes out and comes back, with a key that is of its task', async () => {
  const seen: unknown[] = []
  const url = await server(async (request, response) => {
    const { 'idempotency-key': key, 'content-type': type } = request.headers
    seen.push({ method: request.method, key, type, body: JSON.parse(await bodyOf(request)) })
    response.setHeader('content-type', 'application/json; charset=utf-8').end('{"id":7}')
  })
  const { runtime } = await playing('http.request')
  const task = await runtime.enqueue('ask', { url, method: 'POST', body: { door: 'front' } } as never)
  const end = (await task.finished()) as { output: { status: number; body: unknown } }
  expect(end.output).toMatchObject({ status: 200, body: { id: 7 } })
  const key = expect.stringMatching(new RegExp(`^${task.id}\\.[0-9A-Za-z]{22}$`))
  expect(seen).toEqual([{ method: 'POST', key, type: 'application/json', body: { door: 'front' } }])
})

test('each invocation has a key of its own, a GET has none, and one that is given is left', async () => {
  const keys: unknown[] = []
  const url = await server((request, response) => {
    keys.push(request.headers['idempotency-key'])
    response.end()
  })
  const { ask } = await playing('http.request')
  await ask({ url, method: 'PUT' })
  await ask({ url, method: 'PUT' })
  await ask({ url })
  await ask({ url, method: 'POST', headers: { 'Idempotency-Key': 'mine' } })
  expect(new Set(keys).size).toBe(4)
  expect(keys.slice(2)).toEqual([undefined, 'mine'])
})

test('a compressed body is read, to a bound that a bomb does not pass', async () => {
  const url = await server((request, response) => {
    response.setHeader('content-encoding', 'gzip')
    response.end(gzipSync(request.url === '/bomb' ? Buffer.alloc(50_000_000) : 'a text'))
  })
  const { ask } = await playing('http.request')
  expect(await ask({ url })).toMatchObject({ output: { body: 'a text' } })
  expect(await ask({ url: `${url}/bomb` })).toMatchObject({ code: 'ERR_TOO_LARGE' })
})

test('`pick` takes a part, and says when it is not there', async () => {
  const url = await server((_, response) => {
    response.setHeader('content-type', 'application/problem+json').end('{"a":[{"b/c":"found"}]}')
  })
  const { ask } = await playing('http.request')
  expect(await ask({ url, pick: '/a/0/b~1c' })).toEqual({ output: 'found' })
  for (const pick of ['/a/1', '/a/-', '/a/00', '/__proto__', '/a/length', '/a/0/b~1c/0'])
    expect(await ask({ url, pick })).toMatchObject({ code: 'ERR_PICK' })
})

test.for([
  ['/404', {}, 'ERR_HTTP_STATUS'],
  ['/201', { expect: [200, 204] }, 'ERR_HTTP_STATUS'],
  ['/302', { redirects: 0 }, 'ERR_HTTP_STATUS'],
  ['/302', {}, 'ERR_HTTP_REDIRECT'],
  ['/loop', {}, 'ERR_HTTP_REDIRECT'],
  ['/to-file', {}, 'ERR_HTTP_REFUSED'],
  ['/to-metadata', {}, 'ERR_HTTP_REFUSED'],
  ['/large', {}, 'ERR_TOO_LARGE'],
  ['/large', { maxBytes: 1_000_000 }, 'ERR_TOO_LARGE'],
  ['/endless', {}, 'ERR_TOO_LARGE'],
  ['/wrong-json', {}, 'ERR_HTTP_BODY'],
  ['/no-text', {}, 'ERR_HTTP_BODY'],
  ['/strange-coding', {}, 'ERR_HTTP_BODY'],
  ['/no-gzip', {}, 'ERR_HTTP_BODY'],
  ['/cut', {}, 'ERR_HTTP_NETWORK'],
  ['/silent', { timeout: '50ms' }, 'ERR_TIMEOUT'],
  ['/slow', { timeout: '50ms' }, 'ERR_TIMEOUT'],
] as const)('%s %j is %s', async ([path, input, code]) => {
  const url = await server((request, response) => {
    const at = request.url as string
    if (at === '/loop') response.writeHead(302, { location: '/loop' }).end()
    else if (at === '/to-file') response.writeHead(302, { location: 'file:///etc/passwd' }).end()
    else if (at === '/to-metadata') response.writeHead(307, { location: 'http://169.254.169.254/latest' }).end()
    else if (at === '/large') response.end(Buffer.alloc(300_000, 'a'))
    else if (at === '/endless') {
      const write = () => {
        while (response.write(Buffer.alloc(65_536))) if (response.destroyed) return
      }
      response.on('drain', write)
      write()
    } else if (at === '/wrong-json') response.setHeader('content-type', 'application/json').end('{"a":')
    else if (at === '/no-text') response.end(Buffer.from([0xff, 0xfe, 0x00]))
    else if (at === '/strange-coding') response.setHeader('content-encoding', 'zstd').end('x')
    else if (at === '/no-gzip') response.setHeader('content-encoding', 'gzip').end('no gzip at all')
    else if (at === '/cut') {
      response.setHeader('content-length', '100').write('half of it')
      setImmediate(() => response.destroy())
    } else if (at === '/slow') response.write('and then')
    else if (at !== '/silent') response.writeHead(Number(at.slice(1))).end()
  })
  const { ask } = await playing('http.request')
  expect(await ask({ url: url + path, ...input })).toMatchObject({ code })
})

test('a status that is expected is a result, whatever it is', async () => {
  const url = await server((_, response) => response.writeHead(503, { 'retry-after': '7' }).end('later'))
  const { ask } = await playing('http.request')
  for (const expected of ['any', 503, [200, 503]]) {
    const end = await ask({ url, expect: expected })
    expect(end).toMatchObject({ output: { status: 503, headers: { 'retry-after': '7' }, body: 'later' } })
  }
})

test('a redirect keeps its secrets at home, and asks as fetch does', async () => {
  const seen: unknown[] = []
  const other = await server(async (request, response) => {
    const { authorization, 'x-api-key': key, 'content-type': type } = request.headers
    seen.push({ method: request.method, authorization, key, type, body: await bodyOf(request) })
    response.end()
  })
  const url = await server((request, response) => {
    response.writeHead(Number((request.url as string).slice(1)), { location: `${other}/` }).end()
  })
  const { ask } = await playing('http.request')
  const headers = { authorization: 'Bearer secret', 'X-Api-Key': 'secret' }
  await ask({ url: `${url}/302`, method: 'POST', body: 'x', headers })
  await ask({ url: `${url}/307`, method: 'POST', body: 'x', headers })
  expect(seen).toEqual([
    { method: 'GET', body: '' },
    { method: 'POST', body: 'x', type: 'text/plain; charset=utf-8' },
  ])
})

test.for([
  'ftp://127.0.0.1/',
  'http://user:secret@127.0.0.1/',
  'http://[fe80::1]/',
  'http://169.254.169.254/',
  'http://0xa9fea9fe/',
  'http://[::ffff:169.254.169.254]/',
  'http://[64:ff9b::a9fe:a9fe]/',
  'http://no url/',
])('%s is refused before anything is sent', async (url) => {
  const { ask } = await playing('http.request')
  const { code, message } = await ask({ url })
  expect({ code, told: message?.includes('secret') }).toEqual({ code: 'ERR_HTTP_REFUSED', told: false })
})

test('a name that answers otherwise the second time gains nothing', async () => {
  let asked = 0
  let served = 0
  const url = new URL(
    await server((_, response) => {
      served++
      response.writeHead(302, { location: '/' }).end()
    }),
  )
  url.hostname = 'rebinding.test'
  const lookup = (_: string, __: unknown, callback: (error: null, found: object[]) => void) => {
    callback(null, [{ address: asked++ === 0 ? '127.0.0.1' : '169.254.169.254', family: 4 }])
  }
  const { ask } = await playing('http.request', { http: { lookup: lookup as never } })
  expect(await ask({ url: url.href })).toMatchObject({ code: 'ERR_HTTP_REFUSED' })
  expect({ asked, served }).toEqual({ asked: 2, served: 1 })
})

test('only what is allowed is connected to', async () => {
  const url = await server((_, response) => response.end('home'))
  const { ask } = await playing('http.request', { http: { allow: ['public'] } })
  expect(await ask({ url })).toMatchObject({ code: 'ERR_HTTP_REFUSED' })
  expect(await ask({ url: url.replace('127.0.0.1', 'localhost') })).toMatchObject({ code: 'ERR_HTTP_REFUSED' })
})

test.for([
  ['8.8.8.8', 'public'],
  ['2606:4700::1', 'public'],
  ['10.1.2.3', 'private'],
  ['172.31.255.255', 'private'],
  ['172.32.0.1', 'public'],
  ['192.168.1.1', 'private'],
  ['100.64.0.1', 'private'],
  ['fd00::1', 'private'],
  ['127.8.8.8', 'loopback'],
  ['0.0.0.0', 'loopback'],
  ['::', 'loopback'],
  ['::1', 'loopback'],
  ['::ffff:7f00:1', 'loopback'],
  ['::ffff:10.0.0.1', 'private'],
  ['169.254.0.1', 'link-local'],
  ['fe80::1%eth0', 'link-local'],
  ['febf::1', 'link-local'],
])('%s is %s', ([address, network]) => {
  expect(networkOf(address as string)).toBe(network)
})

/** An HTTPS server whose certificate nobody has signed but itself. */
async function secureServer(listener: RequestListener): Promise<string> {
  const directory = await temporaryDirectory()
  const [cert, key] = [join(directory, 'cert'), join(directory, 'key')]
  const kind = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2']
  execFileSync('openssl', ['req', ...kind, '-subj', '/CN=localhost', '-keyout', key, '-out', cert], { stdio: 'pipe' })
  const https = createSecureServer({ cert: await readFile(cert), key: await readFile(key) }, listener)
  await new Promise<void>((resolve) => https.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void https.close())
  return `https://127.0.0.1:${(https.address() as { port: number }).port}`
}

test('a certificate that nobody trusts is an error of the network, and from https none leads to http', async () => {
  const plain = await server((_, response) => response.end('plain'))
  const url = await secureServer((_, response) => response.writeHead(302, { location: plain }).end())
  const { ask } = await playing('http.request')
  expect(await ask({ url })).toMatchObject({ code: 'ERR_HTTP_NETWORK', message: expect.stringMatching(/CERT|SIGNED/) })
  process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0'
  onTestFinished(() => void delete process.env.NODE_TLS_REJECT_UNAUTHORIZED)
  expect(await ask({ url })).toMatchObject({ code: 'ERR_HTTP_REDIRECT' })
})

test('an answer without a body is one, whatever its headers promise', async () => {
  const url = await server((request, response) => {
    response.writeHead(request.method === 'HEAD' ? 200 : 304, { 'content-encoding': 'gzip', 'content-length': '100' })
    response.end()
  })
  const { ask } = await playing('http.request')
  expect(await ask({ url, method: 'HEAD' })).toMatchObject({ output: { status: 200, body: null } })
  expect(await ask({ url, expect: 304 })).toMatchObject({ output: { status: 304, body: null } })
})

test('nobody there is an error of the network, and tells no query', async () => {
  const free = createSocket()
  await new Promise<void>((resolve) => free.listen(0, '127.0.0.1', resolve))
  const { port } = free.address() as { port: number }
  await new Promise((resolve) => free.close(resolve))
  const { ask } = await playing('http.request')
  const { code, message } = await ask({ url: `http://127.0.0.1:${port}/a?token=secret` })
  expect({ code, message }).toEqual({
    code: 'ERR_HTTP_NETWORK',
    message: `GET http://127.0.0.1:${port}/a: ECONNREFUSED`,
  })
})

test('when its state is left the connection goes', async () => {
  let gone = () => {}
  const closed = new Promise<void>((resolve) => {
    gone = resolve
  })
  let came = () => {}
  const reached = new Promise<void>((resolve) => {
    came = resolve
  })
  const url = await server((request) => {
    request.socket.on('close', gone)
    came()
  })
  const { runtime } = await playing('http.request')
  const task = await runtime.enqueue('ask', { url } as never)
  await reached
  await runtime.send(task.id, { type: 'leave' })
  await closed
  expect(await task.finished()).toBeNull()
})

describe('an input that does not fit', () => {
  test.for([
    [{}, /must have required property 'url'/],
    [{ url: 'http://a.test/', methd: 'GET' }, /'methd'/],
    [{ url: 'http://a.test/', method: 'TRACE' }, /^http\.request: method /],
    [{ url: 'http://a.test/', headers: { 'a\nb': 'c' } }, /headers/],
    [{ url: 'http://a.test/', headers: { a: 'b\r\nc: d' } }, /headers/],
    [{ url: 'http://a.test/', headers: { 'Content-Length': '5' } }, /not yours: Content-Length/],
    [{ url: 'http://a.test/', pick: 'a/b' }, /pick/],
    [{ url: 'http://a.test/', redirects: 21 }, /redirects/],
  ] as const)('%j', async ([input, message]) => {
    const { ask } = await playing('http.request')
    const end = await ask(input)
    expect(end).toEqual({ code: 'ERR_INVALID_INPUT', message: expect.stringMatching(message) })
  })

  test('a timeout that is none', async () => {
    const { ask } = await playing('http.request')
    expect(await ask({ url: 'http://a.test/', timeout: 'soon' })).toMatchObject({ code: 'ERR_INVALID_DURATION' })
  })
})

test.for([{ htp: {} }, { http: { allow: ['lan'] } }, { http: { allow: 'public' } }])(
  'options %j are refused',
  (options) => {
    expect(() => standardActors(options as never)).toThrow(expect.objectContaining({ code: 'ERR_INVALID_OPTION' }))
  },
)
