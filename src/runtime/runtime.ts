/** The runtime as users hold it: each of its methods is handed to the part whose matter it is. */
import type { ActorSystem, AnyMachineSnapshot } from 'xstate'
import type { Clock } from '../kernel/clock.js'
import type { TimeService } from '../kernel/synced.js'
import { type Duration, durationMs } from '../model/duration.js'
import { HoldfastError } from '../model/errors.js'
import { isEnded } from '../model/record.js'
import type { Store } from '../store/store.js'
import { checkName, checkTasks, onlyKnown } from './checks.js'
import type { AnyDefinition, InputOf, KindOf, ResultOf } from './define.js'
import { dependencyIds } from './dependencies.js'
import { type Devices, NO_DEVICES } from './devices.js'
import { type DraftRules, draftOf } from './draft.js'
import type { Engine } from './engine.js'
import type { EnqueueOptions } from './enqueue-options.js'
import { type EmittedEvent, type EventQuery, emittedEvents, latestEmitted } from './events.js'
import type { GateView } from './gates/gates.js'
import type { TaskHandle } from './handle.js'
import { type Inspection, inspectionOf } from './inspection.js'
import { LeaseDesk } from './lease-desk.js'
import { Lifetime, type RuntimeState } from './lifetime.js'
import { type Load, loadOf } from './load.js'
import type { Observer } from './observers.js'
import type { RuntimeOptions } from './options.js'
import { Outside } from './outside.js'
import { doorsOf, type Part } from './part.js'
import type { FindQuery, TaskQuery } from './query.js'
import { backupOf } from './runtime-backup.js'
import { devicesOf } from './runtime-devices.js'
import { kindsOf } from './runtime-kinds.js'
import { machinesOf } from './runtime-machines.js'
import { quarantineOf } from './runtime-quarantine.js'
import { routesOf } from './runtime-routes.js'
import { schedulesOf } from './runtime-schedules.js'
import type { TaskActor } from './shows.js'
import type { RootActor } from './supervision.js'
import type { TaskView } from './task-view.js'
import { Tokens } from './tokens.js'
import type { Reschedule, Selection, SendOptions } from './verbs.js'
import type { WearReport } from './wear.js'

/** One task of enqueueMany. */
export interface NewTask<Kind = string, Input = unknown> extends EnqueueOptions {
  readonly kind: Kind
  readonly input?: Input
}

export class Runtime<const Tasks extends readonly AnyDefinition[] = readonly AnyDefinition[]> {
  /** The supervisor at the root, an XState actor. */
  readonly actor: RootActor
  /** Resolves when the runtime has stopped; rejects with ERR_ESCALATED when a part died too often. */
  readonly done: Promise<void>
  /** The routes: their load, and pauses that survive a restart. */
  readonly routes: ReturnType<typeof routesOf>
  /** The kinds: settings that are changed while tasks run, kinds that take no new tasks. An alias will do as a name. */
  readonly kinds: ReturnType<typeof kindsOf>
  /** Schedules: from code (`createRuntime({ schedules })`) and made here, both durable. */
  readonly schedules: ReturnType<typeof schedulesOf>
  /** The machines of the kinds and holdfast's own: their definitions as JSON. */
  readonly machines: ReturnType<typeof machinesOf>
  /** The devices of the options: what they are at, and what they are told. */
  readonly devices: ReturnType<typeof devicesOf>
  /** Records that could not be restored: listed with their reasons, and put back when what they lacked is there. */
  readonly quarantine: ReturnType<typeof quarantineOf>
  /** A backup of everything, as of now, while work goes on; one at a time. */
  readonly backup: ReturnType<typeof backupOf>
  readonly #life: Lifetime
  readonly #engine: Engine

  /** Bearer tokens for the API over TCP: made, listed and revoked; only their hashes are kept. */
  readonly tokens: Tokens
  readonly leases: LeaseDesk
  /** What inspectors read of it. */
  readonly inspection: Inspection
  /** The runtime as the HTTP API knows it: kinds with `api: false` and their tasks are not there. */
  readonly outside: Outside

