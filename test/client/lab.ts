/** Clients for tests: closed with their test, and what they leave open is seen. */

import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http'
import { createServer as createNetServer, type Server as NetServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { type Client, type ClientOptions, createClient } from '../../src/client/index.js'
import { HoldfastError } from '../../src/model/errors.js'

export function client(options: ClientOptions): Client {
  const made = createClient(options)
  onTestFinished(() => made.close())
  return made
}

/** The error that a call rejects with. */
export async function thrown(call: Promise<unknown>): Promise<HoldfastError> {
  const error = await call.then(
    (value) => new Error(`it resolved: ${JSON.stringify(value)}`),
    (reason) => reason,
  )
  if (error instanceof HoldfastError) return error
  throw error
}

/** A server that stands where a daemon should: on a socket of its own, for one test. */
export async function standIn(listener: RequestListener): Promise<string> {
  return listening(createServer(listener))
}

/** The same below HTTP. */
export async function rawStandIn(connected: (socket: Socket) => void): Promise<string> {
  return listening(createNetServer(connected))
}

async function listening(server: Server | NetServer): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'holdfast-client-'))
  const path = join(directory, 's')
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.on('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve) => server.listen(path, resolve))
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy()
    await new Promise((resolve) => server.close(resolve))
    await rm(directory, { recursive: true, force: true })
  })
  return path
}

export const json = { 'content-type': 'application/json' }
/** An answer as the daemon gives them. */
export const good = (response: ServerResponse, body: object, status = 200) =>
  response.writeHead(status, json).end(JSON.stringify(body))
/** A refusal as the daemon gives them. */
export const problem = (response: ServerResponse, status: number, code: string, headers = {}) =>
  response
    .writeHead(status, { 'content-type': 'application/problem+json', ...headers })
    .end(JSON.stringify({ type: 'x', title: 't', status, detail: 'the detail', code, hint: 'The hint.' }))
