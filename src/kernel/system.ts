/**
 * The actor system of one stage: XState asks its system for ids, timers and the passing of events, so a system of
 * our own is where outputs are held, timers are kept by actor (and not one scan over all), and each event from
 * outside becomes one step.
 */
import type { AnyActorRef, AnyEventObject } from 'xstate'
import { pathOf, type Tape } from './tape.js'

/** A delayed event of a user's machine, as the record keeps it. `due` is on the steady hand. */
export interface StoredTimer {
  readonly source: readonly string[]
  readonly target: readonly string[]
  readonly id: string
  readonly due: number
  readonly event: AnyEventObject
}

/** A delayed event that is on its way. Whoever plays the machine may move it. */
export interface Timer {
  readonly target: AnyActorRef
  due: number
  readonly event: AnyEventObject
}

/** What a step wants done after its commit. */
export interface Held {
  readonly name: string
  readonly run: () => void
}

interface Owner {
  readonly id: string
  readonly services: unknown
  steady(): number
  /** An event from outside the tree or from one of its own actors is to be taken now. */
  take(deliver: () => void): void
  /** The root actor told its parent something: it is done, it failed. */
  heard(event: AnyEventObject): void
}

export class StageSystem {
  held: Held[] = []
  starts: Held[] = []
  emits: AnyEventObject[] = []
  readonly timers = new Map<AnyActorRef, Map<string, Timer>>()
  /** What the logic of actors may ask of whoever has them played; what that is, is no matter of the kernel. */
  readonly services: unknown
  /** There while somebody inspects. */
  tape: Tape | undefined
  readonly #owner: Owner
  readonly #named = new Map<string, AnyActorRef>()
  #ids = 0

  constructor(owner: Owner) {
    this.#owner = owner
    this.services = owner.services
  }

  hold(name: string, run: () => void): void {
    this.held.push({ name, run })
  }

  /** A start is held apart: it may have to wait for a slot of the route. One that was stopped first never starts. */
  holdStart(self: AnyActorRef, run: () => void): void {
    this.starts.push({ name: `start ${self.id}`, run: () => self.getSnapshot().status === 'active' && run() })
  }

  emitted(event: AnyEventObject): void {
    this.emits.push(event)
  }

  /** The timers as the record keeps them. */
  storedTimers(): StoredTimer[] {
    const stored: StoredTimer[] = []
    for (const [source, timers] of this.timers) {
      for (const [id, { target, due, event }] of timers) {
        stored.push({ source: pathOf(source), target: pathOf(target), id, due, event })
      }
    }
    return stored
  }

  // What XState's Actor calls on its system.

  readonly scheduler = {
    schedule: (source: AnyActorRef, target: AnyActorRef, event: AnyEventObject, delay: number, id: string) => {
      this.keepTimer(source, target, event, this.#owner.steady() + delay, id)
    },
    cancel: (source: AnyActorRef, id: string) => {
      const timers = this.timers.get(source)
      if (timers?.delete(id) && timers.size === 0) this.timers.delete(source)
    },
    cancelAll: (source: AnyActorRef) => {
      this.timers.delete(source)
    },
  }

  keepTimer(source: AnyActorRef, target: AnyActorRef, event: AnyEventObject, due: number, id?: string): void {
    let timers = this.timers.get(source)
    if (!timers) {
      timers = new Map()
      this.timers.set(source, timers)
    }
    timers.set(id ?? this.#freshId(timers, due), { target, due, event })
  }

  /** Timers that came back from disk have ids that were counted before. */
  #freshId(timers: ReadonlyMap<string, Timer>, due: number): string {
    let id: string
    do id = `${this.#owner.id}.timer.${this.#ids++}.${due}`
    while (timers.has(id))
    return id
  }

  _bookId(): string {
    return `${this.#owner.id}:${this.#ids++}`
  }
  _register(sessionId: string): string {
    return sessionId
  }
  _unregister(actor: AnyActorRef): void {
    const name = (actor as { systemId?: string }).systemId
    if (name !== undefined && this.#named.get(name) === actor) this.#named.delete(name)
  }
  _set(name: string, actor: AnyActorRef): void {
    const present = this.#named.get(name)
    if (present && present !== actor) throw new Error(`Actor with system ID '${name}' already exists.`)
    this.#named.set(name, actor)
  }
  get(name: string): AnyActorRef | undefined {
    return this.#named.get(name)
  }
  getAll(): Record<string, AnyActorRef> {
    return Object.fromEntries(this.#named)
  }
  _relay(source: AnyActorRef | undefined, target: AnyActorRef, event: AnyEventObject): void {
    if ((target as unknown) === this.parent) this.#owner.heard(event)
    else
      this.#owner.take(() => {
        this.tape?.sent(source, target, event)
        ;(target as unknown as { _send(event: AnyEventObject): void })._send(event)
      })
  }
  _sendInspectionEvent(event: Parameters<Tape['inspected']>[0]): void {
    this.tape?.inspected(event)
  }
  inspect(): { unsubscribe(): void } {
    return { unsubscribe: () => undefined }
  }
  getSnapshot(): { _scheduledEvents: object } {
    return { _scheduledEvents: {} }
  }
  start(): void {}
  readonly _snapshot = { _scheduledEvents: {} }
  readonly _clock = { setTimeout: () => undefined, clearTimeout: () => undefined }
  readonly _logger = (...args: unknown[]) => console.log(...args)

  /** Stands above the root: an actor takes its system from its parent, and tells it how it ended. */
  readonly parent = { system: this } as unknown as AnyActorRef
}
