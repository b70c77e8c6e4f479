/**
 * The paths through a machine: what can happen to it, in every order that leads somewhere new. Beside the events of the
 * test these are its timers and the outcomes of its actors.
 */
import type { AnyMachineSnapshot, AnyStateMachine, EventObject } from 'xstate'
import { getAdjacencyMap } from 'xstate/graph'
import { HoldfastError } from '../model/errors.js'

/** Something that happens to a machine. */
export type Happening =
  | { readonly type: 'event'; readonly event: EventObject }
  /** A timer of the machine falls due. */
  | { readonly type: 'timer'; readonly id: string }
  /** An actor comes to an outcome: an Error is how it fails. */
  | { readonly type: 'outcome'; readonly actor: string; readonly name: string; readonly value: unknown }

export type Path = readonly Happening[]

export interface Ground {
  readonly machine: AnyStateMachine
  readonly input: unknown
  readonly events: readonly EventObject[]
  /** The outcomes of actors, by their names. */
  readonly outcomes: Readonly<Record<string, readonly unknown[]>>
  /** What makes two snapshots the same place. */
  place(snapshot: AnyMachineSnapshot): unknown
  /** At most so many places, and at most so many paths. */
  readonly limit: number
}

type Places = Readonly<Record<string, Place>>

interface Place {
  readonly state: unknown
  readonly transitions: Readonly<Record<string, { readonly event: EventObject; readonly state: unknown }>>
}

const TIMER = 'xstate.after.'
const DONE = 'xstate.done.actor.'
const FAILED = 'xstate.error.actor.'

/**
 * Every path that meets no place twice, and then every way on from its end, back to a place it was at too: together they
 * take every transition. None is the beginning of another.
 * @throws ERR_TOO_MANY
 */
export function pathsOf(ground: Ground): Path[] {
  // A name that were a number would come before all others in an object.
  const name = (snapshot: unknown) => `at ${JSON.stringify(ground.place(snapshot as AnyMachineSnapshot))}`
  const places = placesOf(ground, name)
  const paths: Path[] = []
  const walk = (at: string, path: Path, seen: ReadonlySet<string>) => {
    const ways = Object.values((places[at] as Place).transitions)
    if (ways.length === 0) paths.push(path)
    if (paths.length > ground.limit) throw tooMany('paths', ground.limit)
    for (const { event, state } of ways) {
      const to = name(state)
      const longer = [...path, happening(event)]
      if (seen.has(to)) paths.push(longer)
      else walk(to, longer, new Set([...seen, to]))
    }
  }
  const first = Object.keys(places)[0] as string
  walk(first, [], new Set([first]))
  return paths
}

function placesOf({ machine, input, events, outcomes, limit }: Ground, name: (snapshot: unknown) => string): Places {
  let met = 0
  const possible = (snapshot: AnyMachineSnapshot) => {
    if (++met > limit) throw tooMany('places', limit)
    if (snapshot.status !== 'active') return []
    // An outcome that nobody waits for may be the end of the machine.
    return [...[...events, ...timers(snapshot)].filter((event) => snapshot.can(event)), ...ends(snapshot, outcomes)]
  }
  const options = { input, events: possible, serializeState: name, serializeEvent: (event: Ending) => words(event) }
  return getAdjacencyMap(machine, options as never) as unknown as Places
}

function timers(snapshot: AnyMachineSnapshot): EventObject[] {
  const nodes = snapshot._nodes as readonly { readonly ownEvents: readonly string[] }[]
  return nodes.flatMap(({ ownEvents }) => ownEvents.filter((type) => type.startsWith(TIMER)).map((type) => ({ type })))
}

interface Ending extends EventObject {
  /** The name of the actor; the runtime makes the event itself. */
  readonly src?: string
  readonly output?: unknown
  readonly error?: unknown
}

function ends({ children }: AnyMachineSnapshot, outcomes: Ground['outcomes']): Ending[] {
  return Object.entries(children).flatMap(([id, child]) => {
    const src = (child as { src?: unknown } | undefined)?.src
    if (typeof src !== 'string') return []
    return (outcomes[src] ?? []).map(
      (value): Ending =>
        value instanceof Error
          ? { type: `${FAILED}${id}`, error: value, src }
          : { type: `${DONE}${id}`, output: value, src },
    )
  })
}

function happening(event: Ending): Happening {
  const { type, src, output, error } = event
  if (type.startsWith(TIMER)) return { type: 'timer', id: type }
  const failed = type.startsWith(FAILED)
  if (!failed && !type.startsWith(DONE)) return { type: 'event', event }
  return {
    type: 'outcome',
    actor: type.slice(failed ? FAILED.length : DONE.length),
    name: src as string,
    value: failed ? error : output,
  }
}

/** Errors are empty objects to JSON. */
function words({ error, ...event }: Ending): string {
  return JSON.stringify(error === undefined ? event : { ...event, error: String(error) })
}

/** A path as people read it. */
export function inWords(path: Path): string {
  if (path.length === 0) return 'its start'
  return path.map((each) => happeningInWords(each)).join(' → ')
}

export function happeningInWords(happening: Happening): string {
  if (happening.type === 'timer') return `after ${happening.id.slice(TIMER.length).split('.', 1)[0]}`
  if (happening.type === 'outcome') {
    const { name, value } = happening
    return value instanceof Error ? `${name} fails (${value.message})` : `${name} is done`
  }
  const { type, ...data } = happening.event
  return Object.keys(data).length > 0 ? `${type} ${JSON.stringify(data)}` : type
}

function tooMany(what: string, limit: number): HoldfastError {
  return new HoldfastError('ERR_TOO_MANY', `the machine has more than ${limit} ${what} to walk`, {
    hint: 'Give fewer events, leave out of `place` what only grows, or raise `limit`.',
  })
}
