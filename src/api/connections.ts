/**
 * The HTTP servers of the API, and the deadlines of their connections. Node's own checks of slow connections run twice a
 * minute for ever; here one alarm stands while there are connections, and none when there are not.
 */
import { createServer, type IncomingMessage, type Server, type ServerOptions, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { Socket } from 'node:net'
import type { Alarm, Clock } from '../kernel/clock.js'
import { admit, type Handler } from './guests.js'
import type { ApiSettings } from './options.js'
import { refusal } from './problem.js'

const LONGEST_HEADERS = 16 * 1024
const MOST_HEADERS = 100
const NEVER_MS = 2 ** 31 - 1

export class Connections {
  readonly server: Server
  readonly #clock: Clock
  readonly #settings: ApiSettings
  /** Until when each has to have sent what is awaited of it, on the steady hand. */
  readonly #deadlines = new Map<Socket, number>()
  #alarm: { readonly at: number; readonly alarm: Alarm } | undefined

  constructor(settings: ApiSettings, clock: Clock, handle: Handler, tls?: { cert: Buffer; key: Buffer }) {
    this.#clock = clock
    this.#settings = settings
    const options: ServerOptions = {
      maxHeaderSize: LONGEST_HEADERS,
      keepAliveTimeout: 0,
      requestTimeout: 0,
      headersTimeout: 0,
      connectionsCheckingInterval: NEVER_MS,
    }
    const heard: Handler = (request, response) => this.#request(request, response, handle)
    this.server = tls ? createTlsServer({ ...options, ...tls }, heard) : createServer(options, heard)
    this.server.maxHeadersCount = MOST_HEADERS
    this.server.maxConnections = settings.limits.connections
    // Who waits to be asked for a body is asked when it is known to be wanted.
    this.server.on('checkContinue', heard)
    this.server.on('upgrade', (request, socket: Socket, head: Buffer) => admit(request, socket, head, heard))
    this.server.on('connection', (socket: Socket) => this.#connected(socket))
    this.server.on('clientError', refuse)
  }

  /** Nobody new comes in; resolves when all are gone, those that do not go by themselves after `graceMs`. */
  close(graceMs: number): Promise<void> {
    return new Promise((resolve) => {
      const alarm = this.#clock.alarm('steady', this.#clock.steady() + graceMs, () => this.server.closeAllConnections())
      this.server.close(() => {
        alarm.clear()
        this.#alarm?.alarm.clear()
        resolve()
      })
      this.server.closeIdleConnections()
    })
  }

  #connected(socket: Socket): void {
    this.#within(socket, this.#settings.idleMs)
    socket.once('close', () => this.#deadlines.delete(socket))
  }

  #request(request: IncomingMessage, response: ServerResponse, handle: Handler): void {
    const { socket } = request
    // The body first; then the time is the server's own, until the next request. Who sends none is not waited for.
    if (hasBody(request)) {
      this.#within(socket, this.#settings.uploadMs)
      request.once('end', () => this.#deadlines.delete(socket))
    } else {
      this.#deadlines.delete(socket)
    }
    response.once('close', () => {
      if (!socket.destroyed) this.#within(socket, this.#settings.idleMs)
    })
    handle(request, response)
  }

  #within(socket: Socket, ms: number): void {
    const at = this.#clock.steady() + ms
    this.#deadlines.set(socket, at)
    if (!this.#alarm || at < this.#alarm.at) this.#arm(at)
  }

  #arm(at: number): void {
    this.#alarm?.alarm.clear()
    this.#alarm = { at, alarm: this.#clock.alarm('steady', at, () => this.#look()) }
  }

  #look(): void {
    this.#alarm = undefined
    const now = this.#clock.steady()
    let next = Number.POSITIVE_INFINITY
    for (const [socket, at] of this.#deadlines) {
      if (at > now) next = Math.min(next, at)
      else socket.destroy()
    }
    if (next < Number.POSITIVE_INFINITY) this.#arm(next)
  }
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
}

/** What is no HTTP is answered once, and hung up on. */
function refuse(error: NodeJS.ErrnoException, socket: Socket): void {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy()
    return
  }
  const status = error.code === 'HPE_HEADER_OVERFLOW' ? 431 : 400
  const problem = refusal(status)
  const body = JSON.stringify(problem)
  const head = [
    `HTTP/1.1 ${status} ${problem.detail}`,
    'Content-Type: application/problem+json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ]
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`)
}
