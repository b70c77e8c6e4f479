/**
 * The runs of functions: called after the commit that says RUNNING, watched for time and silence, settled once.
 * A run that was stopped (cancelled, timed out, silent) is told by its signal and keeps its slot until it settles;
 * its outcome is ignored. A run outlives a failing disk: what it came to is applied when the store is back.
 */
import type { StandardSchemaV1 } from '@standard-schema/spec'
import { heeded, tell } from '../kernel/telemetry.js'
import { HoldfastError } from '../model/errors.js'
import type { Definition } from './define.js'
import type { Draft } from './draft.js'
import { Over } from './effects.js'
import type { Isolation } from './isolation.js'
import type { IsolatedRun } from './isolation-run.js'
import { LARGE_INPUT, type Ledger } from './ledger.js'
import { type Outcome, returned, thrown } from './outcome.js'
import { Run } from './run.js'
import type { RunningTask } from './running-task.js'
import { type RunHost, RunView } from './running-task.js'
import { validate } from './schema.js'
import type { TaskUnit } from './unit.js'

export interface RunsHost extends RunHost {
  /** The run of a remote task: settles when its worker answers, or when it is stopped. */
  lease(task: RunningTask, unit: TaskUnit): Promise<unknown>
  /** The task comes to the run's outcome; resolves when the step is made (not yet committed). */
  settled(unit: TaskUnit, outcome: Outcome, drafts: readonly Draft[]): Promise<void> | void
  vacate(unit: TaskUnit): void
  /** A run is over whose task may have been kept from starting by it. */
  released(id: string): void
  inputOf(id: string): Promise<string | undefined>
  /** Runs the module of a kind in a thread or process; resolves when nothing of it goes on. */
  isolated(run: IsolatedRun): Promise<Outcome>
}

/** A run whose processor can be called at once. */
export interface Ready {
  readonly run: Run
  readonly task: RunningTask
}

export class Runs {
  /**
   * In no order. A map that is filled and emptied with each commit is made anew by V8 several times on the way, and
   * each of those outlives the collections that take the rest: a run is found by its task.
   */
  readonly #all: Run[] = []
  /** Those whose task was forgotten with the rest of memory, and not adopted since. */
  readonly #strays = new Map<string, Run>()
  readonly #ledger: Ledger
  readonly #host: RunsHost
  readonly #idle: (() => void)[] = []

  constructor(ledger: Ledger, host: RunsHost) {
    this.#ledger = ledger
    this.#host = host
  }

  get size(): number {
    return this.#all.length
  }

  of(id: string): Run | undefined {
    return this.#ledger.directory.resident(id)?.run ?? this.#strays.get(id)
  }

  /** The runs whose outcome still counts. */
  wanted(): Run[] {
    return this.#all.filter((run) => run.wanted && !run.outcome)
  }

  /** The runs that were stopped and have not settled. */
  unwanted(): Run[] {
    return this.#all.filter((run) => !run.wanted)
  }

