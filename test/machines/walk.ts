/**
 * Walks a machine along a list of events twice: in one go, and with its state taken to disk and back before
 * every event. A machine is fit for this house when nobody can tell the two apart.
 */

import { expect } from 'vitest'
import { type AnyMachineSnapshot, type AnyStateMachine, createActor, type EventObject, SimulatedClock } from 'xstate'
import { getAdjacencyMap, getShortestPaths, getSimplePaths } from 'xstate/graph'

/** The order in which members were set means nothing. */
const inOrder = (context: object) => Object.fromEntries(Object.entries(context).sort(([a], [b]) => (a < b ? -1 : 1)))

export const viaDisk = <T>(value: T): T => JSON.parse(JSON.stringify(value))

/** What is left of a walk: each place it came to, as JSON, and what went out through the ports on the way. */
export type Trace = readonly string[]

export interface Scenario<Event extends EventObject> {
  readonly machine: AnyStateMachine
  readonly input?: unknown
  /** The input for enumerating the graph, where it must differ from the one that is walked. */
  readonly graphInput?: unknown
  readonly events: readonly Event[]
  /** What makes two snapshots the same node of the graph: what only grows (history, counts) is left out. */
  node(snapshot: AnyMachineSnapshot): unknown
  /** Bounds the graph: nothing is explored beyond such a node. */
  stop?(snapshot: AnyMachineSnapshot): boolean
  /** Gives the n-th event of a walk its time. */
  stamp?(event: Event, n: number): Event
}

type Ports = [port: string, params: unknown][]

const recorders = new WeakMap<AnyStateMachine, { logic: AnyStateMachine; ports: Ports }>()

/** The machine with a recorder at each port; every action a machine names is one. Made once: providing is dear. */
function recording(machine: AnyStateMachine) {
  const made = recorders.get(machine)
  if (made) return made
  const ports: Ports = []
  const actions: Record<string, (args: unknown, params: unknown) => void> = {}
  for (const port of Object.keys(machine.implementations.actions)) {
    actions[port] = (_, params) => ports.push([port, viaDisk(params ?? null)])
  }
  const recorder = { logic: machine.provide({ actions }), ports }
  recorders.set(machine, recorder)
  return recorder
}

export function walk<Event extends EventObject>(
  { machine, input, stamp = (event) => event }: Pick<Scenario<Event>, 'machine' | 'input' | 'stamp'>,
  events: readonly Event[],
  { restoring = false } = {},
): Trace {
  const { logic, ports } = recording(machine)
  ports.length = 0
  const clock = new SimulatedClock()
  const trace: string[] = []
  // What is emitted leaves the machine like what goes through a port.
  const started = (given: object) => {
    const made = createActor(logic, { input, clock, ...given })
    made.on('*', (event) => void ports.push(['emit', viaDisk(event)]))
    return made.start()
  }
  let actor = started({})
  const look = () => {
    const { status, value, context } = actor.getSnapshot()
    trace.push(JSON.stringify({ status, value, context: inOrder(context), ports: ports.splice(0) }))
  }
  look()
  for (const [n, event] of events.entries()) {
    if (restoring) {
      const snapshot = viaDisk(actor.getPersistedSnapshot())
      actor.stop()
      actor = started({ snapshot })
    }
    // An actor at its end takes nothing, and would say so once for each event.
    if (actor.getSnapshot().status === 'active') actor.send(stamp(event, n))
    look()
  }
  actor.stop()
  return trace
}

function options<Event extends EventObject>({ graphInput, input, events, node, stop }: Scenario<Event>) {
  const serializeState = (snapshot: AnyMachineSnapshot) => JSON.stringify(node(snapshot))
  return { input: graphInput ?? input, events, serializeState, ...(stop ? { stopWhen: stop } : {}) } as never
}

const eventsOf = <Event>(path: { steps: readonly { event: { type: string } }[] }) =>
  path.steps.map(({ event }) => event).filter(({ type }) => type !== 'xstate.init') as Event[]

/** Every simple path of the scenario: no node is met twice. */
export function simplePaths<Event extends EventObject>(scenario: Scenario<Event>): Event[][] {
  return getSimplePaths(scenario.machine, options(scenario)).map((path) => eventsOf<Event>(path))
}

/** Every node of the scenario by its shortest path, left by every event: no transition is missing. */
export function everyTransition<Event extends EventObject>(scenario: Scenario<Event>): Event[][] {
  return getShortestPaths(scenario.machine, options(scenario)).flatMap((path) =>
    scenario.stop?.(path.state as AnyMachineSnapshot)
      ? []
      : scenario.events.map((event) => [...eventsOf<Event>(path), event]),
  )
}

/** The state values the scenario reaches, to prove that nothing was bounded away. */
export function reached<Event extends EventObject>(scenario: Scenario<Event>): string[] {
  const nodes = Object.values(getAdjacencyMap(scenario.machine, options(scenario)))
  const name = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value))
  return [...new Set(nodes.map(({ state }) => name((state as AnyMachineSnapshot).value)))].sort()
}

/** The paths that are not the beginning of another one: a walk compares every step, so these prove them all. */
export function longest<Event extends EventObject>(paths: readonly Event[][]): Event[][] {
  const keys = paths.map((path) => path.map((event) => JSON.stringify(event)).join('\n'))
  const beginnings = new Set(keys.map((key) => key.slice(0, Math.max(0, key.lastIndexOf('\n')))))
  return paths.filter((_, n) => !beginnings.has(keys[n] as string))
}

/** Walks each path both ways; the message of a failure names the path. Gives the number of paths. */
export function expectSameOverRestarts<Event extends EventObject>(scenario: Scenario<Event>, paths: Event[][]): number {
  for (const path of longest(paths)) {
    const through = walk(scenario, path)
    const restarted = walk(scenario, path, { restoring: true })
    if (through.join() === restarted.join()) continue
    expect(restarted, path.map((event) => JSON.stringify(event)).join('\n → ')).toEqual(through)
  }
  return paths.length
}
