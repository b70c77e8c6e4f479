/**
 * The runtime as it is seen from outside of its process. Kinds with `api: false` are not there, and neither are their
 * tasks, their schedules and what they emit: asked for, they are answered like what never was. Who asks for a task by its
 * id is told by the kind in its record; a query passes hidden ones over while it reads, so pages and counts are right.
 * Without such a kind nothing is looked up.
 */
import { HoldfastError } from '../model/errors.js'
import { kindIn } from '../model/record.js'
import type { BackupOptions, BackupReport, BackupTarget } from './backups.js'
import { checkIds, checkName } from './checks.js'
import type { DraftRules } from './draft.js'
import type { Engine } from './engine.js'
import type { EnqueueOptions } from './enqueue-options.js'
import { type EmittedEvent, type EventQuery, emittedEvents } from './events.js'
import type { TaskHandle } from './handle.js'
import type { LeaseDesk } from './lease-desk.js'
import type { Lifetime, RuntimeState } from './lifetime.js'
import {
  type OutsideGates,
  type OutsideKinds,
  type OutsideMachines,
  outsideGates,
  outsideKinds,
  outsideMachines,
} from './outside-kinds.js'
import { type OutsideQuarantine, outsideQuarantine } from './outside-quarantine.js'
import { type OutsideSchedules, outsideSchedules } from './outside-schedules.js'
import type { FindQuery, TaskQuery } from './query.js'
import type { NewTask, Runtime } from './runtime.js'
import { storedRecords } from './stored-records.js'
import type { StateCounts } from './tally.js'
import type { TaskView } from './task-view.js'
import type { Tokens } from './tokens.js'
import type { Reschedule, Selection, SendOptions } from './verbs.js'

type Make = (tasks: readonly NewTask[], rules: DraftRules) => Promise<TaskHandle[]>

export class Outside {
  readonly kinds: OutsideKinds
  readonly machines: OutsideMachines
  readonly gates: OutsideGates
  readonly schedules: OutsideSchedules
  readonly quarantine: OutsideQuarantine
  /** Their load is that of all their tasks. */
  readonly routes: Runtime['routes']
  readonly tokens: Tokens
  readonly leases: LeaseDesk
  readonly devices: Runtime['devices']
  readonly #runtime: Runtime
  readonly #life: Lifetime
  readonly #make: Make

  constructor(runtime: Runtime, life: Lifetime, make: Make) {
    const { kinds } = life.engine.rules
    this.#runtime = runtime
    this.#life = life
    this.#make = make
    this.routes = runtime.routes
    this.tokens = runtime.tokens
    this.leases = runtime.leases
    this.devices = runtime.devices
    this.kinds = outsideKinds(runtime, kinds)
    this.machines = outsideMachines(runtime, kinds)
    this.gates = outsideGates(runtime, kinds)
    this.schedules = outsideSchedules(runtime, kinds, async (id, definition) => {
      life.assertWorking()
      return this.#engine.calendar.schedules.put(id, definition, this.#rules)
    })
    this.quarantine = outsideQuarantine(runtime, kinds)
  }

  get state(): RuntimeState {
    return this.#runtime.state
  }

  /** False for a kind that is not there for those outside. */
  shows(kind: string): boolean {
    return this.#engine.rules.kinds.shows(kind)
  }

  async enqueue(kind: string, input?: unknown, options: EnqueueOptions = {}): Promise<TaskHandle> {
    const [handle] = await this.enqueueMany([{ ...options, kind, input }])
    return handle as TaskHandle
  }

  async enqueueMany(tasks: readonly NewTask[]): Promise<TaskHandle[]> {
    const made = await this.#make(tasks, this.#rules)
    return made.map(({ id, created }) => ({ ...this.handle(id), created }))
  }

  handle(id: string): TaskHandle {
    const handle = this.#runtime.handle(id)
    return {
      ...handle,
      get: () => this.get(id),
      finished: async (options) => {
        await this.#seen(id)
        return handle.finished(options)
      },
    }
  }

