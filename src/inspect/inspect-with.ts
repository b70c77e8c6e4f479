/** A runtime of this process, shown to an inspector of its owner's. */
import type { Runtime } from '../runtime/runtime.js'
import type { Address } from './address.js'
import { Hub } from './hub.js'
import { interestOf } from './interest.js'
import type { ActorMessage, Message, SnapshotView } from './messages.js'
import type { Source } from './source.js'
import { fromInside } from './source.js'
import { Configs } from './stately.js'

/** An actor as inspectors take it: by its address, with its machine and those above it. */
export interface ActorLike {
  readonly sessionId: string
  readonly id: string
  readonly logic: { readonly config: object }
  readonly _parent: ActorLike | undefined
  getSnapshot(): SnapshotView
  send(event: { readonly type: string }): void
}

/** What createWebSocketInspector, createBrowserInspector and createInspector of @statelyai/inspect give. */
export interface Inspector {
  actor(actor: never, snapshot?: never, info?: never): void
  event(actor: string, event: never, info?: never): void
  snapshot(actor: string, snapshot: never, info?: never): void
}

export interface InspectOptions {
  /** Only these tasks, with what is kept of their past. */
  readonly tasks?: readonly string[]
  /** Only tasks of these kinds. */
  readonly kinds?: readonly string[]
  readonly supervisors?: boolean
  readonly schedules?: boolean
  readonly devices?: boolean
}

/** Actors of which it is known who is above them. */
const MOST_ACTORS = 10_000

/**
 * Shows a started runtime to an inspector: tasks and their machines, the supervision tree, schedules, devices; those that
 * are there, and all that happens from now on, after its commit. Gives the way to leave.
 * @throws ERR_INVALID_OPTION, ERR_INVALID_ID
 * @example const leave = inspectWith(runtime, createWebSocketInspector({ url: 'ws://localhost:8080' }))
 */
export function inspectWith(runtime: Runtime, inspector: Inspector, options: InspectOptions = {}): () => void {
  const { tasks, kinds, supervisors = false, schedules = false, devices = false } = options
  const some = tasks !== undefined || kinds !== undefined || supervisors || schedules || devices
  const interest = interestOf({
    ...(tasks === undefined ? {} : { tasks, past: true }),
    ...(kinds === undefined ? {} : { kinds }),
    supervisors,
    schedules,
    devices,
    all: !some,
  })
  const source = fromInside(runtime)
  const hub = new Hub(source, runtime.inspection.clock)
  const audience = new Audience(inspector, source)
  const feed = hub.join({
    tell: (messages) => {
      for (const message of messages) audience.tell(message)
    },
    dropped: () => undefined,
    ready: async () => undefined,
    get closed() {
      return audience.left
    },
  })
  feed.subscribe('', interest).catch(() => undefined)
  hub.look()
  return () => {
    audience.left = true
    hub.part(feed)
  }
}

class Audience {
  left = false
  readonly #inspector: Inspector
  readonly #configs: Configs
  readonly #actors = new Map<Address, ActorLike>()

  constructor(inspector: Inspector, { runtime }: Source) {
    this.#inspector = inspector
    this.#configs = new Configs(runtime.inspection)
  }

  tell(message: Message): void {
    const inspector = this.#inspector
    switch (message.type) {
      case 'actor':
        inspector.actor(this.#actor(message) as never, message.snapshot as never)
        return
      case 'event': {
        const info = message.from === undefined ? {} : { source: message.from }
        inspector.event(message.to, message.event as never, info as never)
        return
      }
      case 'restore':
        inspector.event(message.of, { type: 'holdfast.restored' } as never)
        return
      case 'snapshot': {
        const info = message.event === undefined ? {} : { event: { type: message.event } }
        inspector.snapshot(message.of, message.snapshot as never, info as never)
        return
      }
    }
  }

  #actor(message: ActorMessage): ActorLike {
    const { id, name, parent, snapshot } = message
    const actor: ActorLike = {
      sessionId: id,
      id: name,
      logic: { config: this.#configs.of(message) },
      _parent: parent === undefined ? undefined : this.#actors.get(parent),
      getSnapshot: () => snapshot,
      send: () => undefined,
    }
    this.#actors.delete(id)
    this.#actors.set(id, actor)
    const [oldest] = this.#actors.keys()
    if (this.#actors.size > MOST_ACTORS) this.#actors.delete(oldest as string)
    return actor
  }
}
