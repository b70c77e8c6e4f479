import { isAbsolute } from 'node:path'
import { type Duration, durationMs } from '../model/duration.js'
import { isLoopback } from '../model/loopback.js'
import { invalid, onlyKnown, whole } from '../runtime/checks.js'

/** TCP is off unless it is asked for. Every request over it needs a bearer token (`runtime.tokens`). */
export interface TcpOptions {
  /** An address or name. Default `127.0.0.1`. */
  readonly host?: string
  /** 0 takes a free one. */
  readonly port: number
  /** Files with the certificate and its key, in PEM; read again when they change. Needed unless the host is loopback. */
  readonly tls?: { readonly cert: string; readonly key: string }
  /** Names, without port, by which requests may call this host. Default: `host`, and for loopback also `localhost`. */
  readonly allowedHosts?: readonly string[]
  /** Origins whose pages may use the API from a browser: `https://board.example.org`. Default none. */
  readonly origins?: readonly string[]
}

/** Bounds of the API, each with its named answer. */
export interface ApiLimits {
  /** Bytes of a request's body. Default 1 MiB; 413 ERR_TOO_LARGE. */
  readonly body?: number
  /** Connections at a time, of the socket and of TCP each. Default 256; more are closed at once. */
  readonly connections?: number
  /** Requests a second of one connection, or over TCP of one token; ten seconds' worth at once. Default 5,000; 429. */
  readonly rate?: number
  /** Event streams at a time, and as many inspectors. Default 64; 503 ERR_OVERLOADED. */
  readonly readers?: number
}

/** The HTTP API: JSON over a unix socket, and over TCP when asked for. */
export interface ApiOptions {
  /** The path of the unix socket; its directory is made, 0700, when it is not there. */
  readonly socket?: string
  /** Rights of the socket, `0o660` or `'0660'`. Default 0600, and 0660 with a `group`. */
  readonly mode?: number | string
  /** Name or number of the group that owns the socket. */
  readonly group?: string | number
  readonly tcp?: TcpOptions
  readonly limits?: ApiLimits
  /** A connection that asks for nothing, or does not get its headers over, is closed. Default 60 s. */
  readonly idle?: Duration
  /** How long the body of a request may take. Default 30 s. */
  readonly upload?: Duration
}

export interface ApiSettings {
  readonly socket:
    | { readonly path: string; readonly mode: number; readonly group: string | number | undefined }
    | undefined
  readonly tcp: TcpSettings | undefined
  readonly limits: Required<ApiLimits>
  readonly idleMs: number
  readonly uploadMs: number
}

export interface TcpSettings {
  readonly host: string
  readonly port: number
  readonly tls: { readonly cert: string; readonly key: string } | undefined
  readonly allowedHosts: ReadonlySet<string>
  readonly origins: ReadonlySet<string>
}

export const API_LIMITS: Required<ApiLimits> = { body: 1024 * 1024, connections: 256, rate: 5_000, readers: 64 }
/** What sockaddr_un holds, less the terminating zero. */
const LONGEST_PATH = 107
/** What a socket's first path is longer by than its directory. */
const BESIDE = '/.xxxxxx/s'.length

/** Checked options with every default filled in. @throws ERR_INVALID_OPTION, ERR_INVALID_DURATION */
export function apiSettings(options: ApiOptions): ApiSettings {
  onlyKnown(options, ['socket', 'mode', 'group', 'tcp', 'limits', 'idle', 'upload'], 'api')
  const { socket, mode, group, tcp } = options
  if (socket === undefined && tcp === undefined) throw invalid('api', 'a `socket`, or `tcp`', options)
  if (socket === undefined && (mode ?? group) !== undefined) throw invalid('api.mode', 'a `socket` beside it', mode)
  onlyKnown(options.limits ?? {}, Object.keys(API_LIMITS), 'api.limits')
  const limits = { ...API_LIMITS, ...options.limits }
  for (const [name, value] of Object.entries(limits)) whole(value, `api.limits.${name}`, 1, 2 ** 30)
  return {
    socket:
      socket === undefined ? undefined : { path: socketPath(socket), mode: modeOf(mode, group), group: groupOf(group) },
    tcp: tcp === undefined ? undefined : tcpSettings(tcp),
    limits,
    idleMs: durationMs(options.idle ?? '60s', 'api.idle'),
    uploadMs: durationMs(options.upload ?? '30s', 'api.upload'),
  }
}

function socketPath(path: string): string {
  if (typeof path !== 'string' || !isAbsolute(path) || path.endsWith('/')) {
    throw invalid('api.socket', 'the absolute path of a socket', path)
  }
  const directory = path.slice(0, path.lastIndexOf('/'))
  if (Math.max(Buffer.byteLength(path), Buffer.byteLength(directory) + BESIDE) > LONGEST_PATH) {
    throw invalid('api.socket', `a path of at most ${LONGEST_PATH} bytes, which is what the system takes`, path)
  }
  return path
}

function modeOf(mode: number | string | undefined, group: unknown): number {
  if (mode === undefined) return group === undefined ? 0o600 : 0o660
  const value = typeof mode === 'string' && /^0?[0-7]{3}$/.test(mode) ? Number.parseInt(mode, 8) : mode
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0o200 && value <= 0o777) return value
  throw invalid('api.mode', "rights like 0o660 or '0660'", mode)
}

function groupOf(group: string | number | undefined): string | number | undefined {
  if (group === undefined || (typeof group === 'string' && /^[a-z_][\w-]{0,31}\$?$/i.test(group))) return group
  if (typeof group === 'number') return whole(group, 'api.group', 0, 2 ** 32 - 2)
  throw invalid('api.group', 'the name or number of a group', group)
}

function tcpSettings(tcp: TcpOptions): TcpSettings {
  onlyKnown(tcp, ['host', 'port', 'tls', 'allowedHosts', 'origins'], 'api.tcp')
  const { host = '127.0.0.1', tls, origins = [] } = tcp
  if (typeof host !== 'string' || !/^[\w.:-]{1,253}$/.test(host))
    throw invalid('api.tcp.host', 'an address or a name', host)
  const loopback = isLoopback(host)
  if (tls === undefined && !loopback) {
    throw invalid(
      'api.tcp.tls',
      '{ cert, key }: without it a token could be read on the way; only loopback needs none',
      tls,
    )
  }
  if (tls !== undefined) {
    onlyKnown(tls, ['cert', 'key'], 'api.tcp.tls')
    for (const name of ['cert', 'key'] as const) {
      if (typeof tls[name] !== 'string' || tls[name] === '') throw invalid(`api.tcp.tls.${name}`, 'a file', tls[name])
    }
  }
  const { allowedHosts = loopback ? [host, 'localhost'] : [host] } = tcp
  for (const [name, list] of Object.entries({ allowedHosts, origins })) {
    if (!Array.isArray(list) || list.length > 100 || list.some((each) => typeof each !== 'string'))
      throw invalid(`api.tcp.${name}`, 'a list of texts', list)
  }
  return {
    host,
    port: whole(tcp.port, 'api.tcp.port', 0, 65_535),
    tls,
    allowedHosts: new Set(allowedHosts.map((name) => name.toLowerCase())),
    origins: new Set(origins),
  }
}
