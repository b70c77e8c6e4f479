import { resolve } from 'node:path'
import { type Duration, durationMs } from '../model/duration.js'
import { HoldfastError } from '../model/errors.js'
import { isLoopback } from '../model/loopback.js'
import { type Size, sizeBytes } from '../model/size.js'
import { invalid, onlyKnown, whole } from '../runtime/checks.js'

/** How a client waits, and its bounds. */
interface CommonOptions {
  /** How long a daemon that is away or takes no work is asked again; 0 asks once. Default 10 s. */
  readonly retry?: Duration
  /** How long an answer may take to begin, beyond what it was told to wait, and then to end. Default 30 s. */
  readonly timeout?: Duration
  /** Connections for requests at a time, 1 to 1,000; others wait for one. Default 10. */
  readonly connections?: number
  /** Bytes of the largest answer that is read. Default 64 MiB; ERR_TOO_LARGE. */
  readonly answerLimit?: Size
}

/** Where the daemon is: its socket, or its address with a token. */
export type ClientOptions = CommonOptions &
  (
    | {
        /** The path of its unix socket. */
        readonly socket: string
        readonly url?: never
        readonly token?: never
        readonly ca?: never
      }
    | {
        /** `https://board.example.org:8443`; `http:` for loopback. */
        readonly url: string
        /** From `tokens.create()`. */
        readonly token?: string
        /** Certificates, in PEM, of those who may vouch for the daemon. Default: those that Node trusts. */
        readonly ca?: string | Buffer | readonly (string | Buffer)[]
        readonly socket?: never
      }
  )

export interface Target {
  /** As messages name it. */
  readonly name: string
  readonly tls: boolean
  /** What node:http is told. */
  readonly to: { readonly socketPath: string } | { readonly host: string; readonly port: number }
  readonly ca: (string | Buffer)[] | undefined
}

export interface ClientSettings {
  readonly target: Target
  readonly retryMs: number
  readonly timeoutMs: number
  readonly connections: number
  readonly answerLimit: number
}

/** Never longer than the header line of a request may be. */
const TOKEN = /^[\w.~+/=-]{1,1000}$/

/** Checked options with every default filled in. @throws ERR_INVALID_OPTION, ERR_INVALID_DURATION */
export function clientSettings(options: ClientOptions): ClientSettings {
  const known = ['socket', 'url', 'token', 'ca', 'retry', 'timeout', 'connections', 'answerLimit']
  onlyKnown(options, known, 'createClient')
  const { socket, url, retry = '10s', timeout = '30s', connections = 10, answerLimit = '64MiB' } = options
  if ((socket === undefined) === (url === undefined)) throw secretly('a `socket`, or a `url`')
  return {
    target: socket === undefined ? addressOf(options as ClientOptions & { url: string }) : socketOf(options),
    retryMs: durationMs(retry, 'retry'),
    timeoutMs: durationMs(timeout, 'timeout'),
    connections: whole(connections, 'connections', 1, 1_000),
    answerLimit: sizeBytes(answerLimit, 'answerLimit'),
  }
}

function socketOf({ socket, token, ca }: ClientOptions): Target {
  if (typeof socket !== 'string' || socket === '' || socket.includes('\0'))
    throw invalid('socket', 'the path of a socket', socket)
  if (token !== undefined || ca !== undefined)
    throw secretly('no `token` and no `ca` beside a socket: its rights decide')
  return { name: socket, tls: false, to: { socketPath: resolve(socket) }, ca: undefined }
}

function addressOf({ url, token, ca }: ClientOptions & { readonly url: string }): Target {
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  const { protocol, hostname, port, origin } = parsed ?? {}
  const tls = protocol === 'https:'
  if (hostname === undefined || port === undefined || origin === undefined || (!tls && protocol !== 'http:'))
    throw secretly('`url`: https://host:port, or http: for loopback')
  // A name and password in it would be told in messages, and a path would be left out.
  if (parsed?.href !== `${origin}/`) throw secretly('`url`: nothing but its origin, https://host:port')
  if (token !== undefined && (typeof token !== 'string' || !TOKEN.test(token)))
    throw secretly('`token`: the text that tokens.create() gave')
  const host = hostname.replace(/^\[|\]$/g, '')
  if (token !== undefined && !tls && !isLoopback(host))
    throw secretly('`url`: https: for a token: without it the token could be read on the way')
  return {
    name: origin,
    tls,
    to: { host, port: Number(port) || (tls ? 443 : 80) },
    ca: ca === undefined ? undefined : certificates([ca].flat()),
  }
}

/** TLS passes over what is no certificate, and trusts nobody then. */
function certificates(given: readonly unknown[]): (string | Buffer)[] {
  const pem = (each: unknown) =>
    (typeof each === 'string' || Buffer.isBuffer(each)) && each.includes('-----BEGIN CERTIFICATE-----')
  if (given.length > 0 && given.every(pem)) return given as (string | Buffer)[]
  throw secretly('`ca`: certificates in PEM, not the names of their files')
}

/** Nothing that was given is told: it may be, or hold, a secret. */
function secretly(expected: string): HoldfastError {
  return new HoldfastError('ERR_INVALID_OPTION', `createClient: expected ${expected}`)
}
