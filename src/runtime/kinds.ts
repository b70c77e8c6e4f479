import type { AnyStateMachine } from 'xstate'
import type { RetryPolicy } from '../../machines/index.js'
import { durable } from '../kernel/durable.js'
import { durationMs } from '../model/duration.js'
import { HoldfastError } from '../model/errors.js'
import type { AnyDefinition, Definition } from './define.js'
import { lintMachine } from './lint.js'
import { checkName, invalid, onlyKnown, retryPolicy, whole } from './options.js'

/** A registered kind: its definition with every default filled in. */
export interface Kind {
  readonly name: string
  readonly version: number
  readonly definition: Definition
  /** The user's machine behind the output gate. */
  readonly machine: AnyStateMachine | undefined
  readonly route: string
  readonly priority: number
  readonly retry: RetryPolicy
  readonly timeoutMs: number | null
  readonly heartbeatMs: number | null
  readonly atMostOnce: boolean
  /** Workers elsewhere lease its tasks. */
  readonly remote: boolean
}

const OPTIONS = ['kind', 'route', 'retry', 'timeout', 'heartbeat', 'delivery', 'priority', 'version']
/** A lease without a heartbeat would never be lost. */
const REMOTE_HEARTBEAT_MS = 60_000

/** The kinds of a runtime, by name. */
export class Kinds {
  readonly #kinds = new Map<string, Kind>()

  /** @throws ERR_INVALID_DEFINITION, ERR_DUPLICATE_KIND, ERR_INVALID_MACHINE with the path that is at fault */
  constructor(definitions: readonly AnyDefinition[], retry: RetryPolicy) {
    for (const definition of definitions as readonly Definition[]) {
      const kind = register(definition, retry)
      if (this.#kinds.has(kind.name)) throw new HoldfastError('ERR_DUPLICATE_KIND', `two definitions of '${kind.name}'`)
      this.#kinds.set(kind.name, kind)
    }
  }

  find(name: string): Kind | undefined {
    return this.#kinds.get(name)
  }

  /** @throws ERR_UNKNOWN_KIND with the kinds that there are */
  get(name: string): Kind {
    const kind = this.#kinds.get(name)
    if (kind) return kind
    const hint = `Registered: ${[...this.#kinds.keys()].join(', ') || 'none'}. Register it in \`tasks\` with defineTask.`
    throw new HoldfastError('ERR_UNKNOWN_KIND', `no task of kind ${JSON.stringify(name)} is registered`, { hint })
  }

  all(): IterableIterator<Kind> {
    return this.#kinds.values()
  }
}

function register(definition: Definition, retry: RetryPolicy): Kind {
  if (typeof definition !== 'object' || definition === null || typeof definition.options !== 'object') {
    throw new HoldfastError('ERR_INVALID_DEFINITION', 'tasks: expected what defineTask() returns')
  }
  const name = checkName(definition.kind, 'kind')
  const where = `task '${name}'`
  const { options } = definition
  onlyKnown(options, OPTIONS, where)
  const { remote } = definition
  if (remote !== undefined && (remote as unknown) !== true) throw invalid(`${where}.remote`, 'true', remote)
  const played = [definition.run, definition.machine, remote].filter((each) => each !== undefined).length
  if (played !== 1 || (remote && definition.recover)) {
    throw new HoldfastError(
      'ERR_INVALID_DEFINITION',
      `${where}: give either \`run\` or \`machine\`, or \`remote: true\` alone`,
    )
  }
  if (definition.machine && definition.recover) {
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
  if (definition.machine) lintMachine(definition.machine, where)
  const delivery = options.delivery ?? 'at-least-once'
  if (delivery !== 'at-least-once' && delivery !== 'at-most-once') {
    throw invalid(`${where}.delivery`, "'at-least-once' or 'at-most-once'", delivery)
  }
  return {
    name,
    definition,
    version: whole(options.version ?? 1, `${where}.version`, 1, 1_000_000),
    machine: definition.machine ? durable(definition.machine) : undefined,
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
  }
}
