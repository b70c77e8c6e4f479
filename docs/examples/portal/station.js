/**
 * The station that the portal reports to: an HTTP server on this machine, so that the example needs no other. While a
 * file `offline` lies beside the inbox it is out of reach, as a station is when the network goes.
 */
import { existsSync, watch } from 'node:fs'
import { appendFile, readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { makeDirectory } from './durable-file.js'
import { places } from './places.js'

const LONGEST = 64 * 1024

/** Serves until `close()`. What it received is in received.jsonl, one line a digest, however often it was sent. */
export async function openStation({ received }) {
  const { hostname, port } = places.station
  const book = join(places.received, 'received.jsonl')
  await makeDirectory(places.received)
  const known = new Set()
  for (const line of (await readFile(book, 'utf8').catch(() => '')).split('\n')) {
    if (line !== '') known.add(JSON.parse(line).key)
  }
  let turn = Promise.resolve()

  const server = createServer((request, response) => {
    const answer = (status, body) => response.writeHead(status, { connection: 'close' }).end(JSON.stringify(body))
    const key = request.headers['idempotency-key']
    if (request.method !== 'POST' || request.url !== '/digests' || key === undefined) return answer(404, {})
    // One after the other: the same digest may be on its way twice.
    turn = turn
      .then(() => take(request, key))
      .then(
        () => answer(200, { received: known.size }),
        (error) => answer(400, { error: error.message }),
      )
  })

  async function take(request, key) {
    let text = ''
    for await (const chunk of request) {
      text += chunk
      if (text.length > LONGEST) throw new Error('too long')
    }
    if (known.has(key)) return
    await appendFile(book, `${JSON.stringify({ key, digest: JSON.parse(text) })}\n`, { flush: true })
    known.add(key)
    received()
  }

  const listen = () =>
    new Promise((resolve, reject) => {
      server.once('error', reject)
      server.listen(Number(port), hostname, () => {
        server.off('error', reject)
        resolve()
      })
    })
  const offline = () => existsSync(places.offline)
  const follow = () => {
    if (offline() && server.listening) server.close()
    else if (!offline() && !server.listening) listen().catch((error) => console.error(error.message))
  }

  if (!offline()) await listen()
  const watcher = watch(places.home, (_, name) => (name === null || name === 'offline') && follow())
  return {
    get count() {
      return known.size
    },
    close() {
      watcher.close()
      if (server.listening) server.close()
    },
  }
}
