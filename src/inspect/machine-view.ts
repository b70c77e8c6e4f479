/** The user's machine of a task with the actors inside it, out of the text that its record keeps. */
import type { StoredMachine } from '../kernel/stage.js'
import type { Path } from '../kernel/tape.js'
import { isoTime } from '../model/duration.js'
import type { Inspection } from '../runtime/inspection.js'
import { type Address, machineAddress, taskAddress } from './address.js'
import type { ActorMessage, SnapshotView, TimerView } from './messages.js'
import { plain, withoutStack } from './plain.js'
import { contextOf } from './task-view.js'

interface StoredActor {
  readonly status?: string
  readonly value?: unknown
  readonly context?: unknown
  readonly output?: unknown
  readonly error?: unknown
  readonly children?: Readonly<Record<string, { readonly snapshot: StoredActor; readonly src?: unknown }>>
}

/** One actor of the tree. */
export interface Player {
  readonly id: Address
  readonly path: Path
  /** The names of the actors on the way to it. */
  readonly sources: readonly unknown[]
  readonly snapshot: () => SnapshotView
  readonly timers: readonly TimerView[]
}

/** Whose machine it is. */
export interface MachineOf {
  readonly id: string
  readonly kind: string
  readonly version: number
}

/** The actors of a stored machine, the outermost first. */
export function playersOf(id: string, text: string, day: (steady: number) => number): Player[] {
  const { snapshot, timers } = JSON.parse(text) as StoredMachine
  const timersOf = (path: Path): TimerView[] =>
    timers
      .filter(({ source }) => source.length === path.length && source.every((each, i) => each === path[i]))
      .map((timer) => ({ id: timer.id, due: isoTime(Math.round(day(timer.due))), event: timer.event.type }))
  const players: Player[] = []
  const visit = (actor: StoredActor, path: Path, sources: readonly unknown[]) => {
    players.push({
      id: machineAddress(id, path),
      path,
      sources,
      snapshot: () => snapshotView(actor),
      timers: timersOf(path),
    })
    for (const [name, child] of Object.entries(actor.children ?? {})) {
      visit(child.snapshot, [...path, name], [...sources, child.src])
    }
  }
  visit(snapshot as StoredActor, [], [])
  return players
}

export function playerActor(
  inspection: Pick<Inspection, 'machineId' | 'inner'>,
  { id, kind, version }: MachineOf,
  { id: address, path, sources, snapshot, timers }: Player,
  began: ActorMessage['began'],
): ActorMessage {
  const name = path.at(-1)
  const outermost = name === undefined
  const machine = outermost ? inspection.machineId(kind, version) : undefined
  const definition = outermost ? undefined : inspection.inner(kind, version, sources)
  const src = sources.at(-1)
  return {
    type: 'actor',
    id: address,
    what: outermost ? 'machine' : 'child',
    name: name ?? kind,
    began,
    parent: outermost ? taskAddress(id) : machineAddress(id, path.slice(0, -1)),
    task: id,
    kind,
    ...(outermost ? { version } : {}),
    ...(machine === undefined ? {} : { machine }),
    ...(typeof src === 'string' ? { src } : {}),
    ...(definition ? { definition } : {}),
    snapshot: snapshot(),
    ...(timers.length > 0 ? { timers } : {}),
  }
}

/** Any snapshot of XState as it is told. */
export function snapshotView(snapshot: StoredActor): SnapshotView {
  const { status = 'active', value, context, output, error } = snapshot
  return {
    status,
    ...(value === undefined ? {} : { value: plain(value) }),
    ...(context === undefined ? {} : contextOf(context)),
    ...(output === undefined ? {} : { output: plain(output) }),
    ...(error === undefined ? {} : { error: withoutStack(error) }),
  }
}
