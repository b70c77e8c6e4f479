/** Who asks: by the socket, whose rights decide; with a token; or in the session of a browser. */
import type { IncomingMessage } from 'node:http'
import type { TLSSocket } from 'node:tls'
import { HoldfastError } from '../model/errors.js'
import type { Scope, TokenView } from '../runtime/tokens.js'

export interface Caller {
  readonly by: 'socket' | 'token' | 'session'
  readonly scope: Scope
  readonly token?: TokenView
  /** When the session ends. */
  readonly until?: string
}

export const BY_SOCKET: Caller = { by: 'socket', scope: 'admin' }

const RANK: Record<Scope, number> = { read: 0, write: 1, admin: 2 }
const COOKIE = 'holdfast_session'

export function may({ scope }: Caller, needed: Scope): boolean {
  return RANK[scope] >= RANK[needed]
}

/** @throws ERR_FORBIDDEN */
export function assertMay(caller: Caller, needed: Scope): void {
  if (may(caller, needed)) return
  const { scope, token } = caller
  throw new HoldfastError('ERR_FORBIDDEN', `the token '${token?.name}' has the scope ${scope}, this needs ${needed}`)
}

export function bearerOf({ headers }: IncomingMessage): string | undefined {
  return /^Bearer ([\w-]+)$/i.exec(headers.authorization ?? '')?.[1]
}

/** Cookies do not know ports: two daemons on one host have one each. */
function cookieName({ headers }: IncomingMessage): string {
  return `${COOKIE}_${/:(\d+)$/.exec(headers.host ?? '')?.[1] ?? 'default'}`
}

/** The session in the cookie of a request. */
export function sessionOf(request: IncomingMessage): string | undefined {
  const name = cookieName(request)
  for (const cookie of (request.headers.cookie ?? '').split(';')) {
    const [key, value] = cookie.split('=')
    if (key?.trim() === name) return value?.trim()
  }
  return undefined
}

/** The header that has a browser keep a session, or forget it. */
export function cookieFor(request: IncomingMessage, session: string | undefined, until?: string): string {
  const parts = [`${cookieName(request)}=${session ?? ''}`, 'Path=/', 'HttpOnly', 'SameSite=Strict']
  if (isEncrypted(request)) parts.push('Secure')
  parts.push(until === undefined ? 'Max-Age=0' : `Expires=${new Date(until).toUTCString()}`)
  return parts.join('; ')
}

/** The origin of pages that this host serves, as the request calls it. */
export function ownOrigin(request: IncomingMessage): string {
  return `${isEncrypted(request) ? 'https' : 'http'}://${request.headers.host}`.toLowerCase()
}

/** False when a browser says that the request is a page's of another origin. */
export function isOwnPage({ headers }: IncomingMessage): boolean {
  const site = headers['sec-fetch-site']
  return site === undefined || site === 'same-origin' || site === 'none'
}

/**
 * True when a browser says that the request is a page's of another place. The socket has no name, and whoever forwards it
 * to a port or puts a proxy before it may call it what he likes; but a page of elsewhere has no business there.
 */
export function isForeign(request: IncomingMessage): boolean {
  const { origin, host } = request.headers
  if (!isOwnPage(request)) return true
  return origin !== undefined && origin.toLowerCase().replace(/^https?:\/\//, '') !== host?.toLowerCase()
}

function isEncrypted({ socket }: IncomingMessage): boolean {
  return (socket as TLSSocket).encrypted === true
}
