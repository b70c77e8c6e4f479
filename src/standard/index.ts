/** `holdfast/standard`: actors by their names, for machines in JSON and for machines in TypeScript. */
import type { LookupFunction } from 'node:net'
import { invalid, onlyKnown } from '../runtime/checks.js'
import type { StandardActor } from './actor.js'
import { deviceActors } from './device.js'
import { fsActors } from './fs.js'
import { httpRequest } from './http-request.js'
import { Doorkeeper, NETWORKS, type Network } from './networks.js'
import { processExec } from './process-exec.js'
import { Roots } from './roots.js'
import type { StandardLogic, StandardName } from './shapes.js'
import { sleep } from './sleep.js'
import { emit, enqueue, log } from './tell.js'
import { waitForTask } from './wait-for-task.js'

/** What the standard actors may do on this board. */
export interface StandardOptions {
  /** The folders, as absolute paths, that files may be read and written in. Default none. */
  readonly roots?: readonly string[]
  /** The commands that may be run: names that are looked for in PATH, or absolute paths. Default none. */
  readonly exec?: { readonly commands: readonly string[] }
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
 * @example const { logic, input } = standardActors()['http.request']
 */
export function standardActors(options: StandardOptions = {}): Readonly<Record<StandardName, StandardActor>> {
  onlyKnown(options, ['roots', 'exec', 'http'], 'standardActors')
  const { roots = [], exec = { commands: [] }, http = {} } = options
  onlyKnown(exec, ['commands'], 'standardActors.exec')
  onlyKnown(http, ['allow', 'lookup'], 'standardActors.http')
  const { allow = NETWORKS.filter((network) => network !== 'link-local'), lookup } = http
  if (!Array.isArray(allow) || allow.some((network) => !NETWORKS.includes(network)))
    throw invalid('standardActors.http.allow', `a list out of ${NETWORKS.join(', ')}`, allow)
  const places = new Roots(roots)
  return {
    'http.request': httpRequest(new Doorkeeper(allow, lookup)),
    ...fsActors(places),
    'process.exec': processExec(exec.commands, places.first ?? '/'),
    ...deviceActors,
    sleep,
    waitForTask,
    enqueue,
    emit,
    log,
  }
}

/**
 * The logic of the standard actors alone, as `setup({ actors })` takes it.
 * @throws ERR_INVALID_OPTION
 * @example setup({ actors: standardLogic({ roots: ['/var/lib/portal'] }) }).createMachine(config)
 */
export function standardLogic(options: StandardOptions = {}): StandardLogic {
  const actors = Object.entries(standardActors(options)).map(([name, { logic }]) => [name, logic])
  return Object.fromEntries(actors) as StandardLogic
}

export type { StandardActor } from './actor.js'
export { FAILURES, type FailureCode } from './failure.js'
export type { JsonSchema } from './input.js'
export type { Network } from './networks.js'
export type { StandardLogic, StandardName } from './shapes.js'
