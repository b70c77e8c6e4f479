/**
 * One gate in one runtime: its actor (machines/gate), its condition, and who needs it. The actor decides; the keeper
 * asks the condition for it and hands on what it says.
 */
import type { ActorRefFrom } from 'xstate'
import type { GateContext, GatePolicy, gateMachine, Now } from '../../../machines/index.js'
import type { Clock } from '../../kernel/clock.js'
import type { Condition, ConditionHost, PartState } from './condition.js'
import { Inquiry } from './inquiry.js'
import type { NamedGate } from './registry.js'

type GateRef = ActorRefFrom<typeof gateMachine>

export class GateKeeper {
  readonly name: string
  readonly policy: GatePolicy
  readonly parts: readonly string[]
  readonly condition: Condition
  /** What may start only while it is open: routes, kinds, and the gates that it is part of. */
  readonly routes: string[] = []
  readonly kinds: string[] = []
  readonly wholes: GateKeeper[] = []
  /** Who needs it just now. */
  readonly #needs = new Set<string>()
  readonly #clock: Clock
  readonly #inquiry: Inquiry
  #actor: GateRef | undefined
  /** What waits for it may start; it is asked and does not hold; neither: nobody knows yet. */
  #passing = false
  #closed = false
  #reason: string | null = null
  /** What it could not be asked for last, so that the log has it once. */
  trouble: string | undefined

  constructor({ name, definition, parts }: NamedGate, clock: Clock, host: Omit<ConditionHost, 'clock' | 'changed'>) {
    this.name = name
    this.policy = definition.policy
    this.parts = parts
    this.#clock = clock
    const changed = () => this.look()
    // Not a copy: what it was at the last commit is known at the start only.
    const here = Object.assign(Object.create(host) as typeof host, { clock, changed })
    this.condition = definition.make(here, parts)
    this.#inquiry = new Inquiry(this.condition, clock, definition.timeoutMs, (verdict) => {
      const { open, reason = null, lasting = false, ...fault } = verdict
      this.#actor?.send({ type: 'answer', open, reason, lasting, ...fault, now: this.#now(), random: Math.random() })
    })
  }

  get needed(): boolean {
    return this.#needs.size > 0
  }

  get context(): GateContext | undefined {
    return this.#actor?.getSnapshot().context
  }

  get state(): string {
    return String(this.#actor?.getSnapshot().value ?? 'asleep')
  }

  /** As the gates see it that it is part of. */
  get asPart(): PartState {
    return { open: this.#passing ? true : this.#closed ? false : undefined, reason: this.#reason }
  }

  /** The actor's port: it was started, perhaps anew. */
  attach(actor: GateRef): void {
    this.#actor = actor
    if (this.needed) actor.send({ type: 'need', now: this.#now() })
  }

  /** The actor's port. */
  ask(): void {
    this.#inquiry.ask()
  }

  /** The actor's ports: what the gates hear that it is part of. */
  passes(passing: boolean, closed = false, reason: string | null = null): void {
    this.#passing = passing
    this.#closed = closed
    this.#reason = reason
    for (const whole of this.wholes) whole.look()
  }

  /** Somebody needs it, or needs it no more; true when it was the first, or the last. */
  need(by: string, needs: boolean): boolean {
    const before = this.needed
    if (needs) this.#needs.add(by)
    else this.#needs.delete(by)
    if (this.needed === before) return false
    if (needs) {
      this.condition.wake?.()
      this.#actor?.send({ type: 'need', now: this.#now() })
    } else {
      this.#actor?.send({ type: 'rest' })
      this.condition.sleep?.()
    }
    return true
  }

  look(): void {
    this.#actor?.send({ type: 'look' })
  }

  /** The end of the runtime. */
  close(): void {
    this.#actor = undefined
    this.#inquiry.close()
    this.condition.sleep?.()
    this.condition.stop?.()
  }

  #now(): Now {
    return { wall: this.#clock.wall(), steady: this.#clock.steady() }
  }
}
