/**
 * Who may do what. Over the socket its rights decide: whoever can open it may do everything, but a page of elsewhere that
 * finds it forwarded to a port may nothing. Over TCP each request needs
 * a bearer token with the scope of its endpoint, or the session that a page of this host got for one; it has to call
 * this host by a name it is known by (a page that rebinds its own name to this address does not), and pages of other
 * origins are refused.
 */
import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { HoldfastError } from '../model/errors.js'
import type { Runtime } from '../runtime/runtime.js'
import type { Scope } from '../runtime/tokens.js'
import { assertMay, BY_SOCKET, bearerOf, type Caller, isForeign, isOwnPage, ownOrigin, sessionOf } from './callers.js'
import type { ApiSettings, TcpSettings } from './options.js'
import { Bucket } from './rate.js'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What a token has to allow; `none` needs no token. Default `read` for GET, else `write`. */
    scope?: Scope | 'none'
  }
}

const MOST_TOKENS = 1_000
const METHODS = 'GET, POST, PUT, PATCH, DELETE'
const HEADERS = 'authorization, content-type, idempotency-key, last-event-id'

export class Access {
  readonly #settings: ApiSettings
  readonly #runtime: Runtime
  readonly #now: () => number
  /** Requests that came over TCP. */
  readonly #outside = new WeakSet<IncomingMessage>()
  readonly #callers = new WeakMap<IncomingMessage, Caller>()
  readonly #ofSocket = new WeakMap<Socket, Bucket>()
  readonly #ofToken = new Map<string, Bucket>()

  constructor(settings: ApiSettings, runtime: Runtime, now: () => number) {
    this.#settings = settings
    this.#runtime = runtime
    this.#now = now
  }

  fromOutside(request: IncomingMessage): void {
    this.#outside.add(request)
  }

  /** Before anything else of a request is looked at. True when it was answered here. */
  async check(request: FastifyRequest, reply: FastifyReply): Promise<boolean> {
    const { raw } = request
    this.#spend(this.#bucketOf(raw.socket), reply)
    const { tcp } = this.#settings
    if (!tcp || !this.#outside.has(raw)) {
      if (isForeign(raw)) throw new HoldfastError('ERR_FORBIDDEN', 'pages of other origins may not use the socket')
      return false
    }
    checkHost(tcp, request.headers.host)
    if (this.#cors(tcp, request, reply)) return true
    const { scope = request.method === 'GET' || request.method === 'HEAD' ? 'read' : 'write' } =
      request.routeOptions.config
    if (scope === 'none') return false
    const caller = await this.#find(raw)
    if (!caller) {
      reply.header('www-authenticate', 'Bearer')
      throw new HoldfastError('ERR_UNAUTHORIZED')
    }
    this.#spend(this.#bucketOfToken(caller.token?.id ?? ''), reply)
    assertMay(caller, scope)
    this.#callers.set(raw, caller)
    return false
  }

  /** Who was let in with a request. */
  caller(request: IncomingMessage): Caller {
    return this.#callers.get(request) ?? BY_SOCKET
  }

  /** Whether somebody who was let in still may: his token may have been revoked since. @throws ERR_UNAUTHORIZED, ERR_FORBIDDEN */
  async allow(request: IncomingMessage, scope: Scope): Promise<void> {
    if (!this.#outside.has(request)) return
    const caller = await this.#find(request)
    if (!caller) throw new HoldfastError('ERR_UNAUTHORIZED')
    assertMay(caller, scope)
  }

  async #find(request: IncomingMessage): Promise<Caller | undefined> {
    const { tokens } = this.#runtime
    const bearer = bearerOf(request)
    if (bearer !== undefined) {
      const token = await tokens.verify(bearer)
      return token && { by: 'token', scope: token.scope, token }
    }
    const cookie = isOwnPage(request) ? sessionOf(request) : undefined
    const session = cookie === undefined ? undefined : await tokens.sessions.verify(cookie)
    return session && { by: 'session', scope: session.token.scope, ...session }
  }

  /** What a browser asks first, and what it wants to read with the answer. */
  #cors({ origins }: TcpSettings, request: FastifyRequest, reply: FastifyReply): boolean {
    const { origin } = request.headers
    if (origin === undefined || origin.toLowerCase() === ownOrigin(request.raw)) return false
    if (!origins.has(origin)) {
      throw new HoldfastError('ERR_FORBIDDEN', 'pages of that origin may not use this API', {
        hint: 'Name the origin in `api.tcp.origins` if they should.',
      })
    }
    reply.header('access-control-allow-origin', origin).header('vary', 'origin')
    if (request.method !== 'OPTIONS') return false
    reply.header('access-control-allow-methods', METHODS).header('access-control-allow-headers', HEADERS)
    reply.code(204).send()
    return true
  }

  #spend(bucket: Bucket, reply: FastifyReply): void {
    const seconds = bucket.take(this.#now())
    if (seconds === 0) return
    reply.header('retry-after', String(seconds))
    throw new HoldfastError('ERR_RATE_LIMITED')
  }

  #bucketOf(socket: Socket): Bucket {
    let bucket = this.#ofSocket.get(socket)
    if (!bucket) {
      bucket = new Bucket(this.#settings.limits.rate)
      this.#ofSocket.set(socket, bucket)
    }
    return bucket
  }

  #bucketOfToken(id: string): Bucket {
    const bucket = this.#ofToken.get(id) ?? new Bucket(this.#settings.limits.rate)
    this.#ofToken.delete(id)
    this.#ofToken.set(id, bucket)
    const [oldest] = this.#ofToken.keys()
    if (this.#ofToken.size > MOST_TOKENS) this.#ofToken.delete(oldest as string)
    return bucket
  }
}

function checkHost({ allowedHosts }: TcpSettings, header: string | undefined): void {
  const name = /^(\[[\da-f:.]+\]|[^:]+)(:\d+)?$/i
    .exec(header ?? '')?.[1]
    ?.toLowerCase()
    .replace(/^\[|\]$/g, '')
  if (name !== undefined && allowedHosts.has(name)) return
  throw new HoldfastError('ERR_FORBIDDEN', 'this host is not called so', {
    hint: 'Name the host in `api.tcp.allowedHosts` if requests may call it so.',
  })
}
