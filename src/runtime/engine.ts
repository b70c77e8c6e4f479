/**
 * The engine: the parts of a runtime, made once and put together. Nothing here decides; each part has its file.
 */
import type { Clock, ClockMark } from '../kernel/clock.js'
import { tell } from '../kernel/telemetry.js'
import { Timetable } from '../kernel/timetable.js'
import type { HoldfastError } from '../model/errors.js'
import { type Batch, GroupCommit } from '../store/commit.js'
import type { Store } from '../store/store.js'
import { Admission } from './admission.js'
import { Dedupe } from './dedupe.js'
import { Dispatch } from './dispatch.js'
import { type DraftRules, draftOf } from './draft.js'
import { Kinds } from './kinds.js'
import { Leases } from './leases.js'
import { Ledger } from './ledger.js'
import { type RuntimeOptions, type Settings, settingsOf } from './options.js'
import { Outcomes, retryOf } from './outcomes.js'
import { Players } from './players.js'
import { Recovery } from './recovery.js'
import { Routes } from './routes.js'
import { Runs } from './runs.js'
import { Shelf } from './shelf.js'
import { Shows } from './shows.js'
import type { TaskUnit } from './unit.js'
import { Verbs } from './verbs.js'
import { Views } from './views.js'
import { Waiters } from './waiters.js'

/** What is kept of the runtime itself, with every commit. */
export interface Mark {
  readonly clock: ClockMark
  readonly seq: number
  readonly emitted: number
  /** The runtime stopped cleanly after this. */
  readonly clean?: true
}

export const MARK_KEY = 'm!runtime'

export interface EnginePorts {
  commitFailed(error: HoldfastError): void
  /** Work is taken just now. */
  working(): boolean
  /** Something falls due on a lane. */
  due(lane: 'task' | 'retry'): void
  /** What the manifest holds changed by a commit. */
  manifest(change: { retrying: number; dead: number; left: number }): void
}

export class Engine {
  readonly settings: Settings
  readonly store: Store
  readonly clock: Clock
  readonly kinds: Kinds
  readonly commit: GroupCommit
  readonly ledger: Ledger
  readonly shelf: Shelf
  readonly routes: Routes
  readonly dedupe: Dedupe
  readonly admission: Admission
  readonly runs: Runs
  readonly players: Players
  readonly dispatch: Dispatch
  readonly leases: Leases
  readonly recovery: Recovery
  readonly views: Views
  readonly verbs: Verbs
  readonly waiters = new Waiters()
  readonly shows = new Shows()
  readonly rules: DraftRules
  readonly #ports: EnginePorts
  #manifest = { retrying: 0, dead: 0, left: 0 }

  constructor(options: RuntimeOptions, store: Store, clock: Clock, ports: EnginePorts) {
    const settings = settingsOf(options)
    const kinds = new Kinds(options.tasks, settings.retry)
    this.settings = settings
    this.store = store
    this.clock = clock
    this.kinds = kinds
    this.#ports = ports
    this.commit = new GroupCommit(store, {
      beforeLeaving: (batch) => this.#beforeLeaving(batch),
      begun: (batch) => tell('commit.begin', () => sizeOf(batch)),
      ended: (batch) => {
        tell('commit.end', () => sizeOf(batch))
        this.ledger.observers.committed(batch.ops)
      },
      landed: (batch) => this.ledger.landed(batch.participants as Set<TaskUnit>),
      failed: (error) => {
        tell('commit.failed', () => ({ error }))
        ports.commitFailed(error)
      },
      effectFailed: (error) => {
        settings.log.error('an effect failed after its commit', { error: String((error as Error)?.stack ?? error) })
        tell('effect.failed', () => ({ error }))
      },
    })
    const tables = {
      task: new Timetable('task', clock, store, () => ports.due('task')),
      retry: new Timetable('retry', clock, store, () => ports.due('retry')),
    }
    const read = (ids: readonly string[]) => this.shelf.read(ids)
    this.ledger = new Ledger({ settings, clock, commit: this.commit, tables, read })
    this.shelf = new Shelf(
      store,
      kinds,
      () => this.ledger,
      () => clock.wall(),
    )
    this.routes = new Routes(this.ledger, (unit) => this.dispatch.start(unit))
    for (const kind of kinds.all()) this.routes.ensure(kind.route)
    this.dedupe = new Dedupe(store, async (id) => (await this.ledger.directory.activate([id]))[0])
    const inputOf = (id: string) => this.shelf.input(id)
    this.rules = {
      kinds,
      inputLimit: settings.limits.input,
      hasRoute: (name) => this.routes.has(name),
      steady: () => clock.steady(),
    }
    this.admission = new Admission(this.ledger, this.routes, this.dedupe, this.rules, inputOf, (ids) =>
      this.shelf.setAside(ids),
    )
    const outcomes = new Outcomes(this.ledger, this.admission)
    this.runs = new Runs(this.ledger, {
      retryOf,
      inputOf,
      foresee: (unit) => this.admission.foresee(unit),
      draft: async (kind, input, asked) => this.admission.check(await draftOf(this.rules, kind, input, asked)),
      lease: (task, unit) => this.leases.open(task, unit),
      settled: (unit, outcome, drafts) => {
        const wasRunning = unit.state === 'RUNNING'
        const settling = outcomes.settle(unit, outcome, drafts)
        if (unit.kind.remote) this.leases.settled(unit, wasRunning, settling)
        return settling
      },
      vacate: (unit) => this.routes.vacate(unit),
      released: (id) => {
        this.leases.missed(id)
        void this.#released(id)
      },
    })
    this.players = new Players(this.ledger, this.routes, (unit, outcome, foreseen) =>
      outcomes.settle(unit, outcome, [], foreseen),
    )
    const { ledger, routes, runs, players, admission, shelf } = this
    this.dispatch = new Dispatch({ ledger, routes, runs, players, admission, inputOf })
    this.leases = new Leases(ledger, routes.remotes, kinds, {
      start: (unit) => this.dispatch.start(unit),
      working: () => ports.working(),
      runs: (id) => runs.of(id)?.wanted === true,
    })
    this.recovery = new Recovery({ store, ledger, routes, runs, players, shelf, admission })
    this.views = new Views(store, kinds, clock, (id) => runs.of(id)?.progress)
    const { views, dedupe } = this
    this.verbs = new Verbs({ ledger, views, routes, players, admission, dedupe })
    this.#connect()
  }

