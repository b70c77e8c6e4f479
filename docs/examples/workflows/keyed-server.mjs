/** A server on this board that knows a request again by its idempotency key: what the examples talk to. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import { json } from 'node:stream/consumers'

/**
 * `get(path)` gives { status, body }. `told(path, body, { key, again })` hears of all other requests before they are
 * answered; `again` is true for one that came before.
 */
export async function keyedServer({ port = 0, get, told }) {
  const known = new Set()
  const answer = async (request) => {
    if (request.method === 'GET') return get(request.url)
    const body = await json(request)
    const key = request.headers['idempotency-key']
    const again = known.has(key)
    known.add(key)
    await told(request.url, body, { key, again })
    return { status: 200, body: {} }
  }
  const server = createServer((request, response) => {
    answer(request).then(
      ({ status = 200, body }) =>
        response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body)),
      // Who asked is gone in the middle of it, or what is asked is nonsense.
      () => response.destroy(),
    )
  })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  return { url: `http://127.0.0.1:${server.address().port}`, server }
}
