/**
 * What leaves HTTP for a protocol of its own, on the API's port. A request that asks for that is a request like any
 * other until its endpoint has let it in; then its connection is the guest's. What a guest speaks is its own matter: it
 * is handed to the API by whoever puts both together.
 */
import { type IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Clock } from '../kernel/clock.js'
import type { Runtime } from '../runtime/runtime.js'
import type { Scope } from '../runtime/tokens.js'

/** A request that was let in, with its connection. */
export interface Visit {
  readonly request: IncomingMessage
  readonly socket: Socket
  /** What came behind the request. */
  readonly head: Buffer
  readonly query: Readonly<Record<string, unknown>>
  readonly scope: Scope
  /** Whether who came may do that, as of now. @throws ERR_UNAUTHORIZED, ERR_FORBIDDEN */
  allow(scope: Scope): Promise<void>
}

export interface Guest {
  /** How many connections it has. */
  readonly size: number
  /** Never throws; what it cannot take it refuses on the connection. */
  receive(visit: Visit): void
  /** All of its connections are told to go; resolves when they are gone. */
  close(): Promise<void>
}

/** Makes the guest when the first visit comes. */
export type Invitation = (host: { readonly runtime: Runtime; readonly clock: Clock }) => Promise<Guest>

interface Leaving {
  readonly socket: Socket
  readonly head: Buffer
  readonly response: ServerResponse
}

export type Handler = (request: IncomingMessage, response: ServerResponse) => void

const leaving = new WeakMap<IncomingMessage, Leaving>()

/** Has a request that asks to leave HTTP answered like any other. */
export function admit(request: IncomingMessage, socket: Socket, head: Buffer, handle: Handler): void {
  const response = new ServerResponse(request)
  response.shouldKeepAlive = false
  response.assignSocket(socket)
  const hungUp = () => void socket.destroy()
  socket.on('error', hungUp)
  response.once('finish', () => {
    response.detachSocket(socket)
    // The server counts it no more among those that it closes: whoever leaves it half open would keep it from stopping.
    socket.destroySoon()
    response.emit('close')
  })
  leaving.set(request, { socket, head, response })
  handle(request, response)
}

/** The connection of a request that asked to leave HTTP: nothing is answered on it by HTTP any more. */
export function depart(request: IncomingMessage): { readonly socket: Socket; readonly head: Buffer } | undefined {
  const found = leaving.get(request)
  if (!found || request.headers.upgrade?.toLowerCase() !== 'websocket') return undefined
  leaving.delete(request)
  found.response.detachSocket(found.socket)
  found.response.emit('close')
  return found
}
