/** Where inspectors come in: WebSockets on the API's port, of those whom the API has let in. */
import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { type RawData, type WebSocket, WebSocketServer } from 'ws'
import type { Alarm, Clock } from '../kernel/clock.js'
import { tell } from '../kernel/telemetry.js'
import type { Runtime } from '../runtime/runtime.js'
import type { Scope } from '../runtime/tokens.js'
import { Client, LONGEST_MESSAGE } from './client.js'
import { Hub } from './hub.js'
import { Line } from './line.js'
import { PROTOCOL } from './messages.js'
import { Onlooker } from './onlooker.js'
import { fromOutside, type Source } from './source.js'

const HEARTBEAT_MS = 15_000
/** Who was told to go has so long. */
const GRACE_MS = 1_000

/** A request that was let in, with its connection. */
export interface Visit {
  readonly request: IncomingMessage
  readonly socket: Socket
  readonly head: Buffer
  readonly query: Readonly<Record<string, unknown>>
  readonly scope: Scope
  allow(scope: Scope): Promise<void>
}

interface Guest {
  readonly line: Line
  readonly allow: Visit['allow']
}

export class Door {
  readonly #source: Source
  readonly #clock: Clock
  readonly #hub: Hub
  readonly #guests = new Set<Guest>()
  readonly #server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    maxPayload: LONGEST_MESSAGE,
    perMessageDeflate: false,
    handleProtocols: (offered) => (offered.has(PROTOCOL) ? PROTOCOL : false),
  })
  #heartbeat: Alarm | undefined
  #gone: (() => void) | undefined

  constructor({ runtime, clock }: { readonly runtime: Runtime; readonly clock: Clock }) {
    this.#source = fromOutside(runtime)
    this.#clock = clock
    this.#hub = new Hub(this.#source, clock)
  }

  get size(): number {
    return this.#guests.size
  }

  receive(visit: Visit): void {
    const { request, socket, head } = visit
    this.#server.handleUpgrade(request, socket, head, (webSocket) => this.#opened(webSocket, visit))
  }

  /** All are told to go; resolves when they are gone. */
  async close(): Promise<void> {
    if (this.#guests.size === 0) return
    const gone = new Promise<void>((resolve) => {
      this.#gone = resolve
    })
    for (const { line } of this.#guests) line.close(1001, 'the daemon stops')
    const late = this.#clock.alarm('steady', this.#clock.steady() + GRACE_MS, () => {
      for (const { line } of this.#guests) line.terminate()
    })
    await gone
    late.clear()
  }

  #opened(webSocket: WebSocket, { socket, scope, allow, query }: Visit): void {
    const line = new Line(webSocket, socket)
    const guest = { line, allow }
    this.#guests.add(guest)
    tell('inspector.joined', () => ({ inspectors: this.#guests.size }))
    if (this.#guests.size === 1) this.#beat()
    const parts = { source: this.#source, hub: this.#hub, clock: this.#clock, line, scope, allow }
    const inside = webSocket.protocol === PROTOCOL ? new Client(parts) : new Onlooker(parts, query)
    webSocket.on('message', (data: RawData, binary: boolean) => {
      if (binary) line.close(1003, 'text only')
      else void inside.heard(data.toString())
    })
    // What is wrong with a frame closes it, with the code that says what.
    webSocket.on('error', () => undefined)
    webSocket.on('close', (code: number) => {
      this.#guests.delete(guest)
      inside.close()
      tell('inspector.left', () => ({ inspectors: this.#guests.size, code }))
      if (this.#guests.size > 0) return
      this.#heartbeat?.clear()
      this.#gone?.()
    })
  }

  /** Finds out who is gone, and whose token is; only while there are guests. */
  #beat(): void {
    this.#heartbeat = this.#clock.alarm('steady', this.#clock.steady() + HEARTBEAT_MS, () => {
      for (const { line, allow } of this.#guests) {
        line.beat()
        allow('read').catch(({ code }: { code?: unknown }) => {
          if (code === 'ERR_UNAUTHORIZED' || code === 'ERR_FORBIDDEN') line.close(1008, 'the token was revoked')
        })
      }
      if (this.#guests.size > 0) this.#beat()
    })
  }
}