  mark(clean: boolean): string {
    const { seq, emitted } = this.ledger.counters
    return JSON.stringify({
      clock: this.clock.mark(),
      seq,
      emitted,
      ...(clean ? { clean } : {}),
    } satisfies Partial<Mark>)
  }

  /** Everything in memory goes: the store is about to be read. The runs of functions go on. */
  forget(): void {
    this.runs.suspend()
    for (const unit of this.ledger.directory.clear()) {
      unit.slot = undefined
      unit.stage?.close()
    }
    // Their units may be older than those in the directory: it is not their first time.
    for (const run of this.runs.unwanted()) run.unit.slot = undefined
    this.players.clear()
    this.routes.clear()
    this.leases.clear()
    this.dedupe.clear()
    this.ledger.tables.task.clear()
    this.ledger.tables.retry.clear()
  }

  #connect(): void {
    this.ledger.ports = {
      moved: (unit, from, before) => {
        if (from === 'QUEUED') this.routes.remove(before.route, unit.id)
        if (unit.state === 'QUEUED' && !unit.context.paused) this.routes.push(unit)
        if (from === 'RUNNING' && unit.state !== 'RUNNING' && unit.kind.machine) this.players.leave(unit)
        if (unit.state === 'FAILED' || unit.state === 'TERMINATED') {
          if (unit.context.retryAt === null) this.#manifest.dead++
          else this.#manifest.retrying++
        } else if (before.retryAt !== null) this.#manifest.left++
      },
      ended: (unit) => this.admission.follow(unit),
      run: (unit) => {
        if (unit.kind.machine) this.players.begin(unit)
        else this.commit.after(() => void this.runs.start(unit, wasInterrupted(unit)))
      },
      abort: (unit, reason) => this.runs.abort(unit.id, reason),
      settle: (unit) => this.waiters.settle(unit.id, unit.state, unit.context),
      watched: (id) => this.shows.has(id),
      show: (id, snapshot) => this.shows.show(id, snapshot),
      showMachine: (id, snapshot) => this.shows.showMachine(id, snapshot),
      asleep: (unit) => this.dedupe.sleep(unit),
    }
  }

  #beforeLeaving(batch: Batch): void {
    this.routes.pump()
    const { retrying, dead, left } = this.#manifest
    if (retrying + dead + left > 0) {
      this.#manifest = { retrying: 0, dead: 0, left: 0 }
      this.#ports.manifest({ retrying, dead, left })
    }
    if (batch.participants.size + batch.ops.length > 0) batch.put(MARK_KEY, this.mark(false))
  }

  /** A stopped run settled at last: its task may go on. */
  async #released(id: string): Promise<void> {
    const goOn = async ([unit]: readonly (TaskUnit | undefined)[]) => {
      if (!unit || unit.ended) return
      if (unit.state === 'QUEUED' && !unit.context.paused) this.routes.push(unit)
      else this.ledger.join(unit)
    }
    // A store that cannot be read is read anew when it is back.
    await this.ledger.directory.use([id], goOn).catch(() => undefined)
  }
}

function sizeOf(batch: Batch): object {
  return { ops: batch.ops.length, steps: batch.participants.size }
}

/** The attempt before this one did not come to an end: RUNNING, QUEUED and RUNNING again. */
function wasInterrupted(unit: TaskUnit): boolean {
  const [before, queued] = unit.context.history.slice(-3)
  return before?.state === 'RUNNING' && queued?.state === 'QUEUED'
}
