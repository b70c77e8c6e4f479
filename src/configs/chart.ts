/**
 * A file as a machine of XState. What stands in it by name is looked up, expressions are compiled, targets are looked
 * for; what is wrong becomes findings, all of it, so this goes on where it cannot make anything of a part. The form of
 * the file was checked before: what does not fit it is passed over here.
 */
import { type AnyStateMachine, createMachine } from 'xstate'
import { validate } from '../runtime/schema.js'
import { checkInput } from './actor-input.js'
import { ChartParts } from './chart-parts.js'
import { type Data, DataReader } from './data.js'
import type { Findings, Path } from './finding.js'
import { type JsonSchema, jsonSchema } from './json-schema.js'
import { checkReads } from './reads.js'
import type { Registry } from './registry.js'
import { membersOf, rootId, type StateNode, StateTree } from './targets.js'

type Members = Readonly<Record<string, unknown>>
type Mutable = Record<string, unknown>

/** What the task was given is kept in the context, where a machine reads it later than at its beginning. */
export const KEPT = 'input'

export interface Charted {
  readonly machine: AnyStateMachine
  /** It reads `input` later than in its context, and keeps it there. */
  readonly keepsInput: boolean
}

/** The machine of a file, its names looked up; `undefined` when there are errors among the findings. */
export function chartOf(
  file: Members,
  registry: Registry,
  settings: () => unknown,
  findings: Findings,
): Charted | undefined {
  const kind = typeof file.kind === 'string' ? file.kind : 'machine'
  const chart = new Chart(file, kind, registry, settings, findings)
  const made = chart.make()
  if (findings.failed) return undefined
  try {
    const machine = createMachine(made.config as never, made.implementations as never) as AnyStateMachine
    return { machine, keepsInput: made.keepsInput }
  } catch (error) {
    findings.error(['machine'], `is refused by XState: ${(error as Error).message}`)
    return undefined
  }
}

class Chart {
  readonly #file: Members
  readonly #findings: Findings
  readonly #registry: Registry
  readonly #tree: StateTree
  readonly #reader: DataReader
  readonly #parts: ChartParts

  constructor(file: Members, kind: string, registry: Registry, settings: () => unknown, findings: Findings) {
    this.#file = file
    this.#findings = findings
    this.#registry = registry
    this.#tree = new StateTree(membersOf(file.machine), ['machine'], kind, findings)
    this.#reader = new DataReader(findings)
    this.#parts = new ChartParts(file, registry, settings, this.#reader, this.#tree, findings)
  }

