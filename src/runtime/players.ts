/**
 * The players of machine tasks: each step of a user's machine becomes part of its task's record, and its effects are
 * played after the commit. A machine with something in flight holds a slot of its route; one that waits holds none.
 */
import type { AnyEventObject, AnyStateMachine } from 'xstate'
import { type Ending, NUDGED, playAll, Stage, type Step, type StoredMachine } from '../kernel/stage.js'
import { tell } from '../kernel/telemetry.js'
import { HoldfastError } from '../model/errors.js'
import { jsonText } from '../model/json.js'
import { mailKey } from '../model/keys.js'
import type { Ledger } from './ledger.js'
import type { Services } from './machine-services.js'
import type { Played } from './observers.js'
import { type Outcome, thrown } from './outcome.js'
import type { Routes } from './routes.js'
import type { Mail, TaskUnit } from './unit.js'

type Settled = (unit: TaskUnit, outcome: Outcome, foreseen: boolean) => Promise<void> | undefined

export class Players {
  readonly #ledger: Ledger
  readonly #routes: Routes
  readonly #settled: Settled
  readonly #services: Services
  /** Ends that wait for a look at the disk before their step is made. */
  readonly #ending = new Map<string, Promise<void>>()
  readonly #busy = new Set<string>()
  readonly #idle: (() => void)[] = []

  constructor(ledger: Ledger, routes: Routes, services: Services, settled: Settled) {
    this.#ledger = ledger
    this.#routes = routes
    this.#settled = settled
    this.#services = services
  }

  /** A fresh machine takes its task, within the step that says RUNNING; then it hears what waited for it. */
  begin(unit: TaskUnit): void {
    const stage = this.#stage(unit, { input: JSON.parse(unit.input as string) })
    this.#beginning = unit
    stage.start()
    // What a machine that ends early has not heard carries over to its retry.
    while (unit.stage === stage && unit.mail.length > 0) {
      const { seq, event } = unit.mail.shift() as Mail
      this.#ledger.commit.del(mailKey(unit.id, seq))
      stage.send(event)
    }
    this.#beginning = undefined
    if (!unit.busy) this.#routes.vacate(unit)
  }

