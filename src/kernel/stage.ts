/**
 * A stage: one user's machine being played, with its children, its timers and its held effects. The actors on it
 * run ahead of the disk by at most what is being committed; nobody outside sees them. What the outside sees is what
 * was committed (`text`), and what the outside feels are effects played after their commit.
 */
import {
  type AnyActor,
  type AnyActorRef,
  type AnyEventObject,
  type AnyMachineSnapshot,
  type AnyStateMachine,
  createActor,
} from 'xstate'
import { HoldfastError, storedError } from '../model/errors.js'
import { isExternal, isMachine } from './durable.js'
import { type Held, StageSystem, type StoredTimer, type Timer } from './system.js'
import { type Noted, Tape } from './tape.js'
import { tell } from './telemetry.js'

/** One step: what to keep, and what to do when it is kept. */
export interface Step {
  readonly held: readonly Held[]
  readonly starts: readonly Held[]
  readonly emits: readonly AnyEventObject[]
  /** What the actors did, where somebody inspects. */
  readonly noted?: readonly Noted[]
}

export type Ending =
  | { readonly type: 'done'; readonly output: unknown }
  | { readonly type: 'error'; readonly error: unknown }

export interface StageHost {
  readonly id: string
  /** See StageSystem. */
  readonly services?: unknown
  /** Somebody inspects: the next steps are noted. */
  inspected?(): boolean
  steady(): number
  /** The tree moved; `text` holds what to keep. Called once for each event taken, after all of its consequences. */
  stepped(step: Step): void
  /** The machine came to its end in this step. */
  ended(ending: Ending, step: Step): void
}

/** What a record keeps of a machine: its persisted snapshot and its timers, as JSON text. */
export interface StoredMachine {
  readonly snapshot: unknown
  readonly timers: readonly StoredTimer[]
}

/** The tag of those who wait for something outside of their machine, and the event that tells them to look again. */
export const NUDGED = 'holdfast.nudged'

export class Stage {
  /** What to keep, as of the last step. */
  text = ''
  readonly root: AnyActor
  readonly #system: StageSystem
  readonly #host: StageHost
  #depth = 0
  #ending: Ending | undefined
  #over = false

