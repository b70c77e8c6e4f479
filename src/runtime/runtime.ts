/**
 * The runtime: open → recover → supervise → drain → close, and only in that order; between recover and drain it
 * takes work. All that it offers beyond that order is handed to the part whose matter it is.
 */
import type { ActorSystem, AnyMachineSnapshot } from 'xstate'
import type { Clock } from '../kernel/clock.js'
import { tell } from '../kernel/telemetry.js'
import { type Duration, durationMs } from '../model/duration.js'
import { HoldfastError } from '../model/errors.js'
import type { Store } from '../store/store.js'
import type { AnyDefinition, EnqueueOptions, InputOf, KindOf, ResultOf } from './define.js'
import { draftOf } from './draft.js'
import { Engine, MARK_KEY, type Mark } from './engine.js'
import { type EmittedEvent, type EventQuery, emittedEvents } from './events.js'
import { FailStop } from './fail-stop.js'
import type { TaskHandle } from './handle.js'
import { checkName, invalid, onlyKnown, type RuntimeOptions } from './options.js'
import type { Quarantined } from './shelf.js'
import type { TaskActor } from './shows.js'
import { type RootActor, supervise } from './supervision.js'
import { isEnded } from './unit.js'
import type { Reschedule, Selection } from './verbs.js'
import type { FindQuery, TaskQuery, TaskView } from './views.js'
import { resultOf } from './waiters.js'

type Phase = 'new' | 'starting' | 'working' | 'stopping' | 'stopped'

/** One task of enqueueMany. */
export interface NewTask<Kind = string, Input = unknown> extends EnqueueOptions {
  readonly kind: Kind
  readonly input?: Input
}

const MOST_AT_ONCE = 10_000

export class Runtime<const Tasks extends readonly AnyDefinition[] = readonly AnyDefinition[]> {
  /** The supervisor at the root, an XState actor. */
  readonly actor: RootActor
  /** Resolves when the runtime has stopped; rejects with ERR_ESCALATED when a part died too often. */
  readonly done: Promise<void>
  readonly #engine: Engine
  readonly #failStop: FailStop
  #phase: Phase = 'new'
  #finish!: () => void
  #fail!: (error: HoldfastError) => void

