/**
 * The station that the portal reports to: an HTTP server on this machine, so that the example needs no other one. While
 * a file `offline` lies beside the inbox it is out of reach, as it is when the network goes: in the middle of a request.
 */
import { once } from 'node:events'
import { existsSync, watch } from 'node:fs'
import { createServer } from 'node:http'
import { HoldfastError } from 'holdfast'
import { openBook } from './book.js'
import { places } from './places.js'

const LONGEST = 64 * 1024

async function read(request) {
  let text = ''
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    text += chunk
    if (text.length > LONGEST) throw new Error('too long')
  }
  return JSON.parse(text)
}

/** Serves until `close()`; `received(path, message)` tells of each message that is new. */
export async function openStation({ received }) {
  const { host, port } = places.station
  const books = {
    '/digests': await openBook('received.jsonl', 'digest'),
    '/chat': await openBook('chat.jsonl', 'message'),
  }

  const server = createServer((request, response) => {
    const answer = (status, body) => response.writeHead(status, { connection: 'close' }).end(JSON.stringify(body))
    const key = request.headers['idempotency-key']
    const book = books[request.url]
    if (request.method !== 'POST' || book === undefined || key === undefined) return answer(404, {})
    take(request, key, book, answer).catch(({ message }) => answer(503, { error: message }))
  })

  async function take(request, key, book, answer) {
    const message = await read(request).catch(({ message }) => void answer(400, { error: message }))
    if (message === undefined) return
    const isNew = await book.enter(key, message)
    if (isNew) received(request.url, message)
    answer(200, { isNew })
  }

  async function appear() {
    try {
      await once(server.listen(port, host), 'listening')
    } catch (cause) {
      const hint = 'Another program may have the port. Take another one: HOLDFAST_PORTAL_PORT=7718 npm start'
      throw new HoldfastError('ERR_INVALID_OPTION', `the station cannot listen at ${host}:${port}`, { hint, cause })
    }
  }

  async function vanish() {
    const closed = once(server, 'close')
    server.close()
    server.closeAllConnections()
    await closed
  }

  async function follow() {
    const offline = existsSync(places.offline)
    if (offline && server.listening) await vanish()
    if (!offline && !server.listening) await appear()
  }

  await follow()
  let turn = Promise.resolve()
  const watcher = watch(places.home, (_, name) => {
    if (name !== null && name !== 'offline') return
    turn = turn.then(follow).catch(({ message, hint }) => console.error(`${message}\nhint: ${hint}`))
  })
  return {
    get count() {
      return books['/digests'].count
    },
    async close() {
      watcher.close()
      await turn
      // What is on its way may come to its end.
      if (server.listening) server.close()
    },
  }
}
