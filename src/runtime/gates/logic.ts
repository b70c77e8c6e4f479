/**
 * A gate of the user's own XState logic. What goes on (a machine, an observable, transition logic) is watched: it runs
 * from the start of the runtime to its stop, and its snapshot says at any time whether the gate is open. What comes to
 * an end (a promise) is a question: it is started each time the gate is asked, and its output is the answer.
 */
import {
  type Actor,
  type AnyActorLogic,
  type AnyMachineSnapshot,
  createActor,
  type InputFrom,
  type SnapshotFrom,
} from 'xstate'
import { shown } from '../../model/errors.js'
import { actorClock } from '../actor-clock.js'
import { invalid, onlyKnown } from '../checks.js'
import {
  type Answer,
  type Condition,
  type ConditionHost,
  GATE_OPTIONS,
  GateDefinition,
  type GateOptions,
  policyOf,
} from './condition.js'

export interface LogicOptions<Logic extends AnyActorLogic> extends GateOptions {
  readonly input?: InputFrom<Logic>
  /** Whether a snapshot means open. Default: see {@link gate}. */
  readonly open?: (snapshot: SnapshotFrom<Logic>) => boolean
}

/**
 * A gate of any XState logic. Without `open` it is open
 * - of a machine: while its snapshot has the tag `open`, or it is in a top state of that name;
 * - of a promise: when its output is truthy; it is called each time the gate is asked;
 * - of an observable or transition logic: while its context is truthy;
 * - of any logic: by the latest `{ type: 'open' }` or `{ type: 'closed', reason? }` that it emitted (a callback's `emit`).
 *
 * Logic that fails makes the gate closed, is a `gate.fault`, and is started anew when the gate is asked again. What has
 * said nothing yet within `timeout` does, too.
 * @throws ERR_INVALID_OPTION, ERR_INVALID_DURATION
 * @example gates: { night: gate(nightMachine), fast: gate(fromPromise(async ({ signal }) => (await probe(signal)).fast)) }
 */
export function gate<Logic extends AnyActorLogic>(logic: Logic, options: LogicOptions<Logic> = {}): GateDefinition {
  const { transition, getInitialSnapshot } = (logic ?? {}) as Partial<AnyActorLogic>
  if (typeof transition !== 'function' || typeof getInitialSnapshot !== 'function') {
    throw invalid('gate', 'XState actor logic', logic)
  }
  onlyKnown(options, ['input', 'open', ...GATE_OPTIONS], 'gate')
  if (options.open !== undefined && typeof options.open !== 'function') {
    throw invalid('gate.open', 'a function', options.open)
  }
  return new GateDefinition(
    policyOf(options, 'gate'),
    (host) => new LogicCondition(host, logic, options.input, options.open as Judge | undefined),
  )
}

type Judge = (snapshot: unknown) => unknown
interface Snapshot {
  readonly status: 'active' | 'done' | 'error' | 'stopped'
  readonly output?: unknown
  readonly context?: unknown
  readonly error?: unknown
}

class LogicCondition implements Condition {
  readonly #host: ConditionHost
  readonly #logic: AnyActorLogic
  readonly #input: unknown
  readonly #judge: Judge | undefined
  #actor: Actor<AnyActorLogic> | undefined
  /** What it emitted last. */
  #said: Answer | undefined
  /** What it was when it was last looked at: only a change is worth telling. */
  #told: boolean | undefined
  #waiting: (() => void) | undefined
  #beginning = false

  constructor(host: ConditionHost, logic: AnyActorLogic, input: unknown, judge: Judge | undefined) {
    this.#host = host
    this.#logic = logic
    this.#input = input
    this.#judge = judge
  }

  start(): void {
    try {
      const actor = this.#made()
      // A promise or a callback has no context: nobody has asked it yet.
      if ('context' in (actor.getSnapshot() as Snapshot)) this.#begin(actor)
    } catch (error) {
      this.#host.fault(error)
    }
  }

