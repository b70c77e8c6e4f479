/** An answer that is made as it is taken, and a reader that takes nothing. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { expect, onTestFinished, test } from 'vitest'
import { PATIENCE_MS, patient } from '../../src/api/patience.js'
import { SimulatedClock } from '../../src/testing/simulated-clock.js'

const MEGABYTE = Buffer.alloc(1024 * 1024, 'x')

/** Megabytes without end, or so many; counts those that were asked for. */
function megabytes(most = Number.POSITIVE_INFINITY) {
  const source = { made: 0, stream: undefined as unknown as Readable }
  source.stream = Readable.from(
    (function* () {
      while (source.made < most) {
        source.made++
        yield MEGABYTE
      }
    })(),
    { highWaterMark: 1 },
  )
  return source
}

/** A server that pours something into its one answer, and what came of that. */
async function pouring(stream: Readable) {
  const clock = new SimulatedClock()
  let settle: (outcome: unknown) => void = () => undefined
  const outcome = new Promise((resolve) => {
    settle = resolve
  })
  const server = createServer((_, response) => {
    const sink = patient(response, clock, () => response.writeHead(200, { 'content-type': 'application/x-tar' }))
    pipeline(stream, sink).then(() => settle('whole'), settle)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const asked = request({ host: '127.0.0.1', port: (server.address() as AddressInfo).port }).end()
  const [response] = (await once(asked, 'response')) as [IncomingMessage]
  return { clock, outcome, response }
}

test('comes whole to who takes it', async () => {
  const { response, outcome } = await pouring(megabytes(5).stream)
  let bytes = 0
  for await (const chunk of response) bytes += chunk.length
  expect(bytes).toBe(5 * MEGABYTE.length)
  expect(response.complete).toBe(true)
  expect(await outcome).toBe('whole')
})

test('waits a minute for who takes nothing, and is cut off then', async () => {
  const source = megabytes()
  const { clock, response, outcome } = await pouring(source.stream)
  // What the buffers between the two hold is sent; then nothing moves any more.
  for (let before = -1; before !== source.made || clock.next === Number.POSITIVE_INFINITY; ) {
    before = source.made
    for (let n = 0; n < 50; n++) await new Promise((resolve) => setImmediate(resolve))
  }
  const { made } = source
  expect(made).toBeLessThan(64)
  clock.advance(PATIENCE_MS - 1)
  expect(source.stream.destroyed).toBe(false)
  clock.advance(1)
  expect(String(await outcome)).toContain('the reader is gone')
  expect(source.stream.destroyed).toBe(true)
  response.resume()
  await once(response, 'error')
  expect(response.complete).toBe(false)
})

test('ends without its end when what it is made of breaks off', async () => {
  const stream = Readable.from(
    (async function* () {
      yield MEGABYTE
      throw new Error('the disk failed')
    })(),
  )
  const { response, outcome } = await pouring(stream)
  response.resume()
  await once(response, 'error')
  expect(response.complete).toBe(false)
  expect(String(await outcome)).toContain('the disk failed')
})

test('stops being made when its reader goes', async () => {
  const source = megabytes()
  const { response, outcome } = await pouring(source.stream)
  response.destroy()
  expect(String(await outcome)).toContain('the reader is gone')
  expect(source.stream.destroyed).toBe(true)
})
