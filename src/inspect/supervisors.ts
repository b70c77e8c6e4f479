/** The supervision tree: ordinary XState actors, watched from the moment somebody wants to see them. */
import type { AnyActor, AnyActorRef, InspectionEvent } from 'xstate'
import { isMachine } from '../kernel/durable.js'
import { pathOf } from '../kernel/tape.js'
import { OWN } from '../runtime/kinds.js'
import type { Runtime } from '../runtime/runtime.js'
import { type Address, supervisorAddress } from './address.js'
import { snapshotView } from './machine-view.js'
import type { ActorMessage, Told } from './messages.js'
import { plain } from './plain.js'
import { NOBODY, type Scene } from './scene.js'

const SUBJECT = { group: 'supervisor' } as const

export class Supervisors {
  readonly #runtime: Pick<Runtime, 'actor'>
  readonly #show: (build: () => Scene) => void
  #watching: { unsubscribe(): void } | undefined

  constructor(runtime: Pick<Runtime, 'actor'>, show: (build: () => Scene) => void) {
    this.#runtime = runtime
    this.#show = show
  }

  /** Looks on, or away. */
  watch(wanted: boolean): void {
    if (wanted === (this.#watching !== undefined)) return
    this.#watching?.unsubscribe()
    this.#watching = wanted ? this.#runtime.actor.system.inspect({ next: (event) => this.#happened(event) }) : undefined
  }

  /** All of them, the root first. */
  *present(): Generator<Scene> {
    for (const actor of this.#all(this.#runtime.actor as unknown as AnyActorRef)) {
      const introduction = actorOf(actor, 'present')
      const { id, snapshot } = introduction
      yield {
        subject: SUBJECT,
        messages: [{ type: 'snapshot', of: id, snapshot }],
        cast: new Map([[id, () => introduction]]),
        asIs: true,
      }
    }
  }

  *#all(actor: AnyActorRef): Generator<AnyActorRef> {
    yield actor
    const { children = {} } = actor.getSnapshot() as { children?: Record<string, AnyActorRef | undefined> }
    for (const child of Object.values(children)) if (child) yield* this.#all(child)
  }

  #happened(event: InspectionEvent): void {
    const { type, actorRef } = event
    const actor = actorRef as AnyActorRef
    const of = addressOf(actor)
    // It has no snapshot yet: it is told of with the first thing that happens to it, also where it was there before.
    if (type === '@xstate.actor') {
      this.#show(() => ({ subject: SUBJECT, messages: [], cast: NOBODY, over: [of] }))
      return
    }
    this.#show(() => {
      const cast = new Map<Address, () => ActorMessage>([[of, () => actorOf(actor, 'started')]])
      return { subject: SUBJECT, messages: [toldOf(of, event)], cast }
    })
  }
}

function toldOf(of: Address, event: Exclude<InspectionEvent, { type: '@xstate.actor' }>): Told {
  if (event.type === '@xstate.event') {
    const from = event.sourceRef && { from: addressOf(event.sourceRef as AnyActorRef) }
    return { type: 'event', to: of, ...from, event: plain(event.event) }
  }
  if (event.type === '@xstate.action') {
    const { type, params } = event.action
    return { type: 'action', of, action: type, ...(params === undefined ? {} : { params: plain(params) }) }
  }
  if (event.type === '@xstate.microstep') {
    const transitions = event._transitions.map(({ source, target = [] }) => ({
      source: `#${source.id}`,
      target: target.map(({ id }) => `#${id}`),
    }))
    return { type: 'microstep', of, event: event.event.type, transitions }
  }
  return { type: 'snapshot', of, event: event.event.type, snapshot: snapshotView(event.snapshot as object) }
}

function actorOf(actor: AnyActorRef, began: ActorMessage['began']): ActorMessage {
  const path = pathOf(actor)
  const { logic } = actor as AnyActor
  return {
    type: 'actor',
    id: addressOf(actor),
    what: 'supervisor',
    name: path.at(-1) ?? 'holdfast',
    began,
    ...(path.length > 0 ? { parent: supervisorAddress(path.slice(0, -1)) } : {}),
    ...(isMachine(logic) ? { machine: `${OWN}${logic.id}` } : {}),
    snapshot: snapshotView(actor.getSnapshot() as object),
  }
}

function addressOf(actor: AnyActorRef): Address {
  return supervisorAddress(pathOf(actor))
}
