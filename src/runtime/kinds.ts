import type { AnyStateMachine } from 'xstate'
import type { RetryPolicy } from '../../machines/index.js'
import { durationMs } from '../model/duration.js'
import { CODES, HoldfastError } from '../model/errors.js'
import { didYouMean } from '../model/nearest.js'
import { checkName, invalid, onlyKnown, whole } from './checks.js'
import type { AnyDefinition, Definition } from './define.js'
import { type Isolation, isolationOf, type Multitask, multitaskOf } from './isolation.js'
import { type KindSettings, kindSettings } from './kind-settings.js'
import { gateNames, type OnGateClose, onGateClose, type RateLimit, rateLimitOf, retryPolicy } from './options.js'
import { type Versions, versionsOf } from './versions.js'

/** A registered kind: its definition with every default filled in. */
export interface Kind {
  readonly name: string
  readonly version: number
  readonly definition: Definition
  /** The user's machine behind the output gate, as tasks begin on it. */
  readonly machine: AnyStateMachine | undefined
  /** The machines that tasks in flight may be on, and what leads from one to the next. */
  readonly versions: Versions
  readonly route: string
  readonly priority: number
  readonly retry: RetryPolicy
  readonly timeoutMs: number | null
  readonly heartbeatMs: number | null
  readonly atMostOnce: boolean
  /** Workers elsewhere lease its tasks. */
  readonly remote: boolean
  readonly gates: readonly string[]
  /** `undefined`: as its route says. */
  readonly onGateClose: OnGateClose | undefined
  /** The names it had before. */
  readonly aliases: readonly string[]
  /** Its tasks that may hold slots at once. */
  readonly concurrency: number | undefined
  /** Those of one concurrency key. */
  readonly perKey: number
  /** The concurrency key of an input. */
  readonly by: ((input: unknown) => unknown) | undefined
  readonly rateLimit: RateLimit | undefined
  readonly settings: KindSettings
  /** The HTTP API knows of it. */
  readonly api: boolean
  readonly lazy: boolean
  /** Its processor runs in a thread or process. */
  readonly isolation: Isolation | undefined
}

const OPTIONS = [
  'kind', 'route', 'retry', 'timeout', 'heartbeat', 'delivery', 'durability', 'priority', 'version', 'gates', 'onGateClose',
  'aliases', 'concurrency', 'rateLimit', 'settings', 'api', 'isolate', 'migrate',
] // biome-ignore format: a table
/** What plays it is taken out of the options by defineTask. */
const PLAYED = ['run', 'recover', 'machine', 'versions', 'module', 'remote', 'input']
/** A lease without a heartbeat would never be lost. */
const REMOTE_HEARTBEAT_MS = 60_000
const MOST_ALIASES = 100

/** With this begin the ids of the machines that holdfast is made of. */
export const OWN = 'holdfast:'

/** The kinds of a runtime, by their names and by those they had before. */
export class Kinds {
  readonly #kinds = new Map<string, Kind>()
  /** What is strange about some kinds: their machines, their routes. */
  readonly warnings: string[] = []
  readonly #byAlias = new Map<string, Kind>()
  readonly #retired = new Set<Kind>()
  /** Some are not there for those outside. */
  readonly hiding: boolean

