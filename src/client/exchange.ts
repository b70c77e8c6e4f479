/** One request on the wire and its answer, from the first byte to the last, within its times. */
import type { ClientRequest, IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { Alarm, Clock } from '../kernel/clock.js'
import { HoldfastError } from '../model/errors.js'
import { type Halts, whenHalted } from './halt.js'
import type { Opened, Sent } from './transport.js'

/** What a transport knows of its other end. */
export interface Line {
  readonly clock: Clock
  readonly tls: boolean
  readonly timeoutMs: number
  /** What an error of the connection means. */
  trouble(reached: boolean, error: unknown): HoldfastError
  /** That nothing came for so long. */
  silence(reached: boolean, ms: number): HoldfastError
}

/** A longer body is sent when the daemon has asked for it: one that refuses it hangs up, and its answer could be lost. */
const LONG_BODY = 64 * 1024
/** Who does not know how to ask gets it after this time. */
const ASKED_MS = 1_000

export class Exchange implements Opened {
  /** The answer has begun. */
  readonly begun: Promise<Opened>
  response!: IncomingMessage
  readonly #request: ClientRequest
  readonly #sent: Sent
  readonly #line: Line
  /** Something may have been heard. */
  #reached = false
  #reason: unknown
  #deadline: Alarm | undefined
  #late: Alarm | undefined
  #refuse!: (error: unknown) => void
  readonly #leave: () => void

  constructor(request: ClientRequest, sent: Sent, line: Line, halts: Halts) {
    this.#request = request
    this.#sent = sent
    this.#line = line
    this.begun = new Promise((resolve, reject) => {
      this.#refuse = reject
      request.once('response', (response: IncomingMessage) => {
        this.#late?.clear()
        this.response = response
        response.on('error', () => undefined)
        resolve(this)
      })
    })
    request.on('error', (error) => {
      this.#over()
      this.#refuse(this.failure(error))
    })
    request.once('socket', (socket: Socket) => this.#connect(socket))
    request.once('continue', () => this.#send())
    this.#leave = whenHalted(halts, (reason) => this.#fail(reason))
    if (this.#reason !== undefined) this.#over()
    else if (isLong(sent.body)) request.flushHeaders()
    else this.#send()
  }

  within(ms: number | undefined): void {
    const { clock } = this.#line
    this.#deadline?.clear()
    if (ms === undefined) return
    const silent = () => this.#fail(this.#line.silence(this.#reached, ms))
    this.#deadline = clock.alarm('steady', clock.steady() + ms, silent)
  }

  failure(error: unknown): unknown {
    return this.#reason ?? (error instanceof HoldfastError ? error : this.#line.trouble(this.#reached, error))
  }

  close(): void {
    this.#over()
    if (!this.response.complete) this.response.destroy()
  }

  #connect(socket: Socket): void {
    if (this.#reason !== undefined) return
    const { tls, timeoutMs, clock } = this.#line
    const connected = () => {
      this.#reached = true
      this.within(this.#sent.waitMs + timeoutMs)
      if (isLong(this.#sent.body)) this.#late = clock.alarm('steady', clock.steady() + ASKED_MS, () => this.#send())
    }
    this.within(timeoutMs)
    if (this.#request.reusedSocket || !socket.connecting) connected()
    else socket.once(tls ? 'secureConnect' : 'connect', connected)
  }

  #send(): void {
    this.#late?.clear()
    if (!this.#request.writableEnded && !this.#request.destroyed) this.#request.end(this.#sent.body)
  }

  /** One that waits for a connection would hear of its end when it gets one. */
  #fail(reason: unknown): void {
    this.#reason ??= reason
    this.#over()
    this.#request.destroy()
    this.#refuse(this.#reason)
  }

  #over(): void {
    this.#deadline?.clear()
    this.#late?.clear()
    this.#leave?.()
  }
}

export function isLong(body: string | undefined): boolean {
  return body !== undefined && body.length > LONG_BODY
}