  /** The stage of a RUNNING task, set up again from its record where it sleeps. */
  resume(unit: TaskUnit): Stage | undefined {
    if (unit.stage || unit.state !== 'RUNNING' || unit.machine === undefined) return unit.stage
    // It came to its end, which is about to be made a step.
    if (this.#ending.has(unit.id)) return undefined
    const stored = JSON.parse(unit.machine) as StoredMachine
    const stage = this.#stage(unit, { stored })
    this.#resuming = unit
    stage.start()
    this.#resuming = undefined
    return unit.stage
  }

  /** Delivers an event to a running machine; its step joins the commit. False when the machine is over. */
  deliver(unit: TaskUnit, event: AnyEventObject): boolean {
    const stage = this.resume(unit)
    if (!stage) return false
    tell('machine.step', () => ({ id: unit.id, event: event.type }))
    stage.send(event)
    return true
  }

  /** A task that a machine waits for has ended: its actors that do look again. False when none does any more. */
  nudge(unit: TaskUnit, id?: string): boolean {
    const nudged = this.resume(unit)?.nudge(id) ?? false
    if (nudged) tell('machine.step', () => ({ id: unit.id, event: NUDGED }))
    return nudged
  }

  fireDue(unit: TaskUnit, now: number): void {
    this.resume(unit)?.fireDue(now)
  }

  /** Resolves when the end of a machine, if it came to one, has been made a step. */
  ended(id: string): Promise<void> | undefined {
    return this.#ending.get(id)
  }

  /** The task leaves RUNNING: the play is over, and what is in flight is told after the commit. */
  leave(unit: TaskUnit): void {
    const { stage } = unit
    unit.stage = undefined
    unit.machine = undefined
    this.#inFlight(unit, false)
    unit.silentAt = undefined
    this.#routes.vacate(unit)
    if (!stage) return
    const close = () => stage.close()
    this.#ledger.commit.after(close, close)
  }

  /** Resolves when no machine has anything in flight. */
  async idle(): Promise<void> {
    while (this.#busy.size > 0) await new Promise<void>((resolve) => this.#idle.push(resolve))
  }

  /** Memory is forgotten. */
  clear(): void {
    this.#busy.clear()
  }

  #inFlight(unit: TaskUnit, busy: boolean): void {
    unit.busy = busy
    if (busy) this.#busy.add(unit.id)
    else if (this.#busy.delete(unit.id) && this.#busy.size === 0) for (const resolve of this.#idle.splice(0)) resolve()
  }

  #resuming: TaskUnit | undefined
  /** It keeps the slot that it was given until it has heard what waited for it: that may set something in flight. */
  #beginning: TaskUnit | undefined

  #stage(unit: TaskUnit, from: { input: unknown } | { stored: StoredMachine }): Stage {
    const stage: Stage = new Stage(
      unit.kind.versions.machines.get(unit.context.version) as AnyStateMachine,
      {
        id: unit.id,
        services: this.#services.of(unit),
        inspected: () => this.#ledger.observers.looksInto(unit.id, unit.kind.name),
        steady: () => this.#ledger.clock.steady(),
        stepped: (step) => this.#ledger.paced(unit, () => unit.stage === stage && this.#stepped(unit, stage, step)),
        ended: (ending, step) =>
          this.#ledger.paced(unit, () => unit.stage === stage && this.#ended(unit, stage, ending, step)),
      },
      from,
    )
    unit.stage = stage
    return stage
  }

  #stepped(unit: TaskUnit, stage: Stage, step: Step): void {
    this.#inFlight(unit, stage.busy)
    // What waits for a slot has not begun: it owes no sign yet.
    unit.silentAt = unit.busy && unit.slot !== undefined ? this.#silence(unit) : undefined
    // A restore starts again what was in flight; nothing moved, so there is nothing to keep. But it starts only when
    // the interruption it comes from is on disk: an invoke that kills the process at once would never be counted.
    if (this.#resuming === unit) {
      unit.machine = stage.text
      this.#tell(unit, 'restored', step, { text: stage.text })
      this.#ledger.commit.after(() => this.#effects(unit, stage, step))
      return
    }
    const unfit = this.#unfit(step, stage.text)
    if (unfit !== undefined) {
      stage.fail(unfit)
      return
    }
    const first = unit.machine === undefined
    unit.machine = stage.text
    this.#ledger.join(unit)
    if (!first && unit.context.interruptions > 0) this.#ledger.step(unit, { type: 'step', now: this.#ledger.now() })
    this.#tell(unit, first ? 'begun' : 'moved', step, { text: stage.text })
    for (const event of step.emits) this.#ledger.emit(unit, event)
    if (!unit.busy && this.#beginning !== unit) this.#routes.vacate(unit)
    this.#ledger.commit.after(
      () => this.#effects(unit, stage, step),
      () => stopped(step),
    )
    if (!this.#ledger.ports.watched(unit.id)) return
    const snapshot: unknown = stage.root.getSnapshot()
    this.#ledger.commit.after(() => this.#ledger.ports.showMachine(unit.id, snapshot))
  }

  /** What a machine wants kept and cannot be is an error of the machine. */
  #unfit({ emits }: Pick<Step, 'emits'>, state = ''): unknown {
    const { limits } = this.#ledger.settings
    const bytes = state.length * 3 > limits.state ? Buffer.byteLength(state) : 0
    if (bytes > limits.state) {
      return new HoldfastError('ERR_TOO_LARGE', `the machine's state has ${bytes} bytes, the limit is ${limits.state}`)
    }
    try {
      for (const event of emits) jsonText(event, 'the emitted event', limits.event)
      return undefined
    } catch (error) {
      return error
    }
  }

