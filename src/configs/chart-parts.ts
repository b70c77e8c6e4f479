/** The parts of a chart that stand by name or as data: actions, guards, delays, what is worked out when it is asked. */
import { and, cancel, not, or, raise, sendTo } from 'xstate'
import { type Duration, durationMs, isDuration } from '../model/duration.js'
import { storedError } from '../model/errors.js'
import { nearest } from '../model/nearest.js'
import { type Data, type DataReader, isExpression } from './data.js'
import type { Scope } from './expression.js'
import { type Findings, type Path, pathText } from './finding.js'
import { patternOf } from './functions.js'
import type { Registry } from './registry.js'
import {
  STANDARD_ACTIONS,
  STANDARD_GUARDS,
  actions as standardActions,
  guards as standardGuards,
} from './standard-parts.js'
import { membersOf, type StateNode, type StateTree } from './targets.js'
import { failure } from './values.js'

type Members = Readonly<Record<string, unknown>>
/** What XState gives to a mapper, a guard, an action, a delay. */
interface Args {
  readonly context: unknown
  readonly event: { readonly type: string; readonly error?: unknown }
}
type Mapper = (args: Args) => unknown

export class ChartParts {
  readonly settings: () => unknown
  /** The members of the context that assigns set. */
  readonly assigned = new Set<string>()
  readonly #registry: Registry
  readonly #reader: DataReader
  readonly #findings: Findings
  readonly #settingsNamed: Members
  readonly #delays = new Map<string, unknown>()
  /** The ids of invokes, and of what is delayed. */
  readonly #invoked: readonly string[]

  constructor(
    file: Members,
    registry: Registry,
    settings: () => unknown,
    reader: DataReader,
    tree: StateTree,
    findings: Findings,
  ) {
    this.settings = settings
    this.#registry = registry
    this.#reader = reader
    this.#findings = findings
    this.#settingsNamed = membersOf(membersOf(file.settings).defaults)
    this.#invoked = [...invokedIn(tree.root)]
    for (const [name, delay] of registry.delays) this.#delays.set(name, delay)
    for (const [name, delay] of Object.entries(membersOf(file.delays))) {
      if (registry.delays.has(name))
        findings.error(['delays', name], 'is the name of a delay from code, too', undefined, true)
      this.#delays.set(name, this.#duration(delay, ['delays', name]))
    }
  }

