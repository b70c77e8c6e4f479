/**
 * What can be reached in a machine, and from where it can end. Guards are not looked into: what a guard might let
 * through counts as possible, so a warning is a certainty.
 */
import type { AnyStateMachine, AnyStateNode } from 'xstate'

/** What is strange about a state, or about the whole machine: then its path is empty. */
export interface Strange {
  readonly path: readonly string[]
  readonly what: string
}

/** States that cannot be entered, and states from which the machine can never come to its end: as sentences. */
export function lintReach(machine: AnyStateMachine): string[] {
  return strangeStates(machine).map(({ path, what }) => `${path.length > 0 ? pathOf(path) : 'it'} ${what}`)
}

export function strangeStates(machine: AnyStateMachine): Strange[] {
  const nodes = [...below(machine.root)]
  const reached = reachable(machine.root)
  const ending = canEnd(nodes)
  const warnings = nodes
    .filter((node) => !reached.has(node) && (!node.parent || reached.has(node.parent)) && node.type !== 'history')
    .map(({ path }): Strange => ({ path, what: 'cannot be reached' }))
  const stuck = nodes.filter((node) => node.type === 'atomic' && reached.has(node) && !ending.has(node))
  if (stuck.length > 0 && !nodes.some((node) => ending.has(node) && reached.has(node))) {
    return [...warnings, { path: [], what: 'can never end: no final state of the machine can be reached' }]
  }
  return [
    ...warnings,
    ...stuck.map(({ path }) => ({ path, what: 'is a dead end: from there the machine can never end' })),
  ]
}

function* below(node: AnyStateNode): Generator<AnyStateNode> {
  yield node
  for (const child of Object.values(node.states)) yield* below(child)
}

function reachable(root: AnyStateNode): Set<AnyStateNode> {
  const reached = new Set<AnyStateNode>()
  const open = [root]
  for (let node = open.pop(); node; node = open.pop()) {
    if (reached.has(node)) continue
    reached.add(node)
    // Whoever is entered is entered with all above, their other regions, and what they begin with.
    if (node.parent) open.push(node.parent)
    open.push(...begins(node), ...leads(node))
  }
  return reached
}

/** The states that are entered with a state. */
function begins(node: AnyStateNode): readonly AnyStateNode[] {
  if (node.type === 'parallel') return Object.values(node.states)
  if (node.type === 'history') return Object.values(node.parent?.states ?? {})
  return targetsOf(node.initial)
}

function targetsOf(from: { readonly target?: unknown } | undefined): readonly AnyStateNode[] {
  const target = from?.target
  return Array.isArray(target) ? (target as AnyStateNode[]) : []
}

/** The states that the transitions of a state lead to. */
function leads(node: AnyStateNode): AnyStateNode[] {
  return [...node.transitions.values(), node.always ?? []].flat().flatMap((transition) => [...targetsOf(transition)])
}

/** The states from which the end of the machine can be reached: what leads to one of them is one of them. */
function canEnd(nodes: readonly AnyStateNode[]): Set<AnyStateNode> {
  const ending = new Set<AnyStateNode>()
  const leaves = (node: AnyStateNode | undefined): boolean =>
    node !== undefined && (leads(node).some((target) => ending.has(target)) || leaves(node.parent))
  const ends = (node: AnyStateNode) =>
    (node.type === 'final' && endsMachine(node)) || leaves(node) || begins(node).some((begun) => ending.has(begun))
  for (let before = -1; before < ending.size; ) {
    before = ending.size
    for (const node of nodes) if (!ending.has(node) && ends(node)) ending.add(node)
  }
  return ending
}

/** A final state of the machine, or of a region of a machine that is parallel at its root. */
function endsMachine({ parent }: AnyStateNode): boolean {
  if (!parent) return false
  return !parent.parent || (parent.parent.type === 'parallel' && !parent.parent.parent)
}

function pathOf(path: readonly string[]): string {
  return `states.${path.join('.states.')}`
}
