/** Calls that are given up: by their caller, and by a client that closes. Nothing is left open. */
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { expect, test } from 'vitest'
import { client, good, standIn, thrown } from './lab.js'

const reason = new Error('enough')
const held = () => standIn(() => undefined)

test('rejects with the reason, wherever it is, and leaves no connection', async () => {
  const requests: IncomingMessage[] = []
  const socket = await standIn((request) => void requests.push(request))
  const c = client({ socket, connections: 1 })
  const controller = new AbortController()
  const { signal } = controller
  const calls = [
    c.get('a', { signal }),
    // These wait for the only connection.
    c.find({}, { signal }),
    c.enqueue('echo', 1, {}, { signal }),
    c.enqueueMany([], { signal }),
    c.cancel({ group: 'a' }, { signal }),
    c.handle('a').finished({ signal }),
    c.handle('b').finished({ signal }),
    c.watch({ signal }).next(),
    c.leases.take({ worker: 'w', kinds: ['far'], wait: '10s' }, { signal }),
    c.schedules.list({}, { signal }),
    c.send('a', { type: 'b' }, { signal }),
  ]
  const settled = Promise.allSettled(calls)
  while (requests.length < 4) await new Promise((resolve) => setImmediate(resolve))
  const closed = requests.map(({ socket: each }) => once(each, 'close'))
  controller.abort(reason)
  for (const each of await settled) expect(each).toEqual({ status: 'rejected', reason })
  await Promise.all(closed)
  for (const call of [
    () => c.get('a', { signal }),
    () => c.watch({ signal }).next(),
    () => c.handle('a').finished({ signal }),
  ])
    await expect(call()).rejects.toBe(reason)
})

test('while it waits for a daemon that is away, too', async () => {
  const c = client({ socket: '/nowhere/s', retry: '1h' })
  const controller = new AbortController()
  const calls = [c.count({}, controller), c.handle('a').finished(controller), c.watch(controller).next()]
  setImmediate(() => controller.abort(reason))
  for (const each of await Promise.allSettled(calls)) expect(each).toEqual({ status: 'rejected', reason })
})

test('of two who wait for the same task one may leave', async () => {
  let answer: (() => void) | undefined
  const socket = await standIn((_, response) => {
    answer = () => good(response, { id: 'a', state: 'FINISHED', result: 5 })
  })
  const c = client({ socket })
  const controller = new AbortController()
  const [leaves, stays] = [c.handle('a').finished(controller), c.handle('a').finished()]
  while (!answer) await new Promise((resolve) => setImmediate(resolve))
  controller.abort(reason)
  await expect(leaves).rejects.toBe(reason)
  answer()
  expect(await stays).toBe(5)
})

test('close() ends all that waits, and all that is asked later', async () => {
  const c = client({ socket: await held(), retry: '1h' })
  const away = client({ socket: '/nowhere/s', retry: '1h' })
  const calls = [c.count(), c.handle('a').finished(), c.watch().next(), away.count(), away.watch().next()].map(thrown)
  setImmediate(() => {
    c.close()
    away.close()
  })
  for (const call of calls) expect((await call).code).toBe('ERR_STOPPED')
  for (const call of [() => c.count(), () => c.handle('a').finished(), () => c.watch().next()])
    expect(await thrown(call())).toMatchObject({ code: 'ERR_STOPPED', message: 'the client is closed' })
})

test('a loop that is left leaves its stream', async () => {
  let closed: Promise<unknown> | undefined
  const socket = await standIn((request, response) => {
    closed = once(request.socket, 'close')
    response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders()
  })
  for await (const { type } of client({ socket }).watch()) {
    expect(type).toBe('open')
    break
  }
  await closed
})