  constructor(options: RuntimeOptions<Tasks>, parts: { store: Store; clock: Clock }) {
    const { store, clock } = parts
    const engine = new Engine(options, store, clock, {
      commitFailed: (error) => this.#failStop.begin(error),
      due: (lane) => this.#supervisor(lane === 'task' ? 'router' : 'manifest')?.send({ type: 'due' }),
      manifest: ({ retrying, dead, left }) => {
        const manifest = this.#supervisor('manifest')
        if (retrying + dead > 0) manifest?.send({ type: 'entered', retrying, dead })
        if (left > 0) manifest?.send({ type: 'left', count: left })
      },
    })
    this.#engine = engine
    this.#failStop = new FailStop(store, clock, {
      forget: (error) => {
        engine.settings.log.error(`the store is degraded: ${error.hint}`, { cause: String(error.cause) })
        this.#holdAll('hold')
        engine.forget()
      },
      probe: () => store.batch([{ type: 'put', key: MARK_KEY, value: engine.mark(false) }], true),
      goOn: () => this.#goOn(),
    })
    this.actor = supervise(engine.routes, clock, engine.settings.intensity, {
      releaseDue: () => engine.dispatch.release('task'),
      putBack: () => engine.dispatch.release('retry'),
      claim: (route, count) => engine.routes.claim(route, count),
      rebuild: (part) => void this.#rebuild(part),
      degraded: () => this.#failStop.degraded || this.#phase === 'stopped',
      escalate: (child, error) => void this.#escalate(child, error),
    })
    this.done = new Promise((resolve, reject) => {
      this.#finish = resolve
      this.#fail = reject
    })
    this.done.catch(() => undefined)
    clock.onStep((byMs) => {
      engine.settings.log.warn(`the wall clock stepped by ${byMs} ms`)
      tell('clock.stepped', () => ({ byMs }))
      engine.ledger.tables.task.rearm()
      engine.ledger.tables.retry.rearm()
    })
  }

  /** The actors of the supervision tree by name: `router`, `manifest`, `route:NAME`. */
  get system(): ActorSystem<never> {
    return this.actor.system as ActorSystem<never>
  }

  /**
   * Opens the store, recovers what was in flight, and takes work.
   * @throws ERR_STORE_LOCKED, ERR_STORE_CORRUPT, ERR_STORE_IO, ERR_FORMAT_NEWER
   */
  async start(): Promise<this> {
    if (this.#phase !== 'new') {
      throw new HoldfastError(
        this.#phase === 'stopped' ? 'ERR_STOPPED' : 'ERR_INVALID_OPTION',
        `the runtime is ${this.#phase}`,
      )
    }
    const { store, clock, ledger, recovery, settings } = this.#engine
    this.#phase = 'starting'
    try {
      const report = await store.open()
      if (report.repaired) settings.log.warn('the store was damaged and was repaired', report.repaired)
      tell('store.open', () => report)
      const text = await store.get(MARK_KEY)
      const mark = text === undefined ? undefined : (JSON.parse(text) as Mark)
      clock.resume(mark?.clock)
      Object.assign(ledger.counters, { seq: mark?.seq ?? 0, emitted: mark?.emitted ?? 0 })
      // An embedding process lives until stop(), like one that listens on a port; this wait costs no wake-up.
      clock.alarm('steady', Number.POSITIVE_INFINITY, () => undefined)
      this.actor.start()
      const forgiven = mark?.clean === true
      await recovery.recover({ forgiven, counted: !forgiven && mark?.clock.boot === clock.boot })
    } catch (error) {
      this.#phase = 'stopped'
      this.actor.stop()
      clock.close()
      await store.close().catch(() => undefined)
      this.#finish()
      throw error
    }
    this.#phase = 'working'
    tell('runtime.ready', () => ({}))
    return this
  }

  /**
   * Makes a task; resolves when it is durable.
   * @throws ERR_UNKNOWN_KIND, ERR_INVALID_INPUT, ERR_NOT_JSON, ERR_TOO_LARGE, ERR_INVALID_OPTION, ERR_DUPLICATE_ID,
   * ERR_QUEUE_FULL, ERR_OVERLOADED, ERR_COMMIT_UNKNOWN, ERR_DEGRADED, ERR_NOT_STARTED, ERR_STOPPED
   * @example const task = await runtime.enqueue('upload', { file: 'a.jpg' }, { priority: 5 })
   */
  async enqueue<Kind extends KindOf<Tasks>>(
    kind: Kind,
    input?: InputOf<Tasks, Kind>,
    options?: EnqueueOptions,
  ): Promise<TaskHandle<ResultOf<Tasks, Kind>>> {
    this.#working()
    const made = draftOf(this.#engine.rules, kind, input, options)
    const draft = made instanceof Promise ? await made : made
    this.#working()
    const [admitted] = await this.#engine.admission.admit([draft])
    return this.#handle(admitted as { id: string; created: boolean }) as TaskHandle<ResultOf<Tasks, Kind>>
  }

  /** Makes up to 10,000 tasks in one commit: all or none. @throws as enqueue; ERR_TOO_MANY */
  async enqueueMany<Kind extends KindOf<Tasks>>(
    tasks: readonly NewTask<Kind, InputOf<Tasks, Kind>>[],
  ): Promise<TaskHandle<ResultOf<Tasks, Kind>>[]> {
    this.#working()
    if (!Array.isArray(tasks)) throw invalid('tasks', 'a list', tasks)
    if (tasks.length > MOST_AT_ONCE) {
      throw new HoldfastError('ERR_TOO_MANY', `${tasks.length} tasks, the limit is ${MOST_AT_ONCE}`)
    }
    const made = tasks.map(({ kind, input, ...options }) => draftOf(this.#engine.rules, kind, input, options))
    const drafts = await Promise.all(made)
    this.#working()
    const admitted = await this.#engine.admission.admit(drafts)
    return admitted.map((each) => this.#handle(each) as TaskHandle<ResultOf<Tasks, Kind>>)
  }

  /** A task as it is on disk, or `undefined`. */
  async get(id: string): Promise<TaskView | undefined> {
    this.#running()
    const found = await this.#engine.shelf.record(checkName(id, 'id'))
    return found && this.#engine.views.view(found.record, found.input)
  }

  /** A page of what a query selects, and the cursor of the next. */
  async find(query: FindQuery = {}): Promise<{ items: TaskView[]; cursor: string | undefined }> {
    this.#running()
    return this.#engine.views.find(query)
  }

  async count(query: TaskQuery = {}): Promise<number> {
    this.#running()
    return this.#engine.views.count(query)
  }

  /** Holds tasks that are SPOOLED or QUEUED. Each verb answers how many it did; one id that cannot be done throws. */
  async pause(selection: Selection): Promise<number> {
    this.#working()
    return this.#engine.verbs.pause(selection)
  }

  async resume(selection: Selection): Promise<number> {
    this.#working()
    return this.#engine.verbs.resume(selection)
  }

  /** Ends tasks TERMINATED `cancelled`; a running one is told by its signal. */
  async cancel(selection: Selection): Promise<number> {
    this.#working()
    return this.#engine.verbs.cancel(selection)
  }

  /** Puts FAILED and TERMINATED tasks back, with all their attempts. */
  async retry(selection: Selection): Promise<number> {
    this.#working()
    return this.#engine.verbs.retry(selection)
  }

  /** Moves SPOOLED and QUEUED tasks to another time, priority or route. */
  async reschedule(selection: Selection, to: Reschedule): Promise<number> {
    this.#working()
    return this.#engine.verbs.reschedule(selection, to)
  }

  /** Takes ended tasks out of the store. */
  async remove(selection: Selection): Promise<number> {
    this.#working()
    return this.#engine.verbs.remove(selection)
  }

  /** An event to the machines of tasks; accepted means it is handled exactly once. */
  async send(selection: Selection, event: { readonly type: string; readonly [key: string]: unknown }): Promise<number> {
    this.#working()
    return this.#engine.verbs.send(selection, event)
  }

  /** Events that tasks emitted, oldest first; of one task when given its id. */
  async events(query: string | EventQuery = {}): Promise<EmittedEvent[]> {
    this.#running()
    return emittedEvents(this.#engine.store, typeof query === 'string' ? { taskId: query } : query)
  }

  /** The lifecycle actor of a task, live or read back. @throws ERR_NOT_FOUND */
  async task(id: string): Promise<TaskActor> {
    this.#working()
    const { shows, ledger, players, commit } = this.#engine
    const present = shows.get(checkName(id, 'id'))
    if (present) return present
    await commit.durable()
    return ledger.directory.use([id], async ([unit]) => {
      if (!unit) throw new HoldfastError('ERR_NOT_FOUND', `no task '${id}'`)
      const machine = players.resume(unit)?.root.getSnapshot() as AnyMachineSnapshot | undefined
      return shows.get(id) ?? shows.open(id, unit.snapshot, machine, (command) => this.#command(id, command))
    })
  }

  /** Records that could not be restored: listed with their reasons, and put back when what they lacked is there. */
  readonly quarantine = {
    list: async (): Promise<Quarantined[]> => {
      this.#running()
      return this.#engine.shelf.quarantined()
    },
    /** True when the record was put back and its task goes on. @throws ERR_NOT_FOUND */
    retry: async (id: string): Promise<boolean> => {
      this.#working()
      if (!(await this.#engine.shelf.retry(checkName(id, 'id')))) return false
      await this.#engine.recovery.takeBack(id)
      return true
    },
  }

  /**
   * Stops: takes nothing more, gives running tasks `drain` to end, interrupts the others and keeps them, and closes
   * the store. A task interrupted so runs again at the next start.
   */
  async stop(options: { readonly drain?: Duration } = {}): Promise<void> {
    onlyKnown(options, ['drain'], 'stop')
    const drainMs = durationMs(options.drain ?? 0, 'drain')
    if (this.#phase === 'stopping' || this.#phase === 'stopped') return this.done
    const started = this.#phase !== 'new'
    this.#phase = 'stopping'
    await this.#failStop.close()
    if (started) await this.#drain(drainMs)
    await this.#close(!this.#failStop.degraded && started)
    this.#finish()
  }

  async #drain(drainMs: number): Promise<void> {
    const { runs, ledger, clock, commit, admission } = this.#engine
    this.#holdAll('drain')
    if (this.#failStop.degraded) return
    await Promise.race([
      runs.idle(),
      new Promise<void>((resolve) => clock.alarm('steady', clock.steady() + drainMs, resolve)),
    ])
    for (const run of runs.wanted()) {
      await admission.foresee(run.unit)
      ledger.step(run.unit, { type: 'drain', now: ledger.now() })
    }
    await commit.drained()
  }

  async #close(clean: boolean): Promise<void> {
    const { store, clock, waiters, shows } = this.#engine
    this.#phase = 'stopped'
    this.actor.send({ type: 'stop' })
    this.#engine.forget()
    shows.close()
    if (clean)
      await store.batch([{ type: 'put', key: MARK_KEY, value: this.#engine.mark(true) }], true).catch(() => undefined)
    await store.close().catch(() => undefined)
    clock.close()
    for (const id of waiters.ids()) waiters.giveUp(id, new HoldfastError('ERR_STOPPED'))
    tell('runtime.stopped', () => ({}))
  }

  /** A supervisor gave up: the process ends, and whoever supervises it starts it again. */
  async #escalate(child: string, cause: unknown): Promise<void> {
    if (this.#phase === 'stopping' || this.#phase === 'stopped') return
    this.#phase = 'stopping'
    await this.#failStop.close()
    await this.#close(false)
    this.#fail(new HoldfastError('ERR_ESCALATED', `${child} died too often`, { cause }))
  }

  async #rebuild(part: string): Promise<void> {
    this.#engine.settings.log.error(`${part} died and was started anew`)
    await this.#engine.recovery.reindex().catch(() => undefined)
  }

  /** The disk is back: what it holds decides. */
  async #goOn(): Promise<void> {
    const { commit, recovery, shelf, waiters } = this.#engine
    commit.reopen()
    this.#holdAll('release')
    await recovery.recover({ counted: false, forgiven: false })
    for (const id of waiters.ids()) {
      const found = await shelf.record(id)
      if (found && isEnded(found.record.state, found.record.context)) {
        waiters.settle(id, found.record.state, found.record.context)
      }
    }
    this.#engine.settings.log.warn('the store is back')
  }

  #holdAll(type: 'hold' | 'release' | 'drain'): void {
    for (const { worker } of this.#engine.routes.all()) worker?.send({ type })
    if (type === 'drain') return
    this.#supervisor('router')?.send({ type })
    this.#supervisor('manifest')?.send({ type })
  }

  #supervisor(name: string): { send(event: object): void } | undefined {
    return this.actor.system.get(name as never) as { send(event: object): void } | undefined
  }

  #handle({ id, created }: { readonly id: string; readonly created: boolean }): TaskHandle {
    return { id, created, finished: () => this.#finished(id), get: () => this.get(id) }
  }

  async #finished(id: string): Promise<unknown> {
    this.#running()
    const { waiters, shelf } = this.#engine
    const end = waiters.wait(id)
    end.catch(() => undefined)
    const found = await shelf.record(id)
    if (!found) waiters.giveUp(id, new HoldfastError('ERR_NOT_FOUND', `no task '${id}'`))
    else if (isEnded(found.record.state, found.record.context))
      return resultOf(found.record.state, found.record.context)
    return end
  }

  #command(id: string, command: { readonly type: string }): void {
    const verb = { cancel: this.cancel, pause: this.pause, resume: this.resume, retry: this.retry }[command.type]
    const doing = verb ? verb.call(this, id) : this.send(id, command)
    doing.catch((error) =>
      this.#engine.settings.log.warn(`task ${id} did not take '${command.type}': ${error.message}`),
    )
  }

  /** @throws when nothing can be read */
  #running(): void {
    if (this.#phase === 'new' || this.#phase === 'starting') throw new HoldfastError('ERR_NOT_STARTED')
    if (this.#phase === 'stopped') throw new HoldfastError('ERR_STOPPED')
    if (this.#failStop.degraded) throw new HoldfastError('ERR_DEGRADED')
  }

  /** @throws when no work is taken */
  #working(): void {
    this.#running()
    if (this.#phase === 'stopping') throw new HoldfastError('ERR_STOPPED')
  }
}
