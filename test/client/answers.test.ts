/** What stands where a daemon should: rude and lying servers. Each becomes an error that says what it is. */
import type { RequestListener } from 'node:http'
import { describe, expect, test } from 'vitest'
import { client, good, json, problem, rawStandIn, standIn, thrown } from './lab.js'

describe('an answer that is none of holdfast', () => {
  test.for<[string, RequestListener]>([
    ['HTML', (_, response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<html>')],
    ['JSON that is none', (_, response) => response.writeHead(200, json).end('{"state":')],
    ['JSON without saying so', (_, response) => response.end('{"state":"working"}')],
    ['a list', (_, response) => response.writeHead(200, json).end('[]')],
    ['null', (_, response) => response.writeHead(200, json).end('null')],
    ['nothing', (_, response) => response.writeHead(200, json).end()],
    ['a redirect', (_, response) => response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end()],
    ['an error page', (_, response) => response.writeHead(502, { 'content-type': 'text/html' }).end('<h1>Bad Gateway')],
    ['a problem of others', (_, response) => response.writeHead(404, json).end('{"error":"not found"}')],
  ])('%s', async ([, listener]) => {
    const c = client({ socket: await standIn(listener), retry: '5s' })
    const error = await thrown(c.state())
    expect([error.code, error.hint]).toEqual(['ERR_BAD_ANSWER', expect.stringMatching(/proxy or another server/)])
    for (const call of [
      () => c.find(),
      () => c.count(),
      () => c.enqueue('echo'),
      () => c.cancel({ group: 'a' }),
      () => c.schedules.get('a'),
    ])
      expect((await thrown(call())).code).toBe('ERR_BAD_ANSWER')
    expect((await thrown(c.handle('a').finished())).code).toBe('ERR_BAD_ANSWER')
    expect((await thrown(c.watch().next())).code).toBe('ERR_BAD_ANSWER')
  })

  test('what is no HTTP', async () => {
    const socket = await rawStandIn((connection) => connection.once('data', () => connection.end('220 smtp\r\n')))
    expect((await thrown(client({ socket }).state())).code).toBe('ERR_BAD_ANSWER')
  })

  test('a task without a state, and answers of other tasks', async () => {
    const c = client({ socket: await standIn((_, response) => good(response, { id: 'a', items: [] })) })
    expect((await thrown(c.handle('a').finished())).code).toBe('ERR_BAD_ANSWER')
    expect((await thrown(c.enqueue('echo'))).code).toBe('ERR_BAD_ANSWER')
  })

  test('an event that is none, and one without an end', async () => {
    const stream = (text: string) =>
      standIn((_, response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' })
        response.write(text)
      })
    for (const text of ['event: emitted\ndata: {\n\n', 'event: task\ndata: {}\n\n', `data: ${'x'.repeat(5_000_000)}`]) {
      const watched = client({ socket: await stream(text) }).watch()
      expect((await watched.next()).value).toEqual({ type: 'open', again: false })
      expect((await thrown(watched.next())).code).toBe('ERR_BAD_ANSWER')
    }
  })

  test('a code of a later version is told with its words', async () => {
    const c = client({ socket: await standIn((_, response) => problem(response, 409, 'ERR_OF_LATER')) })
    expect(await thrown(c.state())).toMatchObject({
      code: 'ERR_BAD_REQUEST',
      message: 'ERR_OF_LATER: the detail',
      hint: 'The hint.',
    })
  })

  test('one larger than the limit, and one without an end', async () => {
    const endless: RequestListener = (_, response) => {
      response.writeHead(200, json)
      const more = () => {
        while (!response.destroyed && response.write(Buffer.alloc(65_536, 120)));
      }
      response.on('drain', more)
      more()
    }
    const c = client({ socket: await standIn(endless), answerLimit: '1MiB' })
    const error = await thrown(c.find())
    expect([error.code, error.message]).toEqual(['ERR_TOO_LARGE', 'the answer has more than 1048576 bytes'])
  })
})