  async get(id: string): Promise<TaskView | undefined> {
    const view = await this.#runtime.get(id)
    if (!view || !this.#hiding) return view
    if (!this.shows(view.kind)) return undefined
    const { dependsOn, ...rest } = view
    if (!dependsOn) return uncaused(rest)
    const kinds = await this.#kindsOf(dependsOn)
    return { ...uncaused(rest), dependsOn: dependsOn.filter((_, i) => this.shows(kinds[i] ?? '')) }
  }

  async find(query: FindQuery): Promise<{ items: TaskView[]; cursor: string | undefined }> {
    if (!this.#hiding) return this.#runtime.find(query)
    const { items, cursor } = await this.#runtime.find({ ...query, api: true })
    return { items: items.map(uncaused), cursor }
  }

  async count(query: TaskQuery): Promise<number> {
    return this.#runtime.count(this.#hiding ? { ...query, api: true } : query)
  }

  /** Tasks by state; those of hidden kinds are counted, without their names. */
  async states(): Promise<StateCounts> {
    return this.#runtime.inspection.states()
  }

  async events(query: EventQuery): Promise<EmittedEvent[]> {
    this.#life.assertReadable()
    return emittedEvents(this.#engine.store, query, (kind) => this.shows(kind))
  }

  async pause(chosen: Selection): Promise<number> {
    return this.#runtime.pause(await this.#touched(chosen))
  }

  async resume(chosen: Selection): Promise<number> {
    return this.#runtime.resume(await this.#touched(chosen))
  }

  async cancel(chosen: Selection): Promise<number> {
    return this.#runtime.cancel(await this.#touched(chosen))
  }

  async retry(chosen: Selection): Promise<number> {
    return this.#runtime.retry(await this.#touched(chosen))
  }

  async reschedule(chosen: Selection, to: Reschedule): Promise<number> {
    return this.#runtime.reschedule(await this.#touched(chosen), to)
  }

  async remove(chosen: Selection): Promise<number> {
    return this.#runtime.remove(await this.#touched(chosen))
  }

  async send(chosen: Selection, event: { readonly type: string }, options?: SendOptions): Promise<number> {
    return this.#runtime.send(await this.#touched(chosen), event, options)
  }

  /** All of it, hidden kinds included: who may take it home has the whole store. */
  async backup(to: BackupTarget, options: BackupOptions): Promise<BackupReport> {
    return this.#runtime.backup(to, options)
  }

  /** Of many, hidden ones are passed over like those that are not there. */
  async #touched(chosen: Selection): Promise<Selection> {
    this.#life.assertWorking()
    if (typeof chosen === 'string') {
      await this.#seen(chosen)
      return chosen
    }
    if (!this.#hiding) return chosen
    if (Array.isArray(chosen)) {
      const ids = checkIds(chosen)
      const kinds = await this.#kindsOf(ids)
      return ids.filter((_, i) => this.shows(kinds[i] ?? ''))
    }
    // An empty query has to stay one: it is refused.
    return Object.keys(chosen).length === 0 ? chosen : { ...(chosen as TaskQuery), api: true }
  }

  /** @throws ERR_NOT_FOUND */
  async #seen(id: string): Promise<void> {
    this.#life.assertReadable()
    if (!this.#hiding) return
    const [kind] = await this.#kindsOf([checkName(id, 'id')])
    if (kind === undefined || !this.shows(kind)) throw new HoldfastError('ERR_NOT_FOUND', `no task '${id}'`)
  }

  /** A task that was made just now is in memory and not yet on disk. One whose record does not tell is of no kind: ''. */
  async #kindsOf(ids: readonly string[]): Promise<(string | undefined)[]> {
    const { store, ledger } = this.#engine
    const found = await storedRecords(store, ids)
    return found.map(({ text }, i) => {
      const resident = ledger.directory.resident(ids[i] as string)
      if (resident) return resident.kind.name
      return text === undefined ? undefined : (kindIn(text) ?? '')
    })
  }

  get #engine(): Engine {
    return this.#life.engine
  }

  get #rules(): DraftRules {
    return { ...this.#engine.rules, outside: true }
  }

  get #hiding(): boolean {
    return this.#engine.rules.kinds.hiding
  }
}

/** What a hidden task came to is not told by what followed it. */
function uncaused(view: TaskView): TaskView {
  if (view.cause?.api !== false) return view
  const { cause: _, ...rest } = view
  return rest
}