  constructor(
    options: RuntimeOptions<Tasks>,
    parts: { store: Store; clock: Clock; timeService?: TimeService; devices?: Devices; plugged?: readonly Part[] },
  ) {
    const { store, clock, timeService: service, devices, plugged = [] } = parts
    const doors = doorsOf(plugged, this as unknown as Runtime, () => this.#engine)
    this.#life = new Lifetime(options, store, clock, doors, { service, devices })
    this.#engine = this.#life.engine
    const { commit } = this.#engine
    this.tokens = new Tokens({ store, commit, clock, assertWorking: () => this.#life.assertWorking() })
    this.leases = new LeaseDesk(this.#engine.leases, () => this.#life.assertWorking())
    this.actor = this.#life.actor
    this.done = this.#life.done
    this.routes = routesOf(this.#life)
    this.kinds = kindsOf(this.#life)
    this.machines = machinesOf(this.#life)
    this.devices = devicesOf(this.#life, devices ?? NO_DEVICES)
    this.quarantine = quarantineOf(this.#life)
    this.backup = backupOf(this.#life)
    this.inspection = inspectionOf(this.#life, devices ?? NO_DEVICES)
    this.schedules = schedulesOf(this.#life, (made) => this.#handle(made))
    this.outside = new Outside(this as unknown as Runtime, this.#life, (tasks, rules) => this.#make(tasks, rules))
  }

  /** Where it is in its life; `degraded` while the disk is failing and no work is taken. */
  get state(): RuntimeState {
    return this.#life.state
  }

  /**
   * The actors of the supervision tree by name: `router`, `manifest`, `schedules`, `flows`, `sweeper`, `route:NAME`,
   * `gate:NAME`, `device:NAME`.
   */
  get system(): ActorSystem<never> {
    return this.actor.system as ActorSystem<never>
  }

  /**
   * Opens the store, recovers what was in flight, and takes work.
   * @throws ERR_STORE_LOCKED, ERR_STORE_CORRUPT, ERR_STORE_IO, ERR_FORMAT_NEWER
   */
  async start(): Promise<this> {
    await this.#life.start()
    return this
  }

  /**
   * Makes a task; resolves when it is durable.
   * @throws ERR_UNKNOWN_KIND, ERR_INVALID_INPUT, ERR_NOT_JSON, ERR_TOO_LARGE, ERR_INVALID_OPTION, ERR_DUPLICATE_ID,
   * ERR_UNKNOWN_DEPENDENCY, ERR_DEPENDENCY_CYCLE, ERR_QUEUE_FULL, ERR_OVERLOADED, ERR_COMMIT_UNKNOWN, ERR_DEGRADED,
   * ERR_NOT_STARTED, ERR_STOPPED
   * @example const task = await runtime.enqueue('upload', { file: 'a.jpg' }, { priority: 5 })
   */
  async enqueue<Kind extends KindOf<Tasks>>(
    kind: Kind,
    input?: InputOf<Tasks, Kind>,
    options?: EnqueueOptions,
  ): Promise<TaskHandle<ResultOf<Tasks, Kind>>> {
    this.#life.assertWorking()
    const made = draftOf(this.#engine.rules, kind, input, options)
    const draft = made instanceof Promise ? await made : made
    this.#life.assertWorking()
    const [admitted] = await this.#engine.admission.admit([draft])
    return this.#handle(admitted as { id: string; created: boolean }) as TaskHandle<ResultOf<Tasks, Kind>>
  }

  /**
   * Makes up to 10,000 tasks in one commit: all or none. They may depend on each other, in any order, 100,000 edges in
   * all. @throws as enqueue; ERR_TOO_MANY
   */
  async enqueueMany<Kind extends KindOf<Tasks>>(
    tasks: readonly NewTask<Kind, InputOf<Tasks, Kind>>[],
  ): Promise<TaskHandle<ResultOf<Tasks, Kind>>[]> {
    return this.#make(tasks, this.#engine.rules) as Promise<TaskHandle<ResultOf<Tasks, Kind>>[]>
  }

  async #make(tasks: readonly NewTask[], rules: DraftRules): Promise<TaskHandle[]> {
    this.#life.assertWorking()
    checkTasks(tasks)
    const made = tasks.map(({ kind, input, ...options }) => {
      const draft = draftOf(rules, kind, input, options)
      // One further on may be refused at once: then nobody waits for the schema of this one.
      if (draft instanceof Promise) draft.catch(() => undefined)
      return draft
    })
    const drafts = await Promise.all(made)
    this.#life.assertWorking()
    const admitted = await this.#engine.admission.admit(drafts)
    return admitted.map((each) => this.#handle(each))
  }

  /** The handle of a task that is there already: after a restart, to wait for its end. */
  handle(id: string): TaskHandle {
    return this.#handle({ id: checkName(id, 'id'), created: false })
  }

  /** A task as it is on disk, or `undefined`. */
  async get(id: string): Promise<TaskView | undefined> {
    this.#life.assertReadable()
    const found = await this.#engine.shelf.record(checkName(id, 'id'))
    if (!found) return undefined
    const view = this.#engine.views.view(found.record, found.input)
    if (!found.record.extras.dependencies) return view
    return { ...view, dependsOn: await dependencyIds(this.#engine.store, id) }
  }

  /**
   * A page of what a query selects, as of one moment, and the cursor of the next. First comes what has not ended, then
   * what has, each by its id.
   */
  async find(query: FindQuery = {}): Promise<{ items: TaskView[]; cursor: string | undefined }> {
    this.#life.assertReadable()
    return this.#engine.views.find(query)
  }

  /** How many tasks a query selects at this moment. */
  async count(query: TaskQuery = {}): Promise<number> {
    this.#life.assertReadable()
    return this.#engine.views.count(query)
  }

  /** Holds tasks that are SPOOLED or QUEUED. Each verb answers how many it did; one id that cannot be done throws. */
  async pause(selection: Selection): Promise<number> {
    this.#life.assertWorking()
    return this.#engine.verbs.pause(selection)
  }

  async resume(selection: Selection): Promise<number> {
    this.#life.assertWorking()
    return this.#engine.verbs.resume(selection)
  }

  /** Ends tasks TERMINATED `cancelled`; a running one is told by its signal. */
  async cancel(selection: Selection): Promise<number> {
    this.#life.assertWorking()
    return this.#engine.verbs.cancel(selection)
  }

  /** Puts FAILED and TERMINATED tasks back, with all their attempts. */
  async retry(selection: Selection): Promise<number> {
    this.#life.assertWorking()
    return this.#engine.verbs.retry(selection)
  }

  /** Moves SPOOLED and QUEUED tasks to another time, priority or route. */
  async reschedule(selection: Selection, to: Reschedule): Promise<number> {
    this.#life.assertWorking()
    return this.#engine.verbs.reschedule(selection, to)
  }

  /** Takes ended tasks out of the store; one that others still wait for stays (ERR_ILLEGAL_TRANSITION for an id). */
  async remove(selection: Selection): Promise<number> {
    this.#life.assertWorking()
    return this.#engine.verbs.remove(selection)
  }

  /** An event to the machines of tasks; accepted means it is handled exactly once. */
  async send(
    selection: Selection,
    event: { readonly type: string; readonly [key: string]: unknown },
    options?: SendOptions,
  ): Promise<number> {
    this.#life.assertWorking()
    return this.#engine.verbs.send(selection, event, options)
  }

  /** Tells of everything that is on disk from now on, in its order; gives the way to leave. */
  observe(observer: Observer): () => void {
    return this.#engine.ledger.observers.add(observer)
  }

  /** How many wait and run just now, by route, and what is in memory. */
  load(): Load {
    return loadOf(this.#engine)
  }

  /** Events that tasks emitted, oldest first; of one task when given its id. */
  async events(query: string | EventQuery = {}): Promise<EmittedEvent[]> {
    this.#life.assertReadable()
    return emittedEvents(this.#engine.store, typeof query === 'string' ? { taskId: query } : query)
  }

  /** The number of the latest emitted event; it may not be on disk yet. */
  get emittedSoFar(): number {
    return this.#engine.ledger.counters.emitted
  }

  /** The number of the latest emitted event that is on disk and kept; 0 when there is none. */
  async emittedOnDisk(): Promise<number> {
    this.#life.assertReadable()
    return latestEmitted(this.#engine.store)
  }

  /** The lifecycle actor of a task, live or read back. @throws ERR_NOT_FOUND */
  async task(id: string): Promise<TaskActor> {
    this.#life.assertWorking()
    const { shows, ledger, players, commit } = this.#engine
    const present = shows.get(checkName(id, 'id'))
    if (present) return present
    await ledger.putOff.write()
    return ledger.directory.use([id], async ([unit]) => {
      if (!unit) throw new HoldfastError('ERR_NOT_FOUND', `no task '${id}'`)
      const machine = players.resume(unit)?.root.getSnapshot() as AnyMachineSnapshot | undefined
      const send = (command: { readonly type: string }) => this.#command(id, command)
      return shows.open({ id, snapshot: unit.snapshot, machine, send }, commit)
    })
  }

  /** What was written to the disk, today and on the days before. */
  wear(): WearReport {
    this.#life.assertReadable()
    return this.#engine.wear.report()
  }

  /** The gates of the options, and those they are made of: whether they are open, since when, and why not. */
  readonly gates = {
    list: async (): Promise<GateView[]> => {
      this.#life.assertReadable()
      return this.#engine.gates.list()
    },
  }

  /**
   * Stops: takes nothing more, gives running tasks `drain` to end, interrupts the others and keeps them, and closes
   * the store. A task interrupted so runs again at the next start.
   */
  async stop(options: { readonly drain?: Duration } = {}): Promise<void> {
    onlyKnown(options, ['drain'], 'stop')
    const drainMs = durationMs(options.drain ?? 0, 'drain')
    return this.#life.stop(drainMs)
  }

  #handle({ id, created }: { readonly id: string; readonly created: boolean }): TaskHandle {
    return { id, created, finished: ({ signal } = {}) => this.#finished(id, signal), get: () => this.get(id) }
  }

  async #finished(id: string, signal: AbortSignal | undefined): Promise<unknown> {
    this.#life.assertReadable()
    signal?.throwIfAborted()
    const { waiters, shelf, ledger } = this.#engine
    const end = waiters.wait(id, signal)
    end.catch(() => undefined)
    // What has not ended in memory has not ended on disk: its end will be heard.
    if (ledger.directory.resident(id)?.ended === false) return end
    const found = await shelf.record(id)
    // One that may be lost is not on disk yet.
    if (!found && ledger.directory.resident(id)) return end
    if (!found) waiters.giveUp(id, new HoldfastError('ERR_NOT_FOUND', `no task '${id}'`))
    else if (isEnded(found.record.state, found.record.context)) {
      // Who waits for an end that was there already leaves no waiter behind.
      waiters.settle(id, found.record.state, found.record.context)
    }
    return end
  }

  #command(id: string, command: { readonly type: string }): void {
    const verb = { cancel: this.cancel, pause: this.pause, resume: this.resume, retry: this.retry }[command.type]
    const doing = verb ? verb.call(this, id) : this.send(id, command)
    doing.catch((error) =>
      this.#engine.settings.log.warn(`task ${id} did not take '${command.type}': ${error.message}`),
    )
  }
}
