/**
 * What a part may do beside the tasks: keep small texts of its own, in commits that it shares with everybody, and make
 * tasks in the very commit that keeps the reason for them.
 */
import type { Now } from '../../machines/index.js'
import type { Clock } from '../kernel/clock.js'
import type { HoldfastError } from '../model/errors.js'
import { keyOf } from '../model/keys.js'
import type { TaskExtras } from '../model/record.js'
import type { Draft } from './draft.js'
import type { Engine } from './engine.js'
import type { TaskLog } from './log.js'
import type { Observers } from './observers.js'
import { draftOfTemplate, type ScheduledTask } from './schedule.js'
import type { Signals } from './signals.js'
import type { RootActor } from './supervision.js'

/** The part of XState's system that names actors; the contract tests hold it still. */
interface Registry {
  _set(name: string, actor: object): void
}

export class PartDesk {
  readonly clock: Clock
  readonly log: TaskLog
  readonly observers: Observers
  readonly signals: Signals
  readonly #name: string
  readonly #engine: Engine
  readonly #system: Registry

  constructor(name: string, engine: Engine, actor: RootActor) {
    this.#name = name
    this.#engine = engine
    this.#system = actor.system as unknown as Registry
    this.clock = engine.clock
    this.log = engine.settings.log
    this.observers = engine.ledger.observers
    this.signals = engine.signals
  }

  /** An actor of the part is found by its name in `runtime.system`, like those of the runtime. */
  introduce(name: string, actor: object): void {
    this.#system._set(name, actor)
  }

  now(): Now {
    return this.#engine.ledger.now()
  }

  /** What it keeps under a name, as it is on disk. */
  kept(id: string): Promise<string | undefined> {
    return this.#engine.store.get(this.#key(id))
  }

  /** A text joins the commit that is filling. */
  keep(id: string, text: string): void {
    this.#engine.commit.put(this.#key(id), text)
  }

  /** Runs when all that has joined so far is on disk; `lost` when nobody can know whether it is. */
  after(run: () => void, lost: (error: HoldfastError) => void): void {
    this.#engine.commit.after(run, lost)
  }

  /** Checks a task that is to be made; a promise only when the schema of its kind gives one. @throws what enqueue throws */
  draft({ kind, input, ...options }: ScheduledTask, extras: Partial<TaskExtras>): Draft | Promise<Draft> {
    const drafted = draftOfTemplate(this.#engine.rules, { kind, input, ...options } as never, undefined)
    const marked = (draft: Draft) => ({ ...draft, extras: { ...draft.extras, ...extras } })
    return drafted instanceof Promise ? drafted.then(marked) : marked(drafted)
  }

  /**
   * Makes tasks; `within` is called as they join the commit, so that what it keeps is on disk with them or not at all. It
   * is not called when they are refused. Resolves when they have joined. @throws what enqueue throws
   */
  async make(drafts: readonly Draft[], within: () => void): Promise<void> {
    await this.#engine.admission.place(drafts, { within })
  }

  #key(id: string): string {
    return keyOf('part', `${this.#name}!${id}`)
  }
}
