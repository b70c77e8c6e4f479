/** The states of a file as a tree, and which of them a target means: as XState looks for it, before XState is asked. */
import { nearest } from '../model/nearest.js'
import type { Findings, Path } from './finding.js'

type Members = Readonly<Record<string, unknown>>

/** States of a machine, all counted. */
export const MOST_STATES = 1_000

export interface StateNode {
  readonly key: string
  readonly at: Path
  readonly value: Members
  readonly parent: StateNode | undefined
  readonly states: Map<string, StateNode>
}

export class StateTree {
  readonly root: StateNode
  readonly ids = new Map<string, StateNode>()
  readonly #findings: Findings
  count = 0

  constructor(machine: Members, at: Path, id: string, findings: Findings) {
    this.#findings = findings
    this.root = this.#node(id, machine, at, undefined)
    this.ids.set(rootId(machine, id), this.root)
  }

  #node(key: string, value: Members, at: Path, parent: StateNode | undefined): StateNode {
    this.count++
    const node: StateNode = { key, at, value, parent, states: new Map() }
    const { id } = value
    if (parent && typeof id === 'string') {
      if (this.ids.has(id)) this.#findings.error([...at, 'id'], `is the id '${id}' of another state, too`)
      this.ids.set(id, node)
    }
    for (const [name, child] of Object.entries(membersOf(value.states))) {
      if (this.count > MOST_STATES) break
      node.states.set(name, this.#node(name, membersOf(child), [...at, 'states', name], node))
    }
    return node
  }

  /** The state that a target of `from` means; what is none becomes a finding. */
  target(target: string, from: StateNode, at: Path): StateNode | undefined {
    if (target.startsWith('#')) return this.#byId(target.slice(1), at)
    if (target.startsWith('.')) return this.#within(from, target.slice(1), at, '.')
    if (from.parent) return this.#within(from.parent, target, at)
    const meant = from.states.has(target.split('.')[0] as string)
      ? `Did you mean '.${target}'?`
      : among(target, from, '.')
    this.#findings.error(at, `is '${target}', and beside the machine itself there is no state`, meant)
    return undefined
  }

  /** The state at a path from the machine. */
  at(path: string): StateNode | undefined {
    return path.split('.').reduce<StateNode | undefined>((node, key) => node?.states.get(key), this.root)
  }

  /** The paths of all states. */
  paths({ states }: StateNode = this.root, before = ''): string[] {
    return [...states].flatMap(([key, child]) => [before + key, ...this.paths(child, `${before}${key}.`)])
  }

  /** The state that an `initial` names. */
  initial(target: string, from: StateNode, at: Path): StateNode | undefined {
    return this.#within(from, target, at)
  }

  #byId(target: string, at: Path): StateNode | undefined {
    const [id, ...rest] = target.split('.') as [string, ...string[]]
    const node = this.ids.get(id)
    if (node) return rest.length === 0 ? node : this.#within(node, rest.join('.'), at, `#${id}.`)
    const near = nearest(id, [...this.ids.keys()])
    const hint =
      near === undefined
        ? `Ids: ${[...this.ids.keys()].map((each) => `#${each}`).join(', ')}.`
        : `Did you mean '#${near}'?`
    this.#findings.error(at, `leads to the unknown id '#${id}'`, hint)
    return undefined
  }

  #within(node: StateNode, path: string, at: Path, before = ''): StateNode | undefined {
    let found = node
    let passed = before
    for (const key of path.split('.')) {
      const next = found.states.get(key)
      if (!next) {
        this.#findings.error(at, `leads to '${before}${path}', which is no state`, among(key, found, passed))
        return undefined
      }
      found = next
      passed += `${key}.`
    }
    return found
  }
}

function among(key: string, { states }: StateNode, before: string): string {
  const names = [...states.keys()]
  const near = nearest(key, names)
  if (near !== undefined) return `Did you mean '${before}${near}'?`
  return `States there: ${
    names
      .slice(0, 20)
      .map((name) => before + name)
      .join(', ') || 'none'
  }.`
}

/** The id of a machine; XState takes what follows a dot for a state within. */
export function rootId(machine: Members, kind: string): string {
  return typeof machine.id === 'string' ? machine.id : kind.replaceAll('.', '_')
}

export function membersOf(value: unknown): Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Members) : {}
}
