/** What the door finds out at its heartbeats, with the time in the hands of the test. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import WebSocket from 'ws'
import { Door } from '../../../src/inspect/door.js'
import { HoldfastError } from '../../../src/model/errors.js'
import { SimulatedRuntime } from '../../support/simulated-runtime.js'

const BEAT_MS = 15_000

async function open({
  autoPong = true,
  allow = async () => {},
}: {
  autoPong?: boolean
  allow?: () => Promise<void>
} = {}) {
  const board = await new SimulatedRuntime({ tasks: [] }).start()
  const { runtime, clock } = board
  const door = new Door({ runtime, clock })
  const server = createServer().listen(0, '127.0.0.1')
  server.on('upgrade', (request, socket: Socket, head) =>
    door.receive({ request, socket, head, query: {}, scope: 'read', allow }),
  )
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const client = new WebSocket(`ws://127.0.0.1:${port}/v1/inspect`, 'holdfast.inspect.v1', { autoPong })
  const closed = new Promise<number>((resolve) => client.once('close', resolve))
  const pinged = () => once(client, 'ping')
  onTestFinished(async () => {
    client.terminate()
    server.close()
    await runtime.stop()
  })
  await once(client, 'message')
  return { clock, client, closed, pinged, door }
}

test('whose token is revoked is closed with 1008 at the next beat', async () => {
  const { clock, closed } = await open({ allow: () => Promise.reject(new HoldfastError('ERR_UNAUTHORIZED')) })
  clock.advance(BEAT_MS)
  expect(await closed).toBe(1008)
})

test('a store that cannot be read just now closes nobody', async () => {
  const { clock, client, pinged } = await open({ allow: () => Promise.reject(new HoldfastError('ERR_DEGRADED')) })
  for (let i = 0; i < 3; i++) {
    const ping = pinged()
    clock.advance(BEAT_MS)
    await ping
    await new Promise((resolve) => client.ping('still here', undefined, () => resolve(undefined)))
    await once(client, 'pong')
  }
  expect(client.readyState).toBe(WebSocket.OPEN)
})

test('one that does not answer is cut off at the second beat, and then there are no beats any more', async () => {
  const { clock, closed, pinged, door } = await open({ autoPong: false })
  const waits = clock.waiting
  const ping = pinged()
  clock.advance(BEAT_MS)
  await ping
  clock.advance(BEAT_MS)
  expect(await closed).toBe(1006)
  while (door.size > 0) await new Promise((resolve) => setImmediate(resolve))
  expect(clock.waiting).toBe(waits - 1)
})
