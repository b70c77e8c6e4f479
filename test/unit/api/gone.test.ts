/** Who hangs up is noticed, and forgotten. */
import { getEventListeners, once, setMaxListeners } from 'node:events'
import { createServer, request, type ServerResponse } from 'node:http'
import { join } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { FastifyReply } from 'fastify'
import { expect, onTestFinished, test } from 'vitest'
import { type Desk, gone } from '../../../src/api/desk.js'
import { temporaryDirectory } from '../../support/stores.js'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

/** A server that hands over each response, and a client that has just asked. */
async function asked() {
  const path = join(await temporaryDirectory(), 's')
  const server = createServer()
  onTestFinished(() => void server.close())
  await new Promise<void>((resolve) => void server.listen(path, resolve))
  return async () => {
    const client = request({ socketPath: path, agent: false })
    client.on('error', () => undefined).end()
    const [, response] = (await once(server, 'request')) as [unknown, ServerResponse]
    return { client, response }
  }
}

const replyOf = (raw: ServerResponse) => ({ raw }) as FastifyReply
const deskOf = (closing: AbortSignal) => ({ closing }) as Desk

test('of a crowd that waits and hangs up, nothing stays behind', async () => {
  const ask = await asked()
  const closing = new AbortController()
  setMaxListeners(0, closing.signal)
  const waiting = []
  for (let n = 0; n < 20; n++) {
    const { client, response } = await ask()
    waiting.push({ client, response, signal: gone(replyOf(response), deskOf(closing.signal)) })
    if (n % 5 === 0) collect()
  }
  expect(getEventListeners(closing.signal, 'abort').length).toBe(20)
  for (const { client, response } of waiting) {
    const closed = once(response, 'close')
    client.destroy()
    await closed
  }
  expect(waiting.filter(({ signal }) => !signal.aborted)).toEqual([])
  expect(getEventListeners(closing.signal, 'abort')).toEqual([])
  expect(waiting.flatMap(({ response }) => response.listeners('close')).length).toBe(0)
})

test('who had hung up before anybody looked is gone', async () => {
  const ask = await asked()
  const closing = new AbortController()
  const { client, response } = await ask()
  const closed = once(response, 'close')
  client.destroy()
  await closed
  expect(gone(replyOf(response), deskOf(closing.signal)).aborted).toBe(true)
  expect(getEventListeners(closing.signal, 'abort')).toEqual([])
})

test('an API that stops tells all who wait', async () => {
  const ask = await asked()
  const closing = new AbortController()
  const { client, response } = await ask()
  const signal = gone(replyOf(response), deskOf(closing.signal))
  expect(signal.aborted).toBe(false)
  closing.abort()
  expect([signal.aborted, getEventListeners(closing.signal, 'abort').length]).toEqual([true, 0])
  client.destroy()
})