  /** @throws ERR_INVALID_DEFINITION, ERR_DUPLICATE_KIND, ERR_INVALID_MACHINE with the path that is at fault */
  constructor(
    definitions: readonly AnyDefinition[],
    retry: RetryPolicy,
    multitask: Multitask = multitaskOf(undefined),
  ) {
    for (const definition of definitions as readonly Definition[]) {
      const kind = register(definition, retry, multitask, this.warnings)
      if (this.#kinds.has(kind.name)) throw new HoldfastError('ERR_DUPLICATE_KIND', `two definitions of '${kind.name}'`)
      this.#kinds.set(kind.name, kind)
    }
    this.hiding = [...this.#kinds.values()].some(({ api }) => !api)
    for (const kind of this.#kinds.values()) {
      for (const alias of kind.aliases) {
        const other = this.find(alias)
        if (other)
          throw new HoldfastError(
            'ERR_DUPLICATE_KIND',
            `'${alias}', an alias of '${kind.name}', is '${other.name}' too`,
          )
        this.#byAlias.set(alias, kind)
      }
    }
  }

  find(name: string): Kind | undefined {
    return this.#kinds.get(name) ?? this.#byAlias.get(name)
  }

  /** The name a kind has now; one that is unknown stays what it is. */
  nameOf(name: string): string {
    return this.find(name)?.name ?? name
  }

  /** False for a kind that the HTTP API does not know of; what is registered no more is nobody's secret. */
  shows(name: string): boolean {
    return this.find(name)?.api !== false
  }

  /** For those `outside` hidden kinds are not registered. @throws ERR_UNKNOWN_KIND with the kinds that there are */
  get(name: string, outside = false): Kind {
    const kind = this.find(name)
    if (kind && (kind.api || !outside)) return kind
    const names = [...this.#kinds.values()].filter(({ api }) => api || !outside).map((each) => each.name)
    const registered = `Registered: ${names.join(', ') || 'none'}.`
    const hint = `${didYouMean(name, names)}${registered} ${CODES.ERR_UNKNOWN_KIND[1]}`
    throw new HoldfastError('ERR_UNKNOWN_KIND', `no task of kind ${JSON.stringify(name)} is registered`, { hint })
  }

  /** The kind of a task that is to be made. @throws ERR_UNKNOWN_KIND, ERR_KIND_RETIRED */
  taking(name: string, outside = false): Kind {
    const kind = this.get(name, outside)
    if (this.#retired.has(kind))
      throw new HoldfastError('ERR_KIND_RETIRED', `kind '${kind.name}' is retired and takes no new tasks`)
    return kind
  }

  /** Why a kind takes no new tasks; `undefined` when it does. */
  refusal(name: string): HoldfastError | undefined {
    try {
      this.taking(name)
      return undefined
    } catch (error) {
      return error as HoldfastError
    }
  }

  isRetired(kind: Kind): boolean {
    return this.#retired.has(kind)
  }

  retire(kind: Kind, retired: boolean): void {
    if (retired) this.#retired.add(kind)
    else this.#retired.delete(kind)
  }

  all(): IterableIterator<Kind> {
    return this.#kinds.values()
  }
}

function register(definition: Definition, retry: RetryPolicy, multitask: Multitask, warnings: string[]): Kind {
  if (typeof definition !== 'object' || definition === null || typeof definition.options !== 'object') {
    throw new HoldfastError('ERR_INVALID_DEFINITION', 'tasks: expected what defineTask() returns')
  }
  const name = checkName(definition.kind, 'kind')
  if (name.startsWith(OWN)) throw invalid('kind', `a name that does not begin with '${OWN}'`, name)
  const where = `task '${name}'`
  const { options } = definition
  onlyKnown(options, OPTIONS, where, PLAYED)
  const { remote } = definition
  if (remote !== undefined && (remote as unknown) !== true) throw invalid(`${where}.remote`, 'true', remote)
  const played = [definition.run, definition.module, definition.machine, definition.versions, remote].filter(
    (each) => each !== undefined,
  ).length
  if (played !== 1 || (remote && definition.recover)) {
    throw new HoldfastError(
      'ERR_INVALID_DEFINITION',
      `${where}: give one of \`run\`, \`module\`, \`machine\` and \`versions\`, or \`remote: true\` alone`,
    )
  }
  if ((definition.machine || definition.versions) && definition.recover) {
    throw new HoldfastError('ERR_INVALID_DEFINITION', `${where}: a machine has no \`recover\`: it goes on where it was`)
  }
  if (definition.schema !== undefined && typeof definition.schema?.['~standard']?.validate !== 'function') {
    throw new HoldfastError(
      'ERR_INVALID_DEFINITION',
      `${where}: input: expected a Standard Schema (zod, valibot, arktype)`,
    )
  }
  for (const part of ['run', 'recover'] as const) {
    if (definition[part] !== undefined && typeof definition[part] !== 'function') {
      throw invalid(`${where}.${part}`, 'a function', definition[part])
    }
  }
  const settings = kindSettings(options.settings, name, where)
  const versions = versionsOf(definition, () => settings.now, where, warnings)
  if (options.api !== undefined && typeof options.api !== 'boolean') {
    throw invalid(`${where}.api`, 'true or false', options.api)
  }
  if (remote && options.api === false) {
    throw new HoldfastError(
      'ERR_INVALID_DEFINITION',
      `${where}: \`remote: true\` and \`api: false\` exclude each other`,
      { hint: 'Workers elsewhere take its tasks over the HTTP API: leave out one of the two.' },
    )
  }
  for (const name of ['concurrency', 'rateLimit'] as const) {
    if (remote && options[name] !== undefined)
      throw invalid(`${where}.${name}`, 'none: its workers say how many they take', options[name])
  }
  const delivery = options.delivery ?? 'at-least-once'
  if (delivery !== 'at-least-once' && delivery !== 'at-most-once') {
    throw invalid(`${where}.delivery`, "'at-least-once' or 'at-most-once'", delivery)
  }
  const durability = options.durability ?? 'commit'
  checkDurability(durability, delivery === 'at-most-once', `${where}.durability`)
  return {
    name,
    definition,
    version: versions.newest,
    machine: versions.machines.get(versions.newest),
    versions,
    route: checkName(options.route ?? 'default', `${where}.route`),
    priority: whole(options.priority ?? 4, `${where}.priority`, 0, 9),
    retry: retryPolicy(options.retry, retry, `${where}.retry`),
    timeoutMs: options.timeout === undefined ? null : durationMs(options.timeout, `${where}.timeout`),
    heartbeatMs:
      options.heartbeat === undefined
        ? remote
          ? REMOTE_HEARTBEAT_MS
          : null
        : durationMs(options.heartbeat, `${where}.heartbeat`),
    atMostOnce: delivery === 'at-most-once',
    remote: remote === true,
    gates: gateNames(options.gates ?? [], `${where}.gates`),
    onGateClose:
      options.onGateClose === undefined ? undefined : onGateClose(options.onGateClose, `${where}.onGateClose`),
    aliases: aliasesOf(options.aliases, where),
    ...concurrencyOf(options.concurrency, `${where}.concurrency`),
    rateLimit: options.rateLimit === undefined ? undefined : rateLimitOf(options.rateLimit, `${where}.rateLimit`),
    settings,
    api: options.api ?? true,
    lazy: durability === 'lazy',
    isolation: isolationOf(definition, multitask, where),
  }
}

/** What was started once has to be on disk before: at-most-once cannot be lazy. @throws ERR_INVALID_OPTION */
export function checkDurability(durability: unknown, atMostOnce: boolean, option: string): void {
  if (durability !== 'commit' && durability !== 'lazy') throw invalid(option, "'commit' or 'lazy'", durability)
  if (durability === 'lazy' && atMostOnce) {
    throw new HoldfastError('ERR_INVALID_OPTION', `${option}: 'lazy' is not possible with delivery 'at-most-once'`, {
      hint: 'A task that must not start twice must not be forgotten either: leave out one of the two.',
    })
  }
}

function aliasesOf(aliases: unknown, where: string): readonly string[] {
  if (aliases === undefined) return []
  if (!Array.isArray(aliases) || aliases.length > MOST_ALIASES)
    throw invalid(`${where}.aliases`, `a list of up to ${MOST_ALIASES} names`, aliases)
  return aliases.map((alias, i) => checkName(alias, `${where}.aliases[${i}]`))
}

function concurrencyOf(asked: unknown, where: string): Pick<Kind, 'concurrency' | 'perKey' | 'by'> {
  if (asked === undefined || typeof asked === 'number') {
    return { concurrency: asked === undefined ? asked : whole(asked, where, 1, 10_000), perKey: 1, by: undefined }
  }
  onlyKnown(asked as object, ['limit', 'by'], where)
  const { limit = 1, by } = asked as { limit?: unknown; by?: unknown }
  if (by !== undefined && typeof by !== 'function') throw invalid(`${where}.by`, 'a function', by)
  return { concurrency: undefined, perKey: whole(limit, `${where}.limit`, 1, 10_000), by: by as Kind['by'] }
}