  make(): { config: object; implementations: object; keepsInput: boolean } {
    const { machine } = this.#file
    const config = this.#state(this.#tree.root) as Mutable
    config.id = rootId(membersOf(machine), this.#tree.root.key)
    const { context } = membersOf(machine)
    const began = this.#reader.reads.length
    const beginning =
      context === undefined ? undefined : this.#reader.data(context, ['machine', 'context'], ['settings', 'input'])
    const later = this.#reader.reads.slice(0, began)
    const keeps = later.some(({ root }) => root === 'input')
    if (keeps && (Object.hasOwn(membersOf(context), KEPT) || this.#parts.assigned.has(KEPT))) {
      const hint = 'A machine that reads `input` later than in `context` keeps it there: choose another name.'
      this.#findings.error(['machine', 'context'], "has an 'input' of its own", hint)
    }
    checkReads(this.#file, this.#reader.reads, this.#parts.assigned, keeps, this.#findings)
    if (!this.#findings.failed && (beginning || keeps)) config.context = this.#beginning(beginning, keeps)
    return { config, implementations: this.#parts.implementations(), keepsInput: keeps }
  }

  #beginning(data: Data | undefined, keeps: boolean): unknown {
    const schema = this.#file.input === undefined ? undefined : jsonSchema(this.#file.input as JsonSchema)
    return ({ input: given }: { input: unknown }) => {
      // Its schema fills in defaults. It was checked when the task was made, and may have changed since.
      const input = validate(schema, given ?? null, String(this.#file.kind))
      const scope = { context: null, event: null, settings: this.#parts.settings(), input }
      const made = data ? data.of(scope) : {}
      return keeps ? { ...(made as object), [KEPT]: structuredClone(input) } : made
    }
  }

  #state(node: StateNode): object {
    const { value, at } = node
    const made: Mutable = {}
    for (const key of ['id', 'type', 'history', 'tags', 'meta', 'description']) {
      if (value[key] !== undefined) made[key] = value[key]
    }
    this.#checkType(node)
    if (value.initial !== undefined) made.initial = this.#initial(node)
    if (typeof value.target === 'string' && value.type === 'history') {
      const first = this.#tree.target(value.target, node, [...at, 'target'])
      if (first?.value.type === 'history') {
        this.#findings.error([...at, 'target'], `leads to '${value.target}', which is a history itself`)
      }
      made.target = value.target
    }
    if (value.on !== undefined) made.on = this.#each(node, 'on', (name) => name)
    if (value.after !== undefined) made.after = this.#each(node, 'after', (name, here) => this.#parts.after(name, here))
    for (const key of ['always', 'onDone'] as const) {
      if (value[key] !== undefined) made[key] = this.#transitions(value[key], [...at, key], node)
    }
    for (const key of ['entry', 'exit'] as const) {
      if (value[key] !== undefined) made[key] = this.#parts.actions(value[key], [...at, key])
    }
    if (value.invoke !== undefined) made.invoke = this.#invokes(node)
    if (value.output !== undefined) made.output = this.#parts.mapper(value.output, [...at, 'output'])
    if (node.states.size > 0) {
      made.states = Object.fromEntries([...node.states].map(([key, child]) => [key, this.#state(child)]))
    }
    return made
  }

  /** What XState would pass over in silence, or take amiss. */
  #checkType({ value, at, states, parent }: StateNode): void {
    const { type, initial } = value
    const names = [...states.keys()]
    if ((type === 'final' || type === 'history') && names.length > 0)
      this.#findings.error([...at, 'states'], `stand in a ${type} state, which has none`)
    if (type === 'parallel' && names.length === 0) this.#findings.error(at, 'is parallel and has no states')
    if (type === 'compound' && names.length === 0) this.#findings.error(at, 'is compound and has no states')
    if (type === 'parallel' && initial !== undefined)
      this.#findings.error([...at, 'initial'], 'stands in a parallel state, which begins in all of its states')
    if (type === 'atomic' && names.length > 0)
      this.#findings.error([...at, 'states'], 'stand in an atomic state, which has none')
    if ((type === undefined || type === 'compound') && names.length > 0 && initial === undefined)
      this.#findings.error(
        at,
        "has states and no 'initial' among them",
        `"initial": ${JSON.stringify(names[0])} begins with the first.`,
      )
    if (initial !== undefined && names.length === 0)
      this.#findings.error([...at, 'initial'], 'stands in a state without states')
    if (type === 'final') {
      for (const key of ['on', 'after', 'always', 'invoke', 'onDone'] as const)
        if (value[key] !== undefined)
          this.#findings.error([...at, key], 'stands in a final state, which nothing leaves')
    }
    if (type === 'history' && !parent) this.#findings.error([...at, 'type'], 'of the machine itself cannot be history')
    if (type !== 'history') {
      for (const key of ['history', 'target'] as const)
        if (parent && value[key] !== undefined)
          this.#findings.error([...at, key], "stands in a state whose type is not 'history'")
    }
    if (value.onDone !== undefined && names.length === 0 && type !== 'final')
      this.#findings.warning([...at, 'onDone'], 'stands in a state without states: it is never taken')
  }

  #initial(node: StateNode): unknown {
    const { initial } = node.value
    const { target = initial, actions } = membersOf(initial)
    const at: Path = typeof initial === 'string' ? [...node.at, 'initial'] : [...node.at, 'initial', 'target']
    if (typeof target !== 'string') return undefined
    if (node.states.size > 0) this.#tree.initial(target, node, at)
    if (actions === undefined) return target
    return { target, actions: this.#parts.actions(actions, [...node.at, 'initial', 'actions']) }
  }

  #each(node: StateNode, key: 'on' | 'after', named: (name: string, at: Path) => string): object {
    const all = Object.entries(membersOf(node.value[key])).map(([name, value]) => {
      const at = [...node.at, key, name]
      return [named(name, at), this.#transitions(value, at, node)] as const
    })
    return Object.fromEntries(all)
  }

  #transitions(value: unknown, at: Path, node: StateNode): unknown {
    if (Array.isArray(value)) return value.map((each, i) => this.#transition(each, [...at, i], node))
    return this.#transition(value, at, node)
  }

  #transition(value: unknown, at: Path, node: StateNode): unknown {
    if (typeof value === 'string') {
      this.#tree.target(value, node, at)
      return { target: value }
    }
    const { target, guard, actions, ...rest } = membersOf(value)
    const made: Mutable = { ...rest }
    if (target !== undefined) {
      const several = Array.isArray(target)
      for (const [i, each] of [target].flat().entries())
        if (typeof each === 'string') this.#tree.target(each, node, several ? [...at, 'target', i] : [...at, 'target'])
      made.target = target
    }
    if (guard !== undefined) made.guard = this.#parts.guard(guard, [...at, 'guard'])
    if (actions !== undefined) made.actions = this.#parts.actions(actions, [...at, 'actions'])
    return made
  }

  #invokes(node: StateNode): unknown {
    const { invoke } = node.value
    const at = [...node.at, 'invoke']
    if (Array.isArray(invoke)) return invoke.map((each, i) => this.#invoke(membersOf(each), [...at, i], node))
    return this.#invoke(membersOf(invoke), at, node)
  }

  #invoke(value: Members, at: Path, node: StateNode): object {
    const { src, id, systemId, input } = value
    const made: Mutable = { src, ...(id === undefined ? {} : { id }), ...(systemId === undefined ? {} : { systemId }) }
    if (typeof src === 'string') {
      const actor = this.#registry.actors.get(src)
      if (!actor) this.#parts.unknown([...at, 'src'], 'actor', src, [...this.#registry.actors.keys()])
      else if (actor.input !== undefined) checkInput(src, actor.input, input, at, this.#findings)
    }
    if (input !== undefined) made.input = this.#parts.mapper(input, [...at, 'input'])
    for (const key of ['onDone', 'onError', 'onSnapshot'] as const)
      if (value[key] !== undefined) made[key] = this.#transitions(value[key], [...at, key], node)
    return made
  }
}
