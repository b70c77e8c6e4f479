/** A device as an actor: its machine where that is, and about it what GET /v1/devices/{id} says. */
import type { InspectedDevice } from '../runtime/inspection.js'
import { deviceAddress } from './address.js'
import type { ActorMessage, SnapshotView } from './messages.js'
import { plain } from './plain.js'
import { contextOf } from './task-view.js'

export function deviceActor(found: InspectedDevice): ActorMessage {
  const { view, snapshot } = found
  return {
    type: 'actor',
    id: deviceAddress(view.id),
    what: 'device',
    name: view.id,
    // It begins anew with each life of the process, with what is kept of it.
    began: 'restored',
    ...(snapshot ? { machine: `holdfast:${snapshot.machine.id}` } : {}),
    snapshot: deviceSnapshot(found),
  }
}

/** What happened to it is told as events. */
export function deviceSnapshot({ view, snapshot }: InspectedDevice): SnapshotView {
  const { id, news, ...context } = view
  return { status: 'active', value: snapshot ? plain(snapshot.value) : view.link, ...contextOf(context) }
}
