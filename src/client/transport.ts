/**
 * Requests on the wire. A request that never got there (ERR_NO_DAEMON) is told from one whose answer did not come
 * (ERR_NO_ANSWER): the first was not done, of the second nobody knows.
 */
import { Agent, type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http'
import { request as httpsRequest, Agent as TlsAgent } from 'node:https'
import type { Clock } from '../kernel/clock.js'
import { HoldfastError } from '../model/errors.js'
import { Exchange, isLong, type Line } from './exchange.js'
import type { Halts } from './halt.js'
import type { ClientSettings, Target } from './options.js'

/** Which connections a request may take: `kept` ones, a `fresh` one of its own, one of those that are `waiting`. */
export type Lane = 'kept' | 'fresh' | 'waiting'

export interface Sent {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | undefined
  readonly lane: Lane
  /** How long the daemon is asked to wait before it answers, milliseconds. */
  readonly waitMs: number
}

/** An answer that has begun. */
export interface Opened {
  readonly response: IncomingMessage
  /** From now on, what is read has to come within so many milliseconds, or in its own time. */
  within(ms: number | undefined): void
  /** What an error while it was read means. */
  failure(error: unknown): unknown
  /** The answer was read, or is not wanted any more. */
  close(): void
}

/** Trouble that does not go away by itself, and what to do about it. */
const LASTING: Readonly<Record<string, string>> = {
  EACCES: 'This user may not open the socket: be in its group, or run as its owner.',
  EPERM: 'This user may not open the socket: be in its group, or run as its owner.',
  ENOTDIR: 'A part of the path is no directory.',
  ENAMETOOLONG: 'The path is longer than a socket may have.',
  EINVAL: 'The path is longer than a socket may have.',
  EPROTO: 'It does not speak TLS: is it http:?',
  ERR_SSL_WRONG_VERSION_NUMBER: 'It does not speak TLS: is it http:?',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'It does not speak TLS: is it http:?',
}
const CERTIFICATE = /CERT|SELF_SIGNED|ISSUER|ALTNAME|CRL|SIGNATURE/
const LONGEST_HEADERS = 16 * 1024

export class Transport implements Line {
  readonly clock: Clock
  readonly timeoutMs: number
  readonly #target: Target
  readonly #token: string | undefined
  readonly #agents: Readonly<Record<Lane, Agent>>

  constructor({ target, timeoutMs, connections }: ClientSettings, token: string | undefined, clock: Clock) {
    this.#target = target
    this.timeoutMs = timeoutMs
    this.#token = token
    this.clock = clock
    const agent = (options: { keepAlive: boolean; maxSockets: number }) =>
      target.tls ? new TlsAgent({ ...options, ...(target.ca ? { ca: target.ca } : {}) }) : new Agent(options)
    this.#agents = {
      kept: agent({ keepAlive: true, maxSockets: connections }),
      fresh: agent({ keepAlive: false, maxSockets: connections }),
      waiting: agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY }),
    }
  }

  get tls(): boolean {
    return this.#target.tls
  }

  close(): void {
    for (const agent of Object.values(this.#agents)) agent.destroy()
  }

  /** Resolves when the answer begins. @throws ERR_NO_DAEMON, ERR_NO_ANSWER, and why it was halted */
  open(sent: Sent, halts: Halts): Promise<Opened> {
    return new Exchange(this.#request(sent), sent, this, halts).begun
  }

  #request({ method, path, headers, body, lane }: Sent): ClientRequest {
    const make = this.#target.tls ? httpsRequest : httpRequest
    return make({
      ...this.#target.to,
      method,
      path,
      agent: this.#agents[lane],
      maxHeaderSize: LONGEST_HEADERS,
      headers: {
        ...(body === undefined
          ? {}
          : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
        ...(isLong(body) ? { expect: '100-continue' } : {}),
        ...(this.#token === undefined ? {} : { authorization: `Bearer ${this.#token}` }),
        ...headers,
      },
    })
  }

  silence(reached: boolean, ms: number): HoldfastError {
    const { name } = this.#target
    if (!reached) return new HoldfastError('ERR_NO_DAEMON', `${name}: no connection within ${ms} ms`)
    return new HoldfastError('ERR_NO_ANSWER', `${name}: nothing came within ${ms} ms`)
  }

  trouble(reached: boolean, cause: unknown): HoldfastError {
    const { name } = this.#target
    const { code, message } = cause as NodeJS.ErrnoException
    // What is no HTTP was answered by somebody else.
    if (code?.startsWith('HPE_'))
      return new HoldfastError('ERR_BAD_ANSWER', `${name}: the answer is no HTTP (${code})`, { cause })
    if (reached)
      return new HoldfastError('ERR_NO_ANSWER', `${name}: the connection was cut before the answer was over`, { cause })
    const hint = hintOf(code)
    const told = `${name}: ${code ?? message}`
    return new HoldfastError('ERR_NO_DAEMON', told, { cause, ...(hint === undefined ? {} : { hint }) })
  }
}

/** True when asking again cannot help. */
export function isLasting({ code, cause }: HoldfastError): boolean {
  return code === 'ERR_NO_DAEMON' && hintOf((cause as NodeJS.ErrnoException | undefined)?.code) !== undefined
}

function hintOf(code: string | undefined): string | undefined {
  if (code === undefined) return undefined
  if (CERTIFICATE.test(code))
    return 'Its certificate is not trusted: give that of its CA as `ca`, and the name it is for.'
  return LASTING[code]
}
