/**
 * A machine that another version wrote, made to fit this one. XState restores what is written and nothing else: a state
 * that was renamed would wait for ever for a timer of its old name, and for an actor that nobody began. So timers that
 * nobody knows any more go, and what the states it is in wait for begins now, as if they had been entered now.
 */
import { type AnyActorLogic, type AnyActorRef, type AnyStateMachine, type AnyStateNode, createActor } from 'xstate'
import { HoldfastError, shown } from '../model/errors.js'
import { isMachine } from './durable.js'
import type { StoredMachine } from './stage.js'
import { StageSystem, type StoredTimer } from './system.js'

/** What a machine keeps of itself; JSON. */
export interface StoredSnapshot {
  readonly status: string
  /** The states it is in: `'open'`, `{ door: 'open' }`. */
  readonly value: unknown
  readonly context: Readonly<Record<string, unknown>>
  readonly historyValue?: Readonly<Record<string, unknown>>
  /** Its actors by their ids; `src` is the name under which the machine finds their logic. */
  readonly children?: Readonly<Record<string, StoredChild>>
}

export interface StoredChild {
  readonly snapshot: StoredSnapshot | { readonly status: string }
  readonly src: unknown
  readonly [more: string]: unknown
}

export interface Refitted {
  readonly stored: StoredMachine
  /** Timers and actors that this version does not know. */
  readonly dropped: readonly string[]
  /** Timers and actors that its states wait for. */
  readonly begun: readonly string[]
}

/** An invoke without an id is named by its place. */
const NAMED_BY_PLACE = /^\d+\./
const AFTER = 'xstate.after.'
/** Mappers are told that the state is entered by nobody's event. */
const EVENT = { type: 'xstate.init' }

/** `now` is on the steady hand. @throws ERR_INVALID_MACHINE when a state is gone, or what begins cannot */
export function refit(machine: AnyStateMachine, { snapshot, timers }: StoredMachine, now: number): Refitted {
  const notes: Notes = { dropped: [], begun: [] }
  const kept: StoredTimer[] = []
  const fitted = new Refit(now, timers, kept, notes).actor(machine, snapshot as StoredSnapshot, [])
  for (const { id } of timers.filter((timer) => !kept.some(({ id, source }) => same(timer, id, source))))
    notes.dropped.push(`timer ${id}`)
  return { stored: { snapshot: fitted, timers: kept }, ...notes }
}

interface Notes {
  readonly dropped: string[]
  readonly begun: string[]
}

class Refit {
  readonly #now: number
  readonly #timers: readonly StoredTimer[]
  readonly #kept: StoredTimer[]
  readonly #notes: Notes

  constructor(now: number, timers: readonly StoredTimer[], kept: StoredTimer[], notes: Notes) {
    this.#now = now
    this.#timers = timers
    this.#kept = kept
    this.#notes = notes
  }

  /** One machine of the tree, and those below it. */
  actor(machine: AnyStateMachine, snapshot: StoredSnapshot, path: readonly string[]): StoredSnapshot {
    if (snapshot.status !== 'active') return snapshot
    const { nodes, value } = stateOf(machine, snapshot)
    this.#timersOf(machine, nodes, snapshot, path)
    const wanted = nodes.flatMap(({ invoke }) => invoke)
    const children: Record<string, StoredChild> = {}
    for (const [id, child] of Object.entries(snapshot.children ?? {})) {
      const invoke = wanted.find((each) => each.id === id)
      // What a state invokes under this id may be another actor now.
      const gone = invoke ? invoke.src !== child.src : NAMED_BY_PLACE.test(id)
      if (gone) this.#notes.dropped.push(`actor ${id}`)
      else children[id] = child
    }
    for (const { id, src, systemId, input } of wanted) {
      if (children[id]) continue
      this.#notes.begun.push(`actor ${id}`)
      const logic = machine.implementations.actors[src as string] as AnyActorLogic
      const given = called(input, snapshot, `the input of ${id}`)
      const begun = { snapshot: beginning(logic, given), src, syncSnapshot: false }
      children[id] = systemId === undefined ? begun : { ...begun, systemId }
    }
    for (const [id, child] of Object.entries(children)) {
      const logic: unknown = machine.implementations.actors[child.src as string]
      if (!isMachine(logic)) this.#keepTimers([...path, id], () => true)
      else children[id] = { ...child, snapshot: this.actor(logic, child.snapshot as StoredSnapshot, [...path, id]) }
    }
    return { ...snapshot, value, children, historyValue: this.#remembered(machine, snapshot) }
  }

  /** XState passes over what it does not find, and warns on the console. */
  #remembered(machine: AnyStateMachine, { historyValue = {} }: StoredSnapshot): Readonly<Record<string, unknown>> {
    const there = (id: string) => {
      try {
        return machine.getStateNodeById(id) !== undefined
      } catch {
        return false
      }
    }
    return Object.fromEntries(
      Object.entries(historyValue).flatMap(([id, states]) => {
        const kept = (states as readonly { readonly id: string }[]).filter((state) => there(state.id))
        if (there(id) && kept.length > 0) return [[id, kept]]
        this.#notes.dropped.push(`history ${id}`)
        return []
      }),
    )
  }