  /** Resolves when no run is left. */
  async idle(): Promise<void> {
    while (this.size > 0) await new Promise<void>((resolve) => this.#idle.push(resolve))
  }

  /**
   * Calls the processor; `interrupted` when an attempt before it did not come to an end. No function of it is async: a
   * hundred thousand runs at once would each keep the frame of one, and a run that ends at once would make one for nothing.
   */
  start(unit: TaskUnit, interrupted: boolean, made?: Ready): void {
    // Settings may have come into force by the very commit.
    const ready = made?.task.settings === this.#host.settings(unit.kind) ? made : undefined
    const run = ready?.run ?? new Run(unit, this.#ledger.clock.steady())
    run.place = this.#all.push(run) - 1
    unit.run = run
    unit.running = true
    run.waits = unit.kind.isolation !== undefined
    this.#watch(run)
    if (heeded('run.start')) this.#tellStart(run)
    let outcome: Outcome | Promise<Outcome>
    try {
      outcome = ready ? this.#call(run, ready.task, interrupted) : this.#prepare(run, interrupted)
    } catch (error) {
      outcome = thrown(error)
    }
    if (outcome instanceof Promise) this.#await(run, outcome)
    else this.#end(run, outcome)
  }

  /**
   * What its processor will see, made while the disk has the start to write; nothing of the kind's own is called. None
   * where its input is large (thousands may be on their way at once), has to be read or checked, or cannot be parsed:
   * that is done when it starts.
   */
  ready(unit: TaskUnit): Ready | undefined {
    const { input, kind } = unit
    if (input === undefined || input.length > LARGE_INPUT || kind.definition.schema) return undefined
    const run = new Run(unit, this.#ledger.clock.steady())
    try {
      return { run, task: new RunView(run, JSON.parse(input), this.#ledger, this.#host) }
    } catch {
      return undefined
    }
  }

  // Functions stand in methods of their own: a run that needs none makes none.
  #await(run: Run, outcome: Promise<Outcome>): void {
    outcome.then(
      (known) => this.#end(run, known),
      (error) => this.#end(run, thrown(error)),
    )
  }

  #tellStart({ id, unit, attempt }: Run): void {
    tell('run.start', () => ({ id, kind: unit.kind.name, attempt }))
  }

  #tellEnd({ id, unit }: Run, outcome: Outcome): void {
    tell('run.end', () => ({ id, kind: unit.kind.name, outcome: outcome.type }))
  }

  #prepare(run: Run, interrupted: boolean): Outcome | Promise<Outcome> {
    const { id, input } = run.unit
    if (input !== undefined) return this.#check(run, input, interrupted)
    return this.#read(run, id, interrupted)
  }

  #read(run: Run, id: string, interrupted: boolean): Promise<Outcome> {
    return this.#host.inputOf(id).then((text) => {
      if (text === undefined) throw new HoldfastError('ERR_STORE_CORRUPT', `the input of task ${id} is missing`)
      return this.#check(run, text, interrupted)
    })
  }

  #check(run: Run, text: string, interrupted: boolean): Outcome | Promise<Outcome> {
    const { kind } = run.unit
    const { schema } = kind.definition as Definition<string, unknown, unknown>
    const checked = validate(schema as StandardSchemaV1 | undefined, JSON.parse(text), kind.name)
    if (checked instanceof Promise) return checked.then((input) => this.#process(run, input, interrupted))
    return this.#process(run, checked, interrupted)
  }

  #process(run: Run, input: unknown, interrupted: boolean): Outcome | Promise<Outcome> {
    return this.#call(run, new RunView(run, input, this.#ledger, this.#host), interrupted)
  }

  #call(run: Run, task: RunningTask, interrupted: boolean): Outcome | Promise<Outcome> {
    const { unit } = run
    const { kind } = unit
    if (kind.isolation) return this.#isolate(run, task, kind.isolation, interrupted)
    const definition = kind.definition as Definition<string, unknown, unknown>
    const call = interrupted && definition.recover ? definition.recover : definition.run
    const value = kind.remote ? this.#host.lease(task, unit) : (call as (task: unknown) => unknown)(task)
    // As await has it: a `then` of its own is not called on a promise.
    return isPromise(value) ? new Promise((resolve) => resolve(value)).then(returned) : returned(value)
  }

  #isolate(run: Run, task: RunningTask, isolation: Isolation, interrupted: boolean): Promise<Outcome> {
    return this.#host.isolated({ task, isolation, interrupted, begun: () => this.#begun(run) })
  }

  /** Tells a run to stop; what it comes to is ignored. */
  abort(id: string, reason: string): void {
    const run = this.of(id)
    if (!run) return
    run.wanted = false
    this.#quiet(run)
    const error = Object.assign(new Error(`the task was stopped: ${reason}`), { name: 'AbortError', code: reason })
    run.stop(error)
  }

  /** After the store was read again: a run goes on with the unit that holds its record now. */
  adopt(run: Run, unit: TaskUnit): void {
    this.#strays.delete(run.id)
    run.unit = unit
    run.suspended = false
    unit.run = run
    unit.running = true
    if (run.outcome) this.#apply(run, run.outcome)
    else this.#watch(run)
  }

  /** Runs whose tasks are elsewhere by now, as the disk says, have nothing to come to. */
  orphan(lost: (run: Run) => boolean): void {
    for (const run of this.#all.filter((each) => (each.wanted || each.outcome) && lost(each))) {
      if (run.outcome) this.#forget(run)
      else this.abort(run.id, 'superseded')
    }
  }

  /** The disk failed: until it is back no time limit can be kept, and no step made. */
  suspend(): void {
    for (const run of this.#all) {
      this.#strays.set(run.id, run)
      run.suspended = true
      run.route = run.unit.slot ?? run.route
      this.#quiet(run)
    }
  }

  #end(run: Run, outcome: Outcome): void {
    this.#quiet(run)
    if (heeded('run.end')) this.#tellEnd(run, outcome)
    if (!run.wanted) {
      tell('run.late', () => ({ id: run.id, kind: run.unit.kind.name }))
      this.#release(run)
      this.#host.released(run.id)
      return
    }
    run.outcome = outcome
    if (!run.suspended) this.#apply(run, outcome)
  }

  /** The outcome joins the commit; the run is forgotten when it is on disk, so a failing disk cannot lose it. */
  #apply(run: Run, outcome: Outcome): void {
    const { unit } = run
    this.#host.vacate(unit)
    const settling = this.#host.settled(unit, outcome, run.drafts)
    if (settling) this.#awaitSettled(run, settling)
    else this.#settled(run)
  }

  #awaitSettled(run: Run, settling: Promise<void>): void {
    settling.then(
      () => this.#settled(run),
      () => undefined,
    )
  }

  #settled(run: Run): void {
    const { unit } = run
    unit.running = false
    // It was stopped while it came to its end: what was written then has no time for the retry, because it still ran.
    if (unit.context.retryAt !== null && !unit.dirty) this.#ledger.join(unit)
    const over = new Over(this, run)
    if (unit.lazy) this.#ledger.commit.lazily(() => this.#ledger.commit.chore(over))
    else this.#ledger.commit.chore(over)
  }

  /** What it came to is on disk. */
  over(run: Run): void {
    this.#forget(run)
    // Queued again by this very outcome: its turn may have come while the run was still known, and passed.
    if (run.unit.state === 'QUEUED') this.#host.released(run.id)
  }

  #forget(run: Run): void {
    if (this.#all[run.place] === run) {
      const last = this.#all.pop() as Run
      last.place = run.place
      if (last !== run) this.#all[run.place] = last
    }
    if (this.#strays.get(run.id) === run) this.#strays.delete(run.id)
    if (run.unit.run === run) run.unit.run = undefined
    if (this.size > 0) return
    for (const resolve of this.#idle.splice(0)) resolve()
  }

  #release(run: Run): void {
    this.#forget(run)
    run.unit.running = false
    this.#host.vacate(run.unit)
  }

  #begun(run: Run): void {
    run.waits = false
    if (run.wanted && !run.suspended && !run.outcome) this.#listen(run)
  }

  #watch(run: Run): void {
    const { deadline } = run.unit.context
    if (deadline !== null) {
      run.alarms.push(this.#ledger.clock.alarm('steady', deadline, () => void this.#halt(run, 'timeout')))
    }
    if (!run.waits) this.#listen(run)
  }

  /** The task is stopped by the scheduler. */
  async #halt(run: Run, type: 'timeout' | 'silent'): Promise<void> {
    const retry = { retry: this.#host.retryOf(run.unit), random: Math.random() }
    await this.#host.foresee(run.unit)
    if (run.wanted && !run.outcome) this.#ledger.step(run.unit, { type, now: this.#ledger.now(), ...retry })
  }

  /** A run that is silent for too long is AWOL. */
  #listen(run: Run): void {
    const { clock } = this.#ledger
    const silence = run.unit.extras.heartbeatMs ?? run.unit.kind.heartbeatMs
    if (silence === null) return
    run.lastSign = clock.steady()
    const waitUntil = (at: number) => {
      const alarm = clock.alarm('steady', at, () => {
        run.alarms = run.alarms.filter((each) => each !== alarm)
        const until = run.lastSign + silence
        if (clock.steady() >= until) void this.#halt(run, 'silent')
        else waitUntil(until)
      })
      run.alarms.push(alarm)
    }
    waitUntil(run.lastSign + silence)
  }

  #quiet(run: Run): void {
    if (run.alarms.length === 0) return
    for (const alarm of run.alarms) alarm.clear()
    run.alarms = []
  }
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === 'function'
}
