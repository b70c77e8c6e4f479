/** The places of event streams, and what a reader hears that stays while the disk fails. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import type { Desk } from '../../../src/api/desk.js'
import { EventHub } from '../../../src/api/event-hub.js'
import type { EmittedEvent } from '../../../src/runtime/events.js'
import type { Observer } from '../../../src/runtime/observers.js'
import { SimulatedClock } from '../../../src/testing/simulated-clock.js'
import { deferred } from '../../runtime/lab.js'
import { temporaryDirectory } from '../../support/stores.js'

const query = { task: undefined, type: undefined, after: undefined }
const event = (seq: number): EmittedEvent => ({
  seq, taskId: 't', kind: 'k', runId: 't/1', at: '2026-01-01T00:00:00.000Z', event: { type: 'said' },
}) // biome-ignore format: a record

/** A hub with places for `readers`, a ring that the test fills, and clients with their responses. */
async function hubOf(readers: number) {
  const path = join(await temporaryDirectory(), 's')
  const server = createServer()
  onTestFinished(() => void server.close())
  await new Promise<void>((resolve) => void server.listen(path, resolve))
  const ring: EmittedEvent[] = []
  const observers: Partial<Observer>[] = []
  const latest = { is: Promise.resolve(0) }
  const runtime = {
    events: async ({ after = 0 }: { after?: number }) => ring.filter(({ seq }) => seq > after),
    emittedSoFar: 0,
    emittedOnDisk: () => latest.is,
    observe: (observer: Partial<Observer>) => {
      observers.push(observer)
      return () => undefined
    },
  }
  const desk = {
    settings: { limits: { readers } },
    closing: new AbortController().signal,
    clock: new SimulatedClock(),
    runtime: { shows: () => true },
  } as unknown as Desk
  const ask = async () => {
    const client = request({ socketPath: path, agent: false })
    client.on('error', () => undefined).end()
    onTestFinished(() => void client.destroy())
    const [, response] = (await once(server, 'request')) as [unknown, ServerResponse]
    return { client, response }
  }
  const hub = new EventHub(desk, runtime as never)
  return { hub, ring, latest, ask, emit: (seq: number) => observers[0]?.emitted?.(event(seq)) }
}

test('one that hangs up while it is looked up where its stream begins takes no place', async () => {
  const { hub, latest, ask } = await hubOf(1)
  const looking = deferred<number>()
  latest.is = looking.promise
  const { client, response } = await ask()
  const begun = hub.begin(query)
  const closed = once(response, 'close')
  client.destroy()
  await closed
  looking.resolve(0)
  await hub.send(response, query, await begun)
  expect(await hub.begin(query)).toBe(0)
})

test('those who come at the same time find the places that there are', async () => {
  const { hub } = await hubOf(2)
  const begun = await Promise.allSettled(Array.from({ length: 5 }, () => hub.begin(query)))
  expect(begun.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'rejected', 'rejected'])
})

test('one that cannot be told where its stream begins takes no place', async () => {
  const { hub, latest } = await hubOf(1)
  latest.is = Promise.reject(new Error('IO error'))
  await expect(hub.begin(query)).rejects.toThrow('IO error')
  latest.is = Promise.resolve(7)
  expect(await hub.begin(query)).toBe(7)
})

test('events of a commit that was unknown and is on disk are heard before those after it', async () => {
  const { hub, ring, ask, emit } = await hubOf(1)
  const { client, response } = await ask()
  const answered = once(client, 'response') as Promise<[IncomingMessage]>
  await hub.send(response, query, await hub.begin(query))
  const [stream] = await answered
  const ids: string[] = []
  const heard = new Promise<void>((resolve) => {
    stream.setEncoding('utf8').on('data', (text: string) => {
      ids.push(...[...text.matchAll(/^id: (\d+)/gm)].map(([, id]) => id as string))
      if (ids.includes('4')) resolve()
    })
  })
  ring.push(event(1))
  emit(1)
  // Nobody tells of the second.
  ring.push(event(2), event(3))
  emit(3)
  ring.push(event(4))
  emit(4)
  await heard
  expect(ids).toEqual(['1', '2', '3', '4'])
})