  implementations(): object {
    return {
      actors: Object.fromEntries([...this.#registry.actors].map(([name, { logic }]) => [name, logic])),
      actions: { ...Object.fromEntries(this.#registry.actions), ...standardActions },
      guards: { ...Object.fromEntries(this.#registry.guards), ...standardGuards },
      delays: Object.fromEntries(this.#delays),
    }
  }

  /** Data that is worked out when XState asks for it; views show it as it stands in the file (toJSON), or call it so. */
  mapper(value: unknown, at: Path): Mapper {
    const data = this.#reader.data(value, at)
    return Object.assign(
      titled((args) => data.of(this.#scope(args)), value),
      { toJSON: () => value },
    )
  }

  actions(value: unknown, at: Path): unknown[] {
    if (Array.isArray(value)) return value.map((each, i) => this.#action(each, [...at, i]))
    return [this.#action(value, at)]
  }

  guard(value: unknown, at: Path): unknown {
    if (isExpression(value)) {
      const data = this.#reader.data(value, at)
      return titled((args) => Boolean(data.of(this.#scope(args))), value.$)
    }
    const { type = value, params, guards, guard } = membersOf(value)
    if (typeof type !== 'string') return undefined
    const parts = Array.isArray(guards) ? guards.map((each, i) => this.guard(each, [...at, 'guards', i])) : []
    if (type === 'and') return and(parts as never)
    if (type === 'or') return or(parts as never)
    if (type === 'not') return not(this.guard(guard, [...at, 'guard']) as never)
    const known = [...Object.keys(STANDARD_GUARDS), ...this.#registry.guards.keys()]
    if (!known.includes(type)) {
      const hint = /[ <>=!&|(]/.test(type) ? `An expression is { "$": ${JSON.stringify(type)} }.` : undefined
      this.unknown(at, 'guard', type, known, hint)
    }
    if (type === 'matches') this.#checkPattern(membersOf(params).pattern, [...at, 'params', 'pattern'])
    if (Object.hasOwn(standardGuards, type)) {
      if (params === undefined) this.#findings.error(at, `is '${type}' without params`)
      return this.#tested(type, params, at)
    }
    return params === undefined ? type : { type, params: this.mapper(params, [...at, 'params']) }
  }

  /** The name under which XState finds a delay of `after`. */
  after(name: string, at: Path): string {
    this.#delayNamed(name, at, true)
    return name
  }

  unknown(at: Path, what: string, name: string, known: readonly string[], meant?: string): void {
    const near = nearest(name, known)
    const hint = near === undefined ? `Known: ${known.join(', ') || 'none'}.` : `Did you mean '${near}'?`
    this.#findings.error(at, `is the unknown ${what} '${name}'`, meant ?? hint)
  }

  #scope({ context, event }: Args): Scope {
    const told = event?.error instanceof Error ? { ...event, error: storedError(event.error) } : event
    return { context, event: told, settings: this.settings(), input: (context as Members | undefined)?.input ?? null }
  }

  #action(value: unknown, at: Path): unknown {
    const { type = value, params } = membersOf(value)
    if (typeof type !== 'string') return undefined
    const known = [...Object.keys(STANDARD_ACTIONS), ...this.#registry.actions.keys()]
    if (!known.includes(type)) this.unknown(at, 'action', type, known)
    const inside = [...at, 'params']
    if (params === undefined) {
      if (Object.hasOwn(STANDARD_ACTIONS, type)) this.#findings.error(at, `is '${type}' without params`)
      return type
    }
    const given = membersOf(params)
    if (type === 'assign') for (const name of Object.keys(given)) this.assigned.add(name)
    if (type === 'cancel') return cancel(String(given.id))
    if (type === 'raise' || type === 'sendTo') {
      const options = this.#later(given, inside)
      const event = this.mapper(given.event, [...inside, 'event']) as never
      if (type === 'raise') return raise(event, options as never)
      const { to } = given
      if (typeof to === 'string' && !this.#invoked.includes(to))
        this.unknown([...inside, 'to'], 'actor id', to, this.#invoked)
      return sendTo(String(to), event, options as never)
    }
    return { type, params: this.mapper(params, inside) }
  }

  #later({ delay, id }: Members, at: Path): object {
    const made: Record<string, unknown> = typeof id === 'string' ? { id } : {}
    if (delay === undefined) return made
    if (typeof delay === 'string') this.#delayNamed(delay, [...at, 'delay'], false)
    return { ...made, delay: typeof delay === 'string' ? delay : this.#duration(delay, [...at, 'delay']) }
  }

  /** A standard guard is a function here: what fails in it can say where it stands. */
  #tested(type: string, params: unknown, at: Path): unknown {
    const data = this.#reader.data(params, [...at, 'params'])
    const holds = standardGuards[type] as (args: unknown, params: Members) => boolean
    const guard = (args: Args) => {
      const given = data.of(this.#scope(args)) as Members
      try {
        return holds(args, given)
      } catch (error) {
        throw failure(error, pathText(at))
      }
    }
    return titled(guard, `${type} ${JSON.stringify(params)}`)
  }

  #checkPattern(pattern: unknown, at: Path): void {
    if (typeof pattern !== 'string') return
    try {
      patternOf(pattern)
    } catch (error) {
      this.#findings.error(at, `is a pattern that cannot be read: ${(error as Error).message}`)
    }
  }

  /** Milliseconds; the name of a delay; the name of a setting; a duration as text: in this order. */
  #delayNamed(name: string, at: Path, key: boolean): void {
    if (Number.isFinite(Number(name)) || this.#delays.has(name)) return
    if (Object.hasOwn(this.#settingsNamed, name)) {
      const fallback = this.#settingsNamed[name]
      if (!isDuration(fallback)) {
        const hint = `Its default is ${JSON.stringify(fallback).slice(0, 50)}: milliseconds, or text such as '10m'.`
        this.#findings.error(at, `is the setting '${name}', which is no duration`, hint, key)
      }
      const where = pathText(at)
      this.#delays.set(name, () => lengthOf(membersOf(this.settings())[name], where))
      return
    }
    if (isDuration(name)) {
      this.#delays.set(name, durationMs(name, name))
      return
    }
    // A setting that was named before is a delay, too.
    const known = [...new Set([...this.#delays.keys(), ...Object.keys(this.#settingsNamed)])]
    const near = nearest(name, known)
    const hint = near === undefined
      ? `Milliseconds, text such as '10m', or one of: ${known.join(', ') || 'none'}.`
      : `Did you mean '${near}'?` // biome-ignore format: two lines read better
    this.#findings.error(at, `is the unknown delay '${name}'`, hint, key)
  }

  /** A duration that is written out or an expression. */
  #duration(value: unknown, at: Path): unknown {
    if (!isExpression(value)) {
      if (isDuration(value)) return durationMs(value, pathText(at))
      // What is neither text nor a number was found already.
      if (typeof value === 'string')
        this.#findings.error(at, `is '${value}', which is no duration`, "Milliseconds, or text such as '10m'.")
      return 0
    }
    const data: Data = this.#reader.data(value, at)
    return titled((args) => lengthOf(data.of(this.#scope(args)), pathText(at)), value.$)
  }
}

function lengthOf(value: unknown, where: string): number {
  try {
    return durationMs(value as Duration, where)
  } catch (error) {
    throw failure(new Error(`${JSON.stringify(value ?? null).slice(0, 60)} is no duration`, { cause: error }), where)
  }
}

function* invokedIn({ value, states }: StateNode): Generator<string> {
  for (const invoke of [value.invoke].flat()) {
    const { id } = membersOf(invoke)
    if (typeof id === 'string') yield id
  }
  for (const child of states.values()) yield* invokedIn(child)
}

/** Views of a machine show functions by their names. */
function titled<Made extends Mapper>(made: Made, value: unknown): Made {
  const title = typeof value === 'string' ? value : JSON.stringify(value)
  return Object.defineProperty(made, 'name', { value: title.slice(0, 200) })
}
