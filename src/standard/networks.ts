/**
 * Which addresses may be connected to. A name says nothing about that: what is checked is the address that the
 * connection is made to, when it is made, of each redirect anew. So a name that answers otherwise the second time
 * (rebinding) gains nothing.
 */
import { type LookupAddress, lookup as systemLookup } from 'node:dns'
import { BlockList, isIP, type LookupFunction } from 'node:net'
import { ActorFailure } from './failure.js'

/** What an address belongs to: this board, its LAN, a link alone (also where clouds keep their secrets), the internet. */
export type Network = 'loopback' | 'private' | 'link-local' | 'public'

export const NETWORKS: readonly Network[] = ['public', 'private', 'loopback', 'link-local']

const RANGES: readonly (readonly [network: Network, address: string, bits: number, family: 'ipv4' | 'ipv6'])[] = [
  ['link-local', '169.254.0.0', 16, 'ipv4'],
  ['link-local', 'fe80::', 10, 'ipv6'],
  ['loopback', '127.0.0.0', 8, 'ipv4'],
  // Linux connects to itself when it is asked for no address in particular.
  ['loopback', '0.0.0.0', 8, 'ipv4'],
  ['loopback', '::1', 128, 'ipv6'],
  ['loopback', '::', 128, 'ipv6'],
  ['private', '10.0.0.0', 8, 'ipv4'],
  ['private', '172.16.0.0', 12, 'ipv4'],
  ['private', '192.168.0.0', 16, 'ipv4'],
  ['private', '100.64.0.0', 10, 'ipv4'],
  ['private', 'fc00::', 7, 'ipv6'],
  ['private', 'fec0::', 10, 'ipv6'],
]

const lists = new Map(NETWORKS.map((network) => [network, new BlockList()]))
for (const [network, address, bits, family] of RANGES) lists.get(network)?.addSubnet(address, bits, family)

/** An IPv4 address that is written as an IPv6 one: mapped, or for a NAT64. */
const EMBEDDED = /^(?:::ffff:(?:0:)?|64:ff9b::)(?:([0-9a-f]{1,4}):([0-9a-f]{1,4})|(\d+\.\d+\.\d+\.\d+))$/i

/** The network of an address. */
export function networkOf(address: string): Network {
  const plain = embedded(address.replace(/%.*$/, ''))
  const family = isIP(plain) === 6 ? 'ipv6' : 'ipv4'
  for (const [network, list] of lists) if (list.check(plain, family)) return network
  return 'public'
}

function embedded(address: string): string {
  const [, high, low, dotted] = EMBEDDED.exec(address) ?? []
  if (dotted !== undefined) return dotted
  if (high === undefined || low === undefined) return address
  const [a, b] = [Number.parseInt(high, 16), Number.parseInt(low, 16)]
  return `${a >> 8}.${a & 255}.${b >> 8}.${b & 255}`
}

/** Resolves names to such addresses alone as are allowed. */
export class Doorkeeper {
  readonly #allowed: ReadonlySet<Network>
  readonly #lookup: LookupFunction

  constructor(allowed: readonly Network[], lookup: LookupFunction = systemLookup as LookupFunction) {
    this.#allowed = new Set(allowed)
    this.#lookup = lookup
  }

  /** A host that is an address is never looked up. @throws ERR_HTTP_REFUSED */
  checkLiteral(hostname: string): void {
    const address = hostname.replace(/^\[|\]$/g, '')
    if (isIP(address) !== 0 && !this.#allows(address)) throw this.#refusal(hostname, [address])
  }

  /** For the connection: every answer is checked, and those that are left are connected to. */
  readonly lookup: LookupFunction = (hostname, options, callback) => {
    this.#lookup(hostname, { ...options, all: true }, (error, found) => {
      if (error) return callback(error, '')
      const all: LookupAddress[] = Array.isArray(found) ? found : [{ address: found, family: isIP(found) }]
      const good = all.filter(({ address }) => this.#allows(address))
      const [first] = good
      if (!first) {
        const addresses = all.map(({ address }) => address)
        return callback(this.#refusal(hostname, addresses) as NodeJS.ErrnoException, '')
      }
      if (options.all) callback(null, good)
      else callback(null, first.address, first.family)
    })
  }

  #allows(address: string): boolean {
    return this.#allowed.has(networkOf(address))
  }

  #refusal(host: string, addresses: readonly string[]): ActorFailure {
    const found = addresses.map((address) => `${address} (${networkOf(address)})`).slice(0, 5)
    const allowed = [...this.#allowed].join(', ') || 'nothing'
    return new ActorFailure('ERR_HTTP_REFUSED', `${host} is ${found.join(', ') || 'nowhere'}; allowed: ${allowed}`)
  }
}
