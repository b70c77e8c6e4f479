/**
 * The language of @statelyai/inspect 0.7: an actor, an event, a snapshot. What it has no word for is not told; that a
 * machine was set up again is an event of ours, so that it is not taken for a first start.
 */
import { configOf } from '../pictures/config.js'
import type { Inspection } from '../runtime/inspection.js'
import type { Address } from './address.js'
import type { ActorMessage, Message, SnapshotView } from './messages.js'

const VERSION = '0.7.2'
const RESTORED = { type: 'holdfast.restored' }

interface Base {
  readonly sessionId: Address
  readonly rootId: Address
  /** Milliseconds since 1970, as text. */
  readonly createdAt: string
  readonly id: string
  readonly _version: string
}

export type StatelyMessage = Base &
  (
    | {
        readonly type: '@xstate.actor'
        readonly name: string
        readonly definition?: string
        readonly parentId?: Address
        readonly snapshot: SnapshotView
      }
    | { readonly type: '@xstate.event'; readonly event: unknown; readonly sourceId?: Address }
    | { readonly type: '@xstate.snapshot'; readonly event: { readonly type: string }; readonly snapshot: SnapshotView }
  )

/** The config of an actor's machine, for those who draw it. */
export class Configs {
  readonly #inspection: Pick<Inspection, 'definition'>
  readonly #texts = new Map<string, string>()

  constructor(inspection: Pick<Inspection, 'definition'>) {
    this.#inspection = inspection
  }

  of({ machine, definition, name }: ActorMessage): object {
    const view = definition ?? (machine === undefined ? undefined : this.#inspection.definition(machine))
    return view ? configOf(view) : { id: name }
  }

  textOf(actor: ActorMessage): string {
    const { machine } = actor
    if (machine === undefined) return JSON.stringify(this.of(actor))
    const text = this.#texts.get(machine) ?? JSON.stringify(this.of(actor))
    this.#texts.set(machine, text)
    return text
  }
}

export class Stately {
  readonly #configs: Configs
  #count = 0

  constructor(configs: Configs) {
    this.#configs = configs
  }

  /** None for what this language cannot say. */
  messageOf(message: Message): StatelyMessage | undefined {
    switch (message.type) {
      case 'actor': {
        const { id, name, parent, snapshot } = message
        const definition = this.#configs.textOf(message)
        const above = parent === undefined ? {} : { parentId: parent }
        return { ...this.#base(id, message), type: '@xstate.actor', name, definition, ...above, snapshot }
      }
      case 'event': {
        const source = message.from === undefined ? {} : { sourceId: message.from }
        return { ...this.#base(message.to, message), type: '@xstate.event', event: message.event, ...source }
      }
      case 'restore':
        return { ...this.#base(message.of, message), type: '@xstate.event', event: RESTORED }
      case 'snapshot': {
        const { of, event = '', snapshot } = message
        return { ...this.#base(of, message), type: '@xstate.snapshot', event: { type: event }, snapshot }
      }
      default:
        return undefined
    }
  }

  #base(sessionId: Address, { at }: Message): Base {
    const createdAt = String(Date.parse(at))
    return { sessionId, rootId: rootOf(sessionId), createdAt, id: String(++this.#count), _version: VERSION }
  }
}

/** A task with its machine is one tree, the supervisors are another. */
function rootOf(address: Address): Address {
  const [, kind, id = ''] = /^(\w+):([^#]*)/.exec(address) ?? []
  if (kind === 'supervisor') return 'supervisor:holdfast'
  return kind === 'machine' ? `task:${id}` : address
}