  #timersOf(
    machine: AnyStateMachine,
    nodes: readonly AnyStateNode[],
    snapshot: StoredSnapshot,
    path: readonly string[],
  ) {
    const delays = new Map(nodes.flatMap(({ after }) => after.map(({ eventType, delay }) => [eventType, delay])))
    const known = (type: string) =>
      type.startsWith(AFTER) ? delays.has(type) : machine.events.some((each) => each === type || each.endsWith('*'))
    this.#keepTimers(path, known)
    for (const [type, delay] of delays) {
      if (this.#kept.some((timer) => same(timer, type, path))) continue
      this.#notes.begun.push(`timer ${type}`)
      const named = typeof delay === 'string' ? (machine.implementations.delays[delay] ?? Number(delay)) : delay
      const wait = Number(called(named, snapshot, `the delay ${shown(delay)}`))
      if (!Number.isFinite(wait)) throw unfit(`the delay ${shown(delay)} is ${shown(wait)}`)
      this.#kept.push({ source: path, target: path, id: type, due: this.#now + wait, event: { type } })
    }
  }

  /** Those that an actor has set, for itself or for another: the stage drops what is for nobody. */
  #keepTimers(source: readonly string[], known: (type: string) => boolean): void {
    for (const timer of this.#timers) {
      if (samePath(timer.source, source) && known(timer.event.type)) this.#kept.push(timer)
    }
  }
}

interface State {
  readonly nodes: readonly AnyStateNode[]
  /** With the states within that a state begins in, where nothing was said of them. */
  readonly value: unknown
}

function stateOf(machine: AnyStateMachine, { value, context }: StoredSnapshot): State {
  let resolved: { readonly _nodes: readonly AnyStateNode[]; readonly value: unknown }
  try {
    resolved = machine.resolveState({ value, context } as never) as never
  } catch (cause) {
    throw unfit(`it has no state ${shown(value)}: ${String((cause as Error)?.message ?? cause)}`, cause)
  }
  const nodes = resolved._nodes
  for (const node of nodes.filter(({ type }) => type === 'compound')) {
    const within = nodes.filter(({ parent }) => parent === node).map(({ key }) => key)
    if (within.length > 1) throw unfit(`it would be in ${within.join(' and ')} of ${node.id} at once`)
  }
  return { nodes, value: resolved.value }
}

/** An actor that has not begun, as a record keeps it. */
function beginning(logic: AnyActorLogic, input: unknown): StoredSnapshot {
  const nothing = () => undefined
  const system = new StageSystem({ id: 'refit', services: undefined, steady: () => 0, take: nothing, heard: nothing })
  const actor: AnyActorRef = createActor(logic, { input, parent: system.parent } as never)
  return JSON.parse(JSON.stringify((actor as unknown as { getPersistedSnapshot(): unknown }).getPersistedSnapshot()))
}

function called(given: unknown, { context }: StoredSnapshot, what: string): unknown {
  if (typeof given !== 'function') return given
  try {
    return given({ context, event: EVENT })
  } catch (cause) {
    throw unfit(`${what} threw: ${String((cause as Error)?.message ?? cause)}`, cause)
  }
}

const samePath = (a: readonly string[], b: readonly string[]) =>
  a.length === b.length && a.every((id, i) => id === b[i])
const same = (timer: StoredTimer, id: string, source: readonly string[]) =>
  timer.id === id && samePath(timer.source, source)

function unfit(message: string, cause?: unknown): HoldfastError {
  return new HoldfastError('ERR_INVALID_MACHINE', message, { cause })
}
