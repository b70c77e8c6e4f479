/** A daemon that is slow, dead, or takes no work for now: what is asked again, and what is not. */
import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { Client } from '../../src/client/client.js'
import { SimulatedClock } from '../../src/testing/simulated-clock.js'
import { client, good, problem, rawStandIn, standIn, thrown } from './lab.js'

describe('an answer that does not come', () => {
  const silent = '100ms'
  test.for<[string, (connection: Socket) => void]>([
    ['nothing at all', () => undefined],
    ['half of a header', (connection) => connection.write('HTTP/1.1 200 OK\r\ncontent-')],
    ['half of a body', (connection) => connection.write('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{')],
    ['a hang-up in a body', (connection) => connection.end('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{')],
    ['a hang-up', (connection) => connection.end()],
  ])('%s is ERR_NO_ANSWER in time, and what may have been heard is asked once', async ([, connected]) => {
    let asked = 0
    const socket = await rawStandIn((connection) => {
      connection.once('data', () => {
        asked++
        connected(connection)
      })
    })
    const c = client({ socket, timeout: silent, retry: '300ms' })
    for (const call of [
      () => c.cancel('a'),
      () => c.schedules.trigger('a'),
      () => c.enqueue('a', 1, { key: 'k', replace: true }),
    ]) {
      asked = 0
      expect((await thrown(call())).code).toBe('ERR_NO_ANSWER')
      expect(asked).toBe(1)
    }
    // What can be asked twice is.
    for (const call of [() => c.find(), () => c.enqueue('a'), () => c.send('a', { type: 'b' }), () => c.remove('a')]) {
      asked = 0
      expect((await thrown(call())).code).toBe('ERR_NO_ANSWER')
      expect(asked).toBeGreaterThan(1)
    }
  })

  test('a stream that falls silent is opened again, and not while its watcher is at work', async () => {
    let opened = 0
    const socket = await standIn((_, response) => {
      opened++
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write('event: task\ndata: {"id":"a"}\n\n')
    })
    const clock = new SimulatedClock()
    const c = new Client({ socket }, clock)
    onTestFinished(() => c.close())
    const watched = c.watch()
    expect((await watched.next()).value).toEqual({ type: 'open', again: false })
    expect((await watched.next()).value).toEqual({ type: 'task', id: 'a' })
    clock.advance(600_000)
    const next = watched.next()
    for (let over = false; !over; ) {
      clock.advance(1_000)
      over = await Promise.race([next.then(() => true), new Promise<false>((go) => void setImmediate(go, false))])
    }
    expect((await next).value).toEqual({ type: 'open', again: true })
    expect(opened).toBe(2)
  })
})

describe('a daemon that takes no work for now', () => {
  /** Refuses so many requests, then answers. */
  const refusing = async (times: number, status: number, code: string, headers = {}) => {
    const asked: IncomingMessage[] = []
    const socket = await standIn((request, response) => {
      asked.push(request)
      if (asked.length > times) good(response, { count: 1, items: [{ id: 'a', created: true }] })
      else problem(response, status, code, headers)
    })
    return { asked, socket }
  }

  test.for([
    ['ERR_NOT_STARTED', 503, {}],
    ['ERR_DEGRADED', 503, {}],
    ['ERR_OVERLOADED', 503, {}],
    ['ERR_STOPPED', 503, {}],
    ['ERR_RATE_LIMITED', 429, { 'retry-after': '0' }],
  ] as const)(
    '%s is waited out, also by what is not asked twice when it was heard',
    async ([code, status, headers]) => {
      for (const call of [(c: Client) => c.enqueue('echo'), (c: Client) => c.retry('a'), (c: Client) => c.count()]) {
        const { asked, socket } = await refusing(2, status, code, headers)
        await call(client({ socket }))
        expect(asked.length).toBe(3)
      }
    },
  )

  test.for([
    ['ERR_QUEUE_FULL', 429],
    ['ERR_MAILBOX_FULL', 429],
    ['ERR_STORE_IO', 503],
    ['ERR_INTERNAL', 500],
    ['ERR_UNAUTHORIZED', 401],
  ] as const)('%s is told at once', async ([code, status]) => {
    const { asked, socket } = await refusing(9, status, code)
    expect(await thrown(client({ socket }).enqueue('echo'))).toMatchObject({ code, message: 'the detail' })
    expect(asked.length).toBe(1)
  })

  test('who waits for a task waits for as long as the daemon is there, whatever it refuses', async () => {
    let asked = 0
    const socket = await standIn((_, response) => {
      if (asked++ < 8) problem(response, 503, 'ERR_DEGRADED')
      else good(response, { id: 'a', state: 'FINISHED', result: 5 })
    })
    // Eight refusals take longer than that.
    expect(await client({ socket, retry: '1200ms' }).handle('a').finished()).toBe(5)
    expect(asked).toBe(9)
  })

  test('Retry-After beyond the time it is told to wait is told at once', async () => {
    const { asked, socket } = await refusing(9, 429, 'ERR_RATE_LIMITED', { 'retry-after': '60' })
    expect((await thrown(client({ socket }).count())).code).toBe('ERR_RATE_LIMITED')
    expect(asked.length).toBe(1)
  })

  test('what was done in part is not asked again, and what may have been done is not called refused', async () => {
    const bulk = await refusing(9, 503, 'ERR_DEGRADED')
    expect((await thrown(client({ socket: bulk.socket }).cancel({ group: 'a' }))).code).toBe('ERR_DEGRADED')
    expect(bulk.asked.length).toBe(1)
    let asked = 0
    const socket = await standIn((_, response) => {
      if (asked++ === 0) problem(response, 503, 'ERR_COMMIT_UNKNOWN')
      else problem(response, 503, 'ERR_DEGRADED')
    })
    expect((await thrown(client({ socket, retry: '300ms' }).enqueue('echo'))).code).toBe('ERR_COMMIT_UNKNOWN')
    expect(asked).toBeGreaterThan(2)
  })
})

test('a request that is not asked twice takes no connection that the daemon may be closing', async () => {
  let connections = 0
  const seen: string[] = []
  // It answers the first request of a connection, and hangs up on the second.
  const socket = await rawStandIn((connection) => {
    const mine = ++connections
    let requests = 0
    connection.on('data', (data) => {
      seen.push(`${mine} ${String(data).split(' ', 1)}`)
      if (++requests > 1) return void connection.destroy()
      const body = '{"count":1}'
      connection.write(
        `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
      )
    })
  })
  const c = client({ socket })
  await c.count({ group: 'a' })
  await c.cancel('a')
  await c.cancel('a')
  expect(seen).toEqual(['1 GET', '2 POST', '3 POST'])
  // One that can be is asked again on another connection.
  expect(await c.count({ group: 'a' })).toBe(1)
})

test('what was taken away unheard is gone, and no error', async () => {
  let asked = 0
  const socket = await standIn((request, response) => {
    if (asked++ === 0) request.socket.destroy()
    else problem(response, 404, 'ERR_NOT_FOUND')
  })
  const c = client({ socket })
  expect(await c.remove('a')).toBe(1)
  expect((await thrown(c.remove('a'))).code).toBe('ERR_NOT_FOUND')
})
