/** `holdfast/standard`: actors by their names, for machines in JSON and for machines in TypeScript. */
import type { LookupFunction } from 'node:net'
import { invalid, onlyKnown } from '../runtime/checks.js'
import type { StandardActor } from './actor.js'
import { httpRequest } from './http-request.js'
import { Doorkeeper, NETWORKS, type Network } from './networks.js'

/** The names of the standard actors. */
export type StandardName = 'http.request'

/** What the standard actors may do on this board. */
export interface StandardOptions {
  readonly http?: {
    /** Where requests may go. Default `['public', 'private', 'loopback']`: all but link-local addresses. */
    readonly allow?: readonly Network[]
    /** How names become addresses. Default: as the system does it. */
    readonly lookup?: LookupFunction
  }
}

/**
 * The standard actors, by their names.
 * @throws ERR_INVALID_OPTION
 * @example setup({ actors: { request: standardActors()['http.request'].logic } })
 */
export function standardActors(options: StandardOptions = {}): Readonly<Record<StandardName, StandardActor>> {
  onlyKnown(options, ['http'], 'standardActors')
  const { http = {} } = options
  onlyKnown(http, ['allow', 'lookup'], 'standardActors.http')
  const { allow = NETWORKS.filter((network) => network !== 'link-local'), lookup } = http
  if (!Array.isArray(allow) || allow.some((network) => !NETWORKS.includes(network)))
    throw invalid('standardActors.http.allow', `a list out of ${NETWORKS.join(', ')}`, allow)
  return { 'http.request': httpRequest(new Doorkeeper(allow, lookup)) }
}

export type { StandardActor } from './actor.js'
export { FAILURES, type FailureCode } from './failure.js'
export type { JsonSchema } from './input.js'
export type { Network } from './networks.js'