  #effects(unit: TaskUnit, stage: Stage, { held, starts }: Step): void {
    for (const { name, run } of held) {
      tell('machine.effect', () => ({ id: unit.id, effect: name }))
      try {
        run()
      } catch (error) {
        stage.fail(error)
        return
      }
    }
    if (starts.length === 0) return
    this.#routes.withSlot(unit, () => {
      // What was to start may have been stopped while it waited for the slot.
      if (unit.stage !== stage || !unit.busy) {
        this.#routes.vacate(unit)
        return
      }
      if (unit.silentAt === undefined && this.#silence(unit) !== undefined) {
        unit.silentAt = this.#silence(unit)
        this.#ledger.tables.task.set(unit.id, unit.waits)
      }
      for (const { name, run } of starts) {
        tell('machine.effect', () => ({ id: unit.id, effect: name }))
        run()
      }
    })
  }

  /** When a machine that gives no sign from now on has been silent too long. */
  #silence({ extras, kind }: TaskUnit): number | undefined {
    const silence = extras.heartbeatMs ?? kind.heartbeatMs
    return silence === null ? undefined : this.#ledger.clock.steady() + silence
  }

  #ended(unit: TaskUnit, stage: Stage, ending: Ending, step: Step): void {
    const { held, emits } = step
    const outcome: Outcome = ending.type === 'done' ? { type: 'finish', result: ending.output } : thrown(ending.error)
    unit.stage = undefined
    const kept = () => {
      this.#tell(unit, 'ended', step, { last: { ...stage.root.getSnapshot(), ...outcomeOf(ending) } })
      if (this.#unfit({ emits }) === undefined) for (const event of emits) this.#ledger.emit(unit, event)
      this.#ledger.commit.after(
        () => this.#last(unit, held),
        () => stopped({ held }),
      )
    }
    // One that ends while it begins was looked after before (dispatch.ts): beginning and end are one commit, or a cut
    // between the two would lose the event that ended it.
    const waiting = this.#settled(unit, outcome, this.#beginning === unit)
    if (!waiting) {
      kept()
      return
    }
    const settling = waiting.then(kept)
    this.#ending.set(unit.id, settling)
    settling.catch(() => undefined).finally(() => this.#ending.delete(unit.id))
  }

  /** For whoever looks into the machine, when the step is on disk. */
  #tell(unit: TaskUnit, step: Played['step'], { noted }: Step, as: Pick<Played, 'text' | 'last'>): void {
    if (!noted) return
    const { id, kind, context, extras } = unit
    const fact = { id, kind: kind.name, context, extras, step, noted, ...as }
    this.#ledger.commit.after(() => this.#ledger.observers.played(fact))
  }

  /** The effects of a last step: their task has ended, so an error of theirs can only be logged. */
  #last(unit: TaskUnit, held: Step['held']): void {
    for (const { name, run } of held) {
      try {
        run()
      } catch (error) {
        this.#ledger.settings.log.error(`effect ${name} of the ended task ${unit.id} threw`, { error: String(error) })
      }
    }
  }
}

function outcomeOf(ending: Ending): object {
  return ending.type === 'done' ? { status: 'done', output: ending.output } : { status: 'error', error: ending.error }
}

/** When a commit is lost its play is given up: what was to stop with it must not go on beside the next one. */
function stopped({ held }: Pick<Step, 'held'>): void {
  playAll(held.filter(({ name }) => name === 'stop'))
}

/** An event that a user's machine may hear. @throws ERR_INVALID_EVENT */
export function checkEvent(event: unknown): asserts event is { readonly type: string } {
  const type = (event as { type?: unknown } | null | undefined)?.type
  if (typeof type === 'string' && type !== '' && !type.startsWith('xstate.')) return
  throw new HoldfastError('ERR_INVALID_EVENT', `${JSON.stringify(event)?.slice(0, 100)} is no event`)
}