  stop(): void {
    const actor = this.#actor
    this.#actor = undefined
    actor?.stop()
    this.#waiting?.()
  }

  ask(signal: AbortSignal): Answer | Promise<Answer> {
    if (!this.#actor) this.#begin(this.#made())
    return this.#answer() ?? this.#await(signal)
  }

  /** What has said nothing in time is over: the next question begins anew. */
  async #await(signal: AbortSignal): Promise<Answer> {
    const late = () => this.stop()
    signal.addEventListener('abort', late, { once: true })
    try {
      for (;;) {
        const answer = this.#answer()
        if (answer) return answer
        if (signal.aborted || !this.#actor) throw new Error('it was stopped')
        // It is told once more when the actor ends; whoever waits is let go once, and sees all of it.
        await new Promise<void>((resolve) => {
          this.#waiting = resolve
        })
        this.#waiting = undefined
      }
    } finally {
      signal.removeEventListener('abort', late)
    }
  }

  #made(): Actor<AnyActorLogic> {
    return createActor(this.#logic, { input: this.#input, clock: actorClock(this.#host.clock) as never })
  }

  #begin(actor: Actor<AnyActorLogic>): void {
    this.#actor = actor
    this.#said = undefined
    this.#told = undefined
    const moved = () => this.#moved(actor)
    actor.subscribe({ next: moved, error: moved, complete: moved })
    actor.on('*', (event: { readonly type: string; readonly reason?: unknown }) => {
      if (event.type !== 'open' && event.type !== 'closed') return
      const reason = typeof event.reason === 'string' ? { reason: event.reason } : {}
      this.#said = { open: event.type === 'open', ...reason }
      moved()
    })
    this.#beginning = true
    try {
      actor.start()
    } finally {
      this.#beginning = false
    }
  }

  /** The next snapshot is there: whoever waits looks, and the gate is told when it may mean something else. */
  #moved(actor: Actor<AnyActorLogic>): void {
    if (this.#actor !== actor) return
    if (this.#waiting) this.#waiting()
    // What it says while it begins is looked at when it has begun.
    if (this.#waiting || this.#beginning) return
    const snapshot = actor.getSnapshot() as Snapshot
    let open: boolean | undefined
    try {
      open = snapshot.status === 'active' ? this.#read(snapshot)?.open : undefined
    } catch {}
    if (open === undefined || open !== this.#told) this.#host.changed()
  }

  /** The present answer, if there is one. What has ended answers once, and is started anew for the next question. */
  #answer(): Answer | undefined {
    const actor = this.#actor
    if (!actor) return undefined
    const snapshot = actor.getSnapshot() as Snapshot
    if (snapshot.status !== 'active') this.#actor = undefined
    if (snapshot.status === 'error') throw snapshot.error
    const answer = this.#read(snapshot)
    this.#told = answer?.open
    if (snapshot.status !== 'active') return answer ?? { open: false, reason: 'it ended and said nothing' }
    return answer && { ...answer, lasting: true }
  }

  #read(snapshot: Snapshot): Answer | undefined {
    // Before it has a context or an output there is nothing to judge.
    if (this.#judge && (snapshot.status === 'done' || snapshot.context !== undefined)) {
      const open = this.#judge(snapshot)
      if (typeof open !== 'boolean') throw new TypeError(`open() returned ${shown(open)}, expected true or false`)
      return { open }
    }
    if (this.#said) return this.#said
    if ('machine' in snapshot) {
      const state = snapshot as unknown as AnyMachineSnapshot
      const open = state.hasTag('open') || state.matches('open')
      return open ? { open } : { open, reason: `its machine is in ${JSON.stringify(state.value)}` }
    }
    if (snapshot.status === 'done' && snapshot.output !== undefined) return { open: Boolean(snapshot.output) }
    return snapshot.context === undefined ? undefined : { open: Boolean(snapshot.context) }
  }
}
