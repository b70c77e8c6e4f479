/** The dashboard's files as a browser is given them: small, kept for ever or asked for anew, and under a strict policy. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ask, type Board, board, byHand, freePort } from './board.js'

let b: Board
let port: number
beforeAll(async () => {
  port = await freePort()
  b = await board({ tcp: { port } }, { end: byHand })
})
afterAll(() => b.end())

const assetsOf = (html: string) => [...html.matchAll(/"\.\/(assets\/[^"]+)"/g)].map(([, path]) => `/${path}`)
const page = async () => (await b.get('/')).text

test('the page is asked for anew each time, and told when it is still the same', async () => {
  const { status, headers, text } = await b.get('/')
  expect(status).toBe(200)
  expect(headers).toMatchObject({ 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-cache' })
  expect(text).toContain('<title>holdfast</title>')
  const again = await b.get('/', { headers: { 'if-none-match': String(headers.etag) } })
  expect([again.status, again.text]).toEqual([304, ''])
  expect((await b.get('/', { headers: { 'if-none-match': '"another"' } })).status).toBe(200)
})

test('what it is made of is named after its contents, and may be kept for ever', async () => {
  const assets = assetsOf(await page())
  expect(assets.length).toBeGreaterThan(2)
  for (const path of assets) {
    expect(path).toMatch(/-[\w-]{8}\.(js|css|svg)$/)
    const { status, headers } = await b.get(path)
    expect(status).toBe(200)
    expect(headers['cache-control']).toBe('public, max-age=31536000, immutable')
    expect((await b.get(path, { headers: { 'if-none-match': String(headers.etag) } })).status).toBe(304)
  }
})

test('nothing of it is inline, and its policy lets nothing in', async () => {
  const html = await page()
  expect(html).not.toMatch(/<script(?![^>]*\bsrc=)|<style|\son\w+=|style=/)
  const { headers } = await b.get('/')
  const policy = String(headers['content-security-policy'])
  expect(policy).toContain("default-src 'none'")
  expect(policy).toContain("script-src 'self'")
  expect(policy).not.toMatch(/unsafe|\*|https?:/)
  expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' })
})

describe('compressed', () => {
  const raw = (path: string, encoding: string) =>
    new Promise<{ encoding: string | undefined; body: Buffer }>((resolve, reject) => {
      fetch(`http://127.0.0.1:${port}${path}`, { headers: { 'accept-encoding': encoding } }).then(async (response) => {
        // fetch has taken it apart already.
        resolve({
          encoding: response.headers.get('content-encoding') ?? undefined,
          body: Buffer.from(await response.arrayBuffer()),
        })
      }, reject)
    })

  test('as the browser takes it, the best first; each has an etag of its own', async () => {
    const script = assetsOf(await page()).find((path) => path.endsWith('.js')) as string
    const plain = await raw(script, 'identity')
    expect(plain.encoding).toBeUndefined()
    for (const [accepts, given] of [
      ['gzip', 'gzip'],
      ['gzip, deflate, br', 'br'],
      ['br;q=0, gzip', 'gzip'],
      ['zstd', undefined],
    ] as const) {
      const answer = await raw(script, accepts)
      expect(answer.encoding).toBe(given)
      expect(answer.body.equals(plain.body)).toBe(true)
    }
    const etags = await Promise.all(
      ['identity', 'gzip', 'br'].map(
        async (accepts) => (await b.get(script, { headers: { 'accept-encoding': accepts } })).headers.etag,
      ),
    )
    expect(new Set(etags).size).toBe(3)
  })
})

test('what the build did not make is not there, whatever the path', async () => {
  for (const path of [
    '/assets/none.js',
    '/assets/..%2Findex.html',
    '/assets/..%2F..%2Fpackage.json',
    '/assets/%00',
    '/assets/index.html.br',
  ]) {
    const { status, json } = await b.get(path)
    expect([status, json.code], path).toEqual([404, 'ERR_NOT_FOUND'])
  }
  expect((await b.post('/', {})).status).toBe(405)
})

test('over TCP anybody is given the page, and nobody what it shows', async () => {
  const outside = (path: string, headers: Record<string, string> = {}) =>
    ask({ host: '127.0.0.1', port, method: 'GET', path }, { headers })
  expect((await outside('/')).status).toBe(200)
  for (const path of assetsOf(await page())) expect((await outside(path)).status).toBe(200)
  expect((await outside('/v1/tasks')).status).toBe(401)
  // A page that calls its own name by this address is not given it either.
  expect((await outside('/', { host: 'evil.example.org' })).status).toBe(403)
})
