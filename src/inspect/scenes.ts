/** What happens in a runtime as scenes: each fact that observers are told, after its commit. */
import type { DeviceNews } from '../runtime/devices.js'
import type { EmittedEvent } from '../runtime/events.js'
import type { Moved, Planned, Played } from '../runtime/observers.js'
import { type Address, deviceAddress, machineAddress, scheduleAddress, taskAddress } from './address.js'
import { deviceActor, deviceSnapshot } from './device-view.js'
import { type MachineOf, type Player, playerActor, playersOf, snapshotView } from './machine-view.js'
import type { ActorMessage, Told } from './messages.js'
import { plain } from './plain.js'
import { NOBODY, type Scene } from './scene.js'
import { scheduleActor, scheduleSnapshot } from './schedule-view.js'
import type { Source } from './source.js'
import { taskActor, taskSnapshot } from './task-view.js'

/** Tasks whose children are remembered, to tell of those that went. */
const MOST_TREES = 10_000

export class Scenes {
  readonly #source: Source
  readonly #trees = new Map<string, readonly Address[]>()
  #step = 0

  constructor(source: Source) {
    this.#source = source
  }

  moved(fact: Moved): Scene {
    const { id, kind, from, to, context, event } = fact
    const of = taskAddress(id)
    const snapshot = taskSnapshot(to, context)
    const began = from === 'NONE' ? 'started' : this.#began(context.createdAt)
    const over = snapshot.status === 'done'
    return {
      subject: { group: 'task', id, kind },
      messages: [
        { type: 'event', to: of, event: { type: event } },
        { type: 'snapshot', of, event, snapshot },
        ...(to === 'TERMINATED' ? this.#stopped(id) : []),
      ],
      cast: new Map([[of, () => taskActor({ ...fact, state: to }, began)]]),
      step: ++this.#step,
      ...(over ? { over: [of] } : {}),
    }
  }

  played(fact: Played): Scene {
    const { id, kind, context, step, text } = fact
    const machine: MachineOf = { id, kind, version: context.version }
    const { inspection } = this.#source.runtime
    const players = text === undefined ? [] : playersOf(id, text, inspection.day)
    const before = this.#trees.get(id)
    const began = step === 'begun' ? 'started' : this.#began(runningSince(fact))
    // What was not there with the step before began with this one.
    const isNew = ({ id: address, path }: Player) => path.length > 0 && before?.includes(address) === false
    const cast = new Map<Address, () => ActorMessage>([
      [taskAddress(id), () => taskActor({ ...fact, state: 'RUNNING' }, this.#began(context.createdAt))],
      ...players.map((player): [Address, () => ActorMessage] => [
        player.id,
        () => playerActor(inspection, machine, player, isNew(player) ? 'started' : began),
      ]),
    ])
    const last: Told[] =
      step === 'ended'
        ? [{ type: 'snapshot', of: machineAddress(id), snapshot: snapshotView(fact.last as object) }]
        : []
    return {
      subject: { group: 'task', id, kind },
      messages: [
        ...(step === 'restored' ? [{ type: 'restore' as const, of: machineAddress(id) }] : []),
        ...fact.noted.map((noted) => toldOf(id, noted)),
        ...changed(fact, players, (player) => before === undefined || isNew(player)),
        ...last,
        ...this.#left(id, players, step === 'ended'),
      ],
      cast,
      step: ++this.#step,
      ...(step === 'ended' ? { over: [machineAddress(id)] } : {}),
    }
  }

  emitted({ taskId: id, kind, seq, event }: EmittedEvent, past?: true): Scene {
    const of = this.#source.runtime.inspection.hasMachine(kind) ? machineAddress(id) : taskAddress(id)
    const told: Told = { type: 'emitted', of, seq, event: plain(event), ...(past ? { past } : {}) }
    return { subject: { group: 'task', id, kind }, messages: [told], cast: NOBODY }
  }

  planned({ id, event, view }: Planned): Scene {
    const of = scheduleAddress(id)
    if (!view) return { subject: { group: 'schedule', id }, messages: [{ type: 'gone', id: of }], cast: NOBODY }
    return {
      subject: { group: 'schedule', id },
      messages: [
        { type: 'event', to: of, event: { type: event } },
        { type: 'snapshot', of, event, snapshot: scheduleSnapshot(view) },
      ],
      cast: new Map([[of, () => scheduleActor(view, event === 'put' ? 'started' : 'present')]]),
      step: ++this.#step,
    }
  }

  stepped(id: string, news: readonly DeviceNews[]): Scene {
    const of = deviceAddress(id)
    const found = this.#source.runtime.inspection.device(id)
    const last = news.at(-1)
    return {
      subject: { group: 'device', id },
      messages: [
        ...news.map((each): Told => ({ type: 'event', to: of, event: plain(each) })),
        { type: 'snapshot', of, ...(last ? { event: last.type } : {}), snapshot: deviceSnapshot(found) },
      ],
      cast: new Map([[of, () => deviceActor(found)]]),
      step: ++this.#step,
    }
  }

  /** Actors that were there with the step before and are no more. */
  #left(id: string, players: readonly Player[], ended: boolean): Told[] {
    const before = this.#trees.get(id) ?? []
    const now = players.slice(1).map((player) => player.id)
    this.#trees.delete(id)
    if (!ended) this.#trees.set(id, now)
    const [oldest] = this.#trees.keys()
    if (this.#trees.size > MOST_TREES) this.#trees.delete(oldest as string)
    return before.filter((address) => !now.includes(address)).map((address) => ({ type: 'gone', id: address }))
  }

  /** A machine that was stopped has no step of its own for it. */
  #stopped(id: string): Told[] {
    const inside = this.#trees.get(id) ?? []
    this.#trees.delete(id)
    return [...inside, machineAddress(id)].map((address) => ({ type: 'gone', id: address }))
  }

  #began(at: number): ActorMessage['began'] {
    return at < this.#source.runtime.inspection.since ? 'restored' : 'present'
  }
}

/** When the attempt that plays the machine began. */
export function runningSince({ context }: Pick<Played, 'context'>): number {
  return context.history.findLast(({ state }) => state === 'RUNNING')?.at ?? context.createdAt
}

function toldOf(id: string, noted: Played['noted'][number]): Told {
  if (noted.type === 'event') {
    const from = noted.from && { from: machineAddress(id, noted.from) }
    return { type: 'event', to: machineAddress(id, noted.to), ...from, event: plain(noted.event) }
  }
  const of = machineAddress(id, noted.of)
  if (noted.type === 'microstep') return { type: 'microstep', of, event: noted.event, transitions: noted.transitions }
  const params = noted.params === undefined ? {} : { params: plain(noted.params) }
  return { type: 'action', of, action: noted.action === '(anonymous)' ? '(inline)' : noted.action, ...params }
}

/** Of those to whom something happened, and who came to be there; at a begin or a restore, of all. */
function changed({ step, noted }: Played, players: readonly Player[], came: (player: Player) => boolean): Told[] {
  const touched = new Map<string, string>()
  for (const each of noted) {
    if (each.type === 'event') touched.set(each.to.join('/'), each.event.type)
    else if (each.type === 'microstep') touched.set(each.of.join('/'), each.event)
  }
  return players
    .filter((player) => step !== 'moved' || touched.has(player.path.join('/')) || came(player))
    .map(({ id, path, snapshot, timers }) => {
      const event = touched.get(path.join('/'))
      return { type: 'snapshot', of: id, ...(event ? { event } : {}), snapshot: snapshot(), timers }
    })
}
