/**
 * What is there when somebody begins to look: tasks, schedules and devices as the disk has them, with as much of their
 * past as is kept, and the supervision tree.
 */
import { isoTime } from '../model/duration.js'
import type { InspectedTask } from '../runtime/inspection.js'
import { type Address, deviceAddress, taskAddress } from './address.js'
import { deviceActor, deviceSnapshot } from './device-view.js'
import { playerActor, playersOf } from './machine-view.js'
import type { ActorMessage, Told } from './messages.js'
import { plain } from './plain.js'
import { NOBODY, type Scene } from './scene.js'
import { runningSince, type Scenes } from './scenes.js'
import { scheduleActor } from './schedule-view.js'
import type { Source } from './source.js'
import { taskActor, taskSnapshot } from './task-view.js'

const PAGE = 100
const MOST_EMITTED = 10_000

export class Present {
  readonly #source: Source
  readonly #scenes: Pick<Scenes, 'emitted'>

  constructor(source: Source, scenes: Pick<Scenes, 'emitted'>) {
    this.#source = source
    this.#scenes = scenes
  }

  /** A task as it is; nothing for one that is not there, or hidden. */
  async *task(id: string, past: boolean): AsyncGenerator<Scene> {
    const { inspection } = this.#source.runtime
    const found = await inspection.task(id)
    if (!found || !this.#source.shows(found.kind)) return
    const { kind, state, context, text } = found
    const of = taskAddress(id)
    const subject = { group: 'task', id, kind } as const
    const began = context.createdAt < inspection.since ? 'restored' : 'present'
    const cast = new Map([[of, () => taskActor(found, began)]])
    const now: Told = { type: 'snapshot', of, snapshot: taskSnapshot(state, context) }
    if (past) {
      yield { subject, messages: [], cast }
      yield* this.#past(id, found)
    }
    yield { subject, messages: [now], cast, asIs: true }
    if (text === undefined) return
    const machine = { id, kind, version: context.version }
    const since = runningSince(found) < inspection.since ? 'restored' : 'present'
    const players = playersOf(id, text, inspection.day)
    const tree = new Map(
      players.map((player): [Address, () => ActorMessage] => [
        player.id,
        () => playerActor(inspection, machine, player, since),
      ]),
    )
    const messages = players.map(
      ({ id: each, snapshot, timers }): Told => ({ type: 'snapshot', of: each, snapshot: snapshot(), timers }),
    )
    yield { subject, messages, cast: tree, asIs: true }
  }

  /** The first of the tasks of some kinds, or of all; gives whether there are more. */
  async *tasks(kinds: readonly string[] | undefined, limit: number, past: boolean): AsyncGenerator<Scene, boolean> {
    let left = limit
    for (const kind of kinds ?? [undefined]) {
      let cursor: string | undefined
      do {
        const query = { ...(kind === undefined ? {} : { kind }), ...(cursor === undefined ? {} : { cursor }) }
        const page = await this.#source.seen.find({ ...query, limit: Math.min(PAGE, Math.max(1, left)) })
        if (left === 0 && page.items.length > 0) return true
        for (const { id } of page.items) {
          yield* this.task(id, past)
          left--
        }
        cursor = page.cursor
      } while (cursor !== undefined)
    }
    return false
  }

  async *schedules(past: boolean): AsyncGenerator<Scene> {
    let cursor: string | undefined
    do {
      const page = await this.#source.seen.schedules.list(cursor === undefined ? {} : { cursor })
      for (const view of page.items) {
        const actor = scheduleActor(view, 'present')
        const times = new Map(
          (past ? view.history : []).map(({ at, ...event }): [Told, string] => [
            { type: 'event', to: actor.id, event: plain(event), past: true },
            at,
          ]),
        )
        yield {
          subject: { group: 'schedule', id: view.id },
          messages: [...times.keys(), { type: 'snapshot', of: actor.id, snapshot: actor.snapshot }],
          cast: new Map([[actor.id, () => actor]]),
          ...(times.size > 0 ? {} : { asIs: true }),
          at: (message) => times.get(message),
        }
      }
      cursor = page.cursor
    } while (cursor !== undefined)
  }

  *devices(past: boolean): Generator<Scene> {
    for (const id of this.#source.runtime.inspection.devices()) yield* this.device(id, past)
  }

  /** A device as it is, with the latest of what happened to it. */
  *device(id: string, past: boolean): Generator<Scene> {
    const found = this.#source.runtime.inspection.device(id)
    const of = deviceAddress(id)
    const subject = { group: 'device', id } as const
    const cast = new Map([[of, () => deviceActor(found)]])
    const news = past ? found.view.news : []
    const times = new Map(
      news.map((each): [Told, string] => [{ type: 'event', to: of, event: plain(each), past: true }, each.at]),
    )
    if (times.size > 0) yield { subject, messages: [...times.keys()], cast, at: (message) => times.get(message) }
    yield { subject, messages: [{ type: 'snapshot', of, snapshot: deviceSnapshot(found) }], cast, asIs: true }
  }

  /** The states that it entered and the events that it emitted, as far as they are kept, in the order of time. */
  async *#past(id: string, { kind, context }: InspectedTask): AsyncGenerator<Scene> {
    const of = taskAddress(id)
    const states = context.history.map(({ state, at }) => ({
      at: isoTime(at),
      told: { type: 'snapshot', of, snapshot: { status: 'active', value: state }, past: true } as Told,
    }))
    const emitted = await this.#source.seen.events({ taskId: id, limit: MOST_EMITTED })
    const events = emitted.map((event) => ({
      at: event.at,
      told: this.#scenes.emitted(event, true).messages[0] as Told,
    }))
    // Of the same millisecond the state comes first: sorting keeps the order of equals.
    const all = [...states, ...events].sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0))
    const times = new Map(all.map(({ told, at }) => [told, at]))
    const subject = { group: 'task', id, kind } as const
    for (let i = 0; i < all.length; i += PAGE) {
      const messages = all.slice(i, i + PAGE).map(({ told }) => told)
      yield { subject, messages, cast: NOBODY, at: (message) => times.get(message) }
    }
  }
}
