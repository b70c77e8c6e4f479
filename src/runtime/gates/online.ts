/** The gate of the network: a TCP connection to a host that matters, or a DNS question. */
import { Resolver } from 'node:dns/promises'
import { connect } from 'node:net'
import { invalid, onlyKnown, whole } from '../checks.js'
import { type Answer, GATE_OPTIONS, GateDefinition, type GateOptions, policyOf } from './condition.js'

export interface OnlineOptions extends GateOptions {
  /** A name or an address: best the one that the tasks talk to. */
  readonly host: string
  /** With `via: 'tcp'`. Default 443. */
  readonly port?: number
  /** `tcp`: something accepts a connection there; nothing is sent. `dns`: a name server knows the host. Default `tcp`. */
  readonly via?: 'tcp' | 'dns'
  /** With `via: 'dns'`: the name servers to ask, with or without a port. Default: those of the system. */
  readonly servers?: readonly string[]
}

/**
 * Open while a host can be reached. Two bad answers in a row close it (`failures`); a good answer counts for 30 s.
 * @throws ERR_INVALID_OPTION, ERR_INVALID_DURATION
 * @example gates: { online: online({ host: 'example.org', port: 443 }) }
 */
export function online(options: OnlineOptions): GateDefinition {
  onlyKnown(options, ['host', 'port', 'via', 'servers', ...GATE_OPTIONS], 'online')
  const { host, via = 'tcp', port = 443, servers = [] } = options
  if (typeof host !== 'string' || host === '' || host.length > 253) throw invalid('online.host', 'a host', host)
  if (via !== 'tcp' && via !== 'dns') throw invalid('online.via', "'tcp' or 'dns'", via)
  whole(port, 'online.port', 1, 65_535)
  if (!Array.isArray(servers)) throw invalid('online.servers', 'a list of addresses', servers)
  const asked = policyOf(options, 'online', { freshForMs: 30_000, failures: 2 })
  if (via === 'dns') {
    try {
      resolverOf(servers, asked.timeoutMs)
    } catch {
      throw invalid('online.servers', 'a list of addresses', servers)
    }
  }
  return new GateDefinition(asked, () => ({
    ask: (signal) =>
      via === 'tcp' ? reach(host, port, signal) : lookUp(host, resolverOf(servers, asked.timeoutMs), signal),
  }))
}

function reach(host: string, port: number, signal: AbortSignal): Promise<Answer> {
  return new Promise((resolve) => {
    const socket = connect({ host, port })
    const end = (answer: Answer) => {
      socket.destroy()
      resolve(answer)
    }
    socket.once('connect', () => end({ open: true }))
    socket.on('error', (error) => end({ open: false, reason: `${host}:${port}: ${reasonOf(error)}` }))
    signal.addEventListener('abort', () => end({ open: false }), { once: true })
  })
}

async function lookUp(host: string, resolver: Resolver, signal: AbortSignal): Promise<Answer> {
  signal.addEventListener('abort', () => resolver.cancel(), { once: true })
  try {
    await Promise.any([resolver.resolve4(host), resolver.resolve6(host)])
    return { open: true }
  } catch (error) {
    const [first] = (error as AggregateError).errors
    return { open: false, reason: `${host}: ${reasonOf(first)}` }
  }
}

function resolverOf(servers: readonly string[], timeout: number): Resolver {
  const resolver = new Resolver({ timeout, tries: 1 })
  if (servers.length > 0) resolver.setServers([...servers])
  return resolver
}

/** Several addresses fail together, and say why one by one. */
function reasonOf(error: unknown): string {
  const { code, message, errors } = error as { code?: string; message?: string; errors?: { code?: string }[] }
  return code ?? errors?.[0]?.code ?? message ?? 'unreachable'
}