  /** Sets the machine up, from its input or from what was stored; nothing has happened until start(). */
  constructor(machine: AnyStateMachine, host: StageHost, from: { input: unknown } | { stored: StoredMachine }) {
    this.#host = host
    this.#system = new StageSystem({
      id: host.id,
      services: host.services,
      steady: () => host.steady(),
      take: (deliver) => this.#take(deliver),
      heard: (event) => this.#heard(event),
    })
    if (host.inspected?.()) this.#system.tape = new Tape()
    const options = { id: host.id, parent: this.#system.parent }
    const begin = 'input' in from ? { input: from.input } : { snapshot: from.stored.snapshot }
    this.root = createActor(machine, { ...options, ...begin } as never) as AnyActor
    if ('stored' in from) for (const timer of from.stored.timers) this.#restoreTimer(timer)
  }

  /**
   * Checks that a stored machine can be played: XState would come up in an error state, or leave out a child whose
   * logic is gone and wait for it for ever. Gives whether something is in flight in it.
   * @throws ERR_INVALID_MACHINE
   */
  static check(machine: AnyStateMachine, stored: StoredMachine): boolean {
    const nothing = () => undefined
    const host = { id: 'check', steady: () => 0, stepped: nothing, ended: nothing }
    const stage = new Stage(machine, host, { stored: structuredClone(stored) })
    checkRestored(stage.root, stored.snapshot as StoredActor, [])
    return stage.busy
  }

  /** Plays the first step: initial effects are held, or, on a restore, what was in flight starts again. */
  start(): void {
    this.#take(() => this.root.start())
  }

  /** One event from outside; its consequences are one step. */
  send(event: AnyEventObject): void {
    this.#take(() => this.root.send(event))
  }

  /**
   * Tells the machines of the tree that wait for `id`, or for anything, to look again; one step. They have the tag NUDGED
   * and a transition for that event. False when there are none.
   */
  nudge(id?: string): boolean {
    const event = id === undefined ? { type: NUDGED } : { type: NUDGED, id }
    const actors = listening(this.root, event)
    if (actors.length > 0)
      this.#take(() => {
        for (const actor of actors) actor.send(event)
      })
    return actors.length > 0
  }

  /** All of them, as they are: to move one moves when it fires. */
  get timers(): Timer[] {
    return [...this.#system.timers.values()].flatMap((timers) => [...timers.values()])
  }

  /** The nearest timer, on the steady hand. */
  get nextDue(): number | undefined {
    let next: number | undefined
    for (const timers of this.#system.timers.values()) {
      for (const { due } of timers.values()) if (next === undefined || due < next) next = due
    }
    return next
  }

  /** Delivers every timer that is due, the earliest first, as one step. */
  fireDue(now: number): void {
    const due = [...this.#system.timers].flatMap(([source, timers]) =>
      [...timers].filter(([, timer]) => timer.due <= now).map(([id, timer]) => ({ source, id, ...timer })),
    )
    if (due.length === 0) return
    due.sort((a, b) => a.due - b.due)
    this.#take(() => {
      for (const { source, id, target, event } of due) {
        if (!this.#system.timers.get(source)?.has(id)) continue
        this.#system.scheduler.cancel(source, id)
        this.#system._relay(source, target, event)
      }
    })
  }

  /** True while a promise, callback or observable is in flight: it holds a slot, and a restart starts it again. */
  get busy(): boolean {
    return !this.#over && inFlight(this.root)
  }

  /** Ends the play: what is in flight is told to stop, nothing is kept, nothing is heard any more. */
  close(): void {
    if (this.#over) return
    this.#over = true
    stopTree(this.root)
    this.#system.timers.clear()
    playAll(this.#system.held.splice(0))
  }

  /** The play ends with an error that came from outside a transition: an effect that threw. */
  fail(error: unknown): void {
    if (this.#over) return
    this.#take(() => {
      this.#ending = { type: 'error', error }
    })
  }

  #take(deliver: () => void): void {
    if (this.#over) return
    if (this.#depth === 0) this.#inspect()
    this.#depth++
    try {
      deliver()
    } finally {
      this.#depth--
    }
    if (this.#depth > 0) return
    this.#keep()
    const system = this.#system
    const step: Step = {
      held: system.held.splice(0),
      starts: system.starts.splice(0),
      emits: system.emits.splice(0),
      ...(system.tape ? { noted: system.tape.take() } : {}),
    }
    if (!this.#ending) {
      this.#host.stepped(step)
      return
    }
    this.#over = true
    stopTree(this.root)
    this.#host.ended(this.#ending, { ...step, held: [...step.held, ...system.held.splice(0)], starts: [] })
  }

  /** A tape is put in, or taken out, between two steps. */
  #inspect(): void {
    const inspected = this.#host.inspected?.() ?? false
    if (inspected !== (this.#system.tape !== undefined)) this.#system.tape = inspected ? new Tape() : undefined
  }

  #heard(event: AnyEventObject): void {
    if (event.type.startsWith('xstate.done.actor.')) this.#ending = { type: 'done', output: event.output }
    else if (event.type.startsWith('xstate.error.actor.')) this.#ending = { type: 'error', error: event.error }
  }

  #keep(): void {
    if (this.#ending) return
    try {
      this.text = JSON.stringify(
        { snapshot: this.root.getPersistedSnapshot(), timers: this.#system.storedTimers() },
        faithful,
      )
    } catch (error) {
      this.#ending = { type: 'error', error: notDurable(error) }
    }
  }

  #restoreTimer({ source, target, id, due, event }: StoredTimer): void {
    const from = this.#find(source)
    const to = this.#find(target)
    if (from && to) this.#system.keepTimer(from, to, event, due, id)
  }

  #find(path: readonly string[]): AnyActorRef | undefined {
    let at: AnyActorRef | undefined = this.root
    for (const id of path) at = childrenOf(at)[id]
    return at
  }
}

/** Plays what nobody can fail for any more: one that throws is told of, and keeps no other from being stopped. */
export function playAll(held: readonly Held[]): void {
  for (const { run } of held) {
    try {
      run()
    } catch (error) {
      tell('effect.failed', () => ({ error }))
    }
  }
}

interface StoredActor {
  readonly status?: string
  readonly children?: Readonly<Record<string, { readonly snapshot: StoredActor; readonly src: unknown }>>
}

function checkRestored(actor: AnyActorRef, stored: StoredActor, path: readonly string[]): void {
  const found = actor.getSnapshot() as { status: string; error?: unknown }
  if (found.status === 'error' && stored.status !== 'error') {
    const where = path.length > 0 ? `child ${path.join('.')}` : 'the machine'
    throw new HoldfastError('ERR_INVALID_MACHINE', `${where} cannot be restored: ${String(found.error)}`, {
      cause: found.error,
    })
  }
  const children = childrenOf(actor)
  for (const [id, child] of Object.entries(stored.children ?? {})) {
    const restored = children[id]
    if (!restored)
      throw new HoldfastError(
        'ERR_INVALID_MACHINE',
        `child ${id} needs the actor '${String(child.src)}', which is gone`,
      )
    checkRestored(restored, child.snapshot, [...path, id])
  }
}

function childrenOf(actor: AnyActorRef | undefined): Record<string, AnyActorRef | undefined> {
  return (actor?.getSnapshot() as { children?: Record<string, AnyActorRef> } | undefined)?.children ?? {}
}

function inFlight(actor: AnyActorRef): boolean {
  for (const child of Object.values(childrenOf(actor))) {
    if (child?.getSnapshot().status !== 'active') continue
    const logic = (child as AnyActor).logic
    if (isMachine(logic) ? inFlight(child) : isExternal(logic)) return true
  }
  return false
}

/** Those of the tree that want to be nudged. */
function listening(actor: AnyActorRef, event: AnyEventObject): AnyActorRef[] {
  const snapshot = actor.getSnapshot() as Partial<AnyMachineSnapshot>
  const below = Object.values(childrenOf(actor)).flatMap((child) => (child ? listening(child, event) : []))
  return snapshot.status === 'active' && snapshot.hasTag?.(NUDGED) && snapshot.can?.(event) ? [actor, ...below] : below
}

/** XState stops no children of an actor that failed: the whole tree is stopped here, leaves first. */
function stopTree(actor: AnyActorRef): void {
  for (const child of Object.values(childrenOf(actor))) if (child) stopTree(child)
  ;(actor as unknown as { _stop(): void })._stop()
}

/** JSON that reads back as it was, or an error: errors become data, what JSON would change in silence is refused. */
function faithful(this: unknown, key: string, value: unknown): unknown {
  const raw = (this as Record<string, unknown>)[key]
  if (raw instanceof Error) return storedError(raw)
  const kind = typeof raw
  if (
    key === 'src' &&
    (kind === 'function' || (kind === 'object' && raw !== null && 'transition' in (raw as object)))
  ) {
    throw new HoldfastError('ERR_INVALID_MACHINE', 'the machine spawned actor logic that has no name')
  }
  if (raw === undefined && Array.isArray(this)) {
    throw new HoldfastError('ERR_NOT_JSON', `the machine's data has undefined in a list, which is not JSON`)
  }
  if (kind === 'function' || kind === 'bigint' || kind === 'symbol' || (kind === 'number' && !Number.isFinite(raw))) {
    throw new HoldfastError('ERR_NOT_JSON', `the machine's data has a ${kind} at '${key}', which is not JSON`)
  }
  if (kind === 'object' && raw !== null && !Array.isArray(raw)) {
    // A Date, a Map, an instance of any class would come back as something else.
    const proto = Object.getPrototypeOf(raw)
    if (proto !== Object.prototype && proto !== null) {
      const name = proto.constructor?.name ?? 'n object of another realm'
      throw new HoldfastError('ERR_NOT_JSON', `the machine's data has a ${name} at '${key}', which is not JSON`)
    }
  }
  return value
}

function notDurable(error: unknown): unknown {
  if (error instanceof HoldfastError) return error
  const message = error instanceof Error ? error.message : String(error)
  if (!/inline child actor/i.test(message)) {
    return new HoldfastError('ERR_NOT_JSON', `the machine's data cannot be kept: ${message}`, { cause: error })
  }
  return new HoldfastError('ERR_INVALID_MACHINE', 'the machine spawned actor logic that has no name', { cause: error })
}
