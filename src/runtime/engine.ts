/**
 * The engine: the parts of a runtime, made once and put together. Nothing here decides; each part has its file.
 */
import type { Clock } from '../kernel/clock.js'
import { tell } from '../kernel/telemetry.js'
import { Timetable } from '../kernel/timetable.js'
import type { Batch } from '../store/batch.js'
import { type CommitHooks, GroupCommit } from '../store/commit.js'
import type { Store } from '../store/store.js'
import { Admission } from './admission.js'
import { Calendar } from './calendar.js'
import { Compaction } from './compaction.js'
import { Dedupe } from './dedupe.js'
import { dependenciesOf } from './dependencies.js'
import { NO_DEVICES } from './devices.js'
import { Dispatch } from './dispatch.js'
import { type DraftRules, draftOf } from './draft.js'
import { Started } from './effects.js'
import type { Around, EnginePorts } from './engine-ports.js'
import { Flows } from './flows.js'
import { Foresight } from './foresight.js'
import { Gates } from './gates/gates.js'
import { multitaskOf } from './isolation.js'
import { IsolationPool } from './isolation-pool.js'
import { runIsolated } from './isolation-run.js'
import { KindControl } from './kind-control.js'
import { Kinds } from './kinds.js'
import { Leases } from './leases.js'
import { Ledger } from './ledger.js'
import { Leftovers } from './leftovers.js'
import { Services } from './machine-services.js'
import { encodeMark, MARK_KEY } from './mark.js'
import { type RuntimeOptions, type Settings, settingsOf } from './options.js'
import { Outcomes, retryOf } from './outcomes.js'
import { Players } from './players.js'
import { Quotas } from './quotas.js'
import { Recovery } from './recovery.js'
import { Removal } from './removal.js'
import { RouteControl } from './route-control.js'
import { Routes } from './routes.js'
import { Runs } from './runs.js'
import { Shelf } from './shelf.js'
import { Shows } from './shows.js'
import { Signals } from './signals.js'
import { strayRoutes } from './stray-routes.js'
import { Sweeper } from './sweeper.js'
import { Throttle } from './throttle.js'
import type { TaskUnit } from './unit.js'
import { Verbs } from './verbs.js'
import { Views } from './views.js'
import { Waiters } from './waiters.js'
import { Wear } from './wear.js'

export class Engine {
  readonly settings: Settings
  readonly store: Store
  readonly clock: Clock
  readonly kinds: Kinds
  readonly commit: GroupCommit
  readonly ledger: Ledger
  readonly shelf: Shelf
  readonly quotas: Quotas
  readonly routes: Routes
  readonly routeControl: RouteControl
  readonly kindControl: KindControl
  readonly dedupe: Dedupe
  readonly throttle: Throttle
  readonly flows: Flows
  readonly foresight: Foresight
  readonly admission: Admission
  readonly isolation: IsolationPool
  readonly runs: Runs
  readonly players: Players
  readonly services: Services
  readonly dispatch: Dispatch
  readonly leases: Leases
  readonly recovery: Recovery
  readonly views: Views
  readonly verbs: Verbs
  readonly removal: Removal
  readonly compaction: Compaction
  readonly sweeper: Sweeper
  readonly wear: Wear
  readonly calendar: Calendar
  readonly waiters = new Waiters()
  readonly shows = new Shows()
  readonly signals = new Signals()
  readonly gates: Gates
  readonly rules: DraftRules
  readonly #ports: EnginePorts
  #manifest = { retrying: 0, dead: 0, left: 0 }

  constructor(options: RuntimeOptions, store: Store, clock: Clock, ports: EnginePorts, around: Around = {}) {
    const settings = settingsOf(options)
    const multitask = multitaskOf(options.multitask)
    const kinds = new Kinds(options.tasks, settings.retry, multitask)
    kinds.warnings.push(...strayRoutes(kinds, options.routes))
    this.settings = settings
    this.store = store
    this.clock = clock
    this.kinds = kinds
    this.#ports = ports
    const hooks: CommitHooks = {
      beforeLeaving: () => this.#beforeLeaving(),
      written: (batch) => this.#written(batch),
      later: (ms, fire) => clock.alarm('steady', clock.steady() + ms, fire),
      now: () => clock.steady(),
      begun: (batch) => tell('commit.begin', () => batch.measure),
      departed: (batch) => {
        this.wear.weigh(batch)
        this.routes.tell()
      },
      ended: (batch) => tell('commit.end', () => batch.measure),
      landed: (batch) => this.ledger.observers.committed(batch.ops),
      tidy: (batch) => this.ledger.tidy(batch.participants as TaskUnit[]),
      failed: (error) => {
        tell('commit.failed', () => ({ error }))
        ports.commitFailed(error)
      },
      effectFailed: (error) => {
        settings.log.error('an effect failed after its commit', { error: String((error as Error)?.stack ?? error) })
        tell('effect.failed', () => ({ error }))
      },
    }
    this.commit = new GroupCommit(store, hooks, settings.commitWindowMs)
    const tables = {
      task: new Timetable('task', clock, store, () => ports.due('task')),
      retry: new Timetable('retry', clock, store, () => ports.due('retry')),
    }
    const read = (ids: readonly string[]) => this.removal.past(ids, (each) => this.shelf.read(each))
    this.ledger = new Ledger({ settings, clock, commit: this.commit, tables, read })
    this.wear = new Wear(clock, settings.log, settings.wear, () => this.ledger.counters.emitted)
    this.compaction = new Compaction(store, clock, settings.log, {
      total: () => this.ledger.ends.total,
      busy: () => this.commit.busy || this.sweeper.sweeping || [...this.routes.all()].some(({ pressed }) => pressed),
    })
    this.removal = new Removal(this.ledger, store, (id) => this.compaction.note(id))
    this.shelf = new Shelf(
      store,
      kinds,
      () => this.ledger,
      () => clock.wall(),
    )
    const quotas = new Quotas(kinds, clock)
    this.quotas = quotas
    this.routes = new Routes(this.ledger, quotas, (unit) => this.dispatch.start(unit))
    for (const kind of kinds.all()) this.routes.ensure(kind.route)
    this.routeControl = new RouteControl(this.routes, store, this.commit)
    const { limits, log } = settings
    this.kindControl = new KindControl({ kinds, quotas, store, commit: this.commit, limit: limits.input, log })
    this.dedupe = new Dedupe(store, kinds, async (id) => (await this.ledger.directory.activate([id]))[0])
    const inputOf = (id: string) => this.shelf.input(id)
    this.rules = {
      kinds,
      inputLimit: settings.limits.input,
      hasRoute: (name) => this.routes.has(name),
      steady: () => clock.steady(),
    }
    this.throttle = new Throttle(store, this.commit, kinds, () => clock.steady())
    this.foresight = new Foresight(this.ledger, this.dedupe, this.throttle, kinds)
    const firstAside = (ids: readonly string[]) => this.shelf.firstAside(ids)
    this.flows = new Flows(store, this.ledger, {
      foresee: (unit) => this.admission.foresee(unit),
      firstAside,
      nudge: (unit, id) => this.players.nudge(unit, id),
      wake: () => ports.notices(),
    })
    const { commit, ledger, routes, dedupe, throttle, flows, foresight, rules } = this
    this.admission = new Admission({ ledger, routes, dedupe, throttle, flows, foresight, rules, inputOf, firstAside })
    const outcomes = new Outcomes(this.ledger, this.admission)
    const pool = new IsolationPool({ multitask, clock, log, limits })
    this.isolation = pool
    this.runs = new Runs(this.ledger, {
      retryOf,
      inputOf,
      foresee: (unit) => this.admission.foresee(unit),
      draft: async (kind, input, asked, earlier) =>
        this.admission.check(await draftOf(this.rules, kind, input, asked), earlier),
      dependencies: (id) => dependenciesOf(store, id),
      lease: (task, unit) => this.leases.open(task, unit),
      settled: (unit, outcome, drafts) => this.leases.settle(unit, () => outcomes.settle(unit, outcome, drafts)),
      vacate: (unit) => this.routes.vacate(unit),
      released: (id) => void this.#released(id),
      settings: (kind) => this.kindControl.settings(kind),
      isolated: (run) => runIsolated(run, { pool, clock, limits }),
    })
    this.services = new Services({
      ledger,
      admission: this.admission,
      flows,
      rules,
      devices: around.devices ?? NO_DEVICES,
    })
    this.players = new Players(ledger, routes, this.services, (unit, outcome, foreseen) =>
      outcomes.settle(unit, outcome, [], foreseen),
    )
    const { runs, players, admission, shelf } = this
    const dispatch = new Dispatch({ ledger, routes, runs, players, admission, inputOf })
    this.dispatch = dispatch
    this.leases = new Leases(ledger, routes, kinds, { dispatch, runs, working: () => ports.working() })
    this.recovery = new Recovery({ store, ledger, dispatch, routes, runs, players, shelf, flows })
    this.views = new Views(store, { kinds, clock, progress: (id) => runs.of(id)?.progress })
    const { views, removal } = this
    this.gates = new Gates({
      options,
      holdMs: settings.holdMs,
      kinds,
      routes,
      clock,
      signals: this.signals,
      log: settings.log,
      runOf: (id) => runs.of(id),
      interrupt: (unit) => void ledger.step(unit, { type: 'drain', now: ledger.now(), by: 'gate' }),
    })
    this.verbs = new Verbs({ ledger, views, routes, players, admission, dedupe, removal, flows })
    const leftovers = new Leftovers(store, this.commit, clock, () => this.wear.oldEvents())
    this.sweeper = new Sweeper({ store, ledger, removal, leftovers, wake: () => ports.sweep() })
    const wake = () => ports.due('schedule')
    this.calendar = new Calendar(
      { store, clock, commit, ledger, admission, routes, dedupe, rules, service: around.service, wake },
      options.schedules ?? {},
    )
    this.#connect()
  }

  mark(clean: boolean): string {
    const { counters, ends } = this.ledger
    const { seq, emitted } = counters
    const clock = this.clock.mark()
    const { highest } = this.calendar.trust
    const { mark: ended } = ends
    const { mark: wear } = this.wear
    return encodeMark({
      clock,
      seq,
      emitted,
      ...(highest > clock.wall && { highest }),
      ...(ended && { ended }),
      ...(wear && { wear }),
      ...(clean && { clean }),
    })
  }

  /** What is kept beside the tasks is read before they are: it decides what may start. */
  async restore(): Promise<void> {
    await this.kindControl.restore()
    await this.routeControl.restore()
    await this.quotas.restore(this.store)
  }

  /** Writes the mark by itself, outside of a commit. */
  async keepMark(clean: boolean): Promise<void> {
    this.wear.add(0, 1)
    const value = this.mark(clean)
    this.wear.add(MARK_KEY.length + value.length)
    await this.store.batch([{ type: 'put', key: MARK_KEY, value }], true)
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
    this.sweeper.clear()
    this.compaction.clear()
    this.removal.clear()
    this.wear.doubt()
    this.players.clear()
    this.routes.clear()
    this.leases.clear()
    this.gates.forget()
    this.ledger.putOff.clear()
    this.dedupe.clear()
    this.throttle.clear()
    this.flows.clear()
    this.ledger.tables.task.clear()
    this.ledger.tables.retry.clear()
    this.calendar.forget()
  }

  #connect(): void {
    const demand = this.gates.any ? this.gates.demand : undefined
    if (demand) this.routes.listener = () => demand.changed()
    this.ledger.ports = {
      moved: (unit, from, before) => {
        demand?.moved(unit, from)
        if (from === 'QUEUED') this.routes.remove(before.route, unit.id)
        if (unit.state === 'QUEUED' && !unit.context.paused) this.routes.push(unit)
        if (from === 'RUNNING' && unit.state !== 'RUNNING' && unit.kind.machine) this.players.leave(unit)
        if (unit.state === 'FAILED' || unit.state === 'TERMINATED') {
          if (unit.context.retryAt === null) this.#manifest.dead++
          else this.#manifest.retrying++
        } else if (before.retryAt !== null) this.#manifest.left++
      },
      ended: (unit) => {
        this.admission.follow(unit)
        if (unit.extras.schedule) this.calendar.ticker.ended(unit)
      },
      run: (unit) => {
        if (unit.kind.machine) this.players.begin(unit)
        else this.commit.effect(new Started(this.runs, unit))
      },
      abort: (unit, reason) => this.runs.abort(unit.id, reason),
      settle: (unit) => this.waiters.settle(unit.id, unit.state, unit.context),
      watched: (id) => this.shows.has(id),
      aside: (id) => this.calendar.ticker.lost(id),
      show: (id, snapshot) => this.shows.show(id, snapshot),
      showMachine: (id, snapshot) => this.shows.showMachine(id, snapshot),
      asleep: (unit) => {
        this.dedupe.sleep(unit)
        this.foresight.release(unit)
      },
    }
  }

  #beforeLeaving(): void {
    this.gates.pump()
    this.routes.pump()
    const { retrying, dead, left } = this.#manifest
    if (retrying + dead + left > 0) {
      this.#manifest = { retrying: 0, dead: 0, left: 0 }
      this.#ports.manifest({ retrying, dead, left })
    }
  }

  /** What sums up a batch: the ends that are in it, what it costs, and the mark. */
  #written(batch: Batch): void {
    this.ledger.ends.write(batch)
    this.quotas.write(batch)
    this.wear.count(batch)
    batch.put(MARK_KEY, this.mark(false))
  }

  /** A stopped run settled at last: its task may go on. */
  async #released(id: string): Promise<void> {
    this.leases.missed(id)
    const goOn = async ([unit]: readonly (TaskUnit | undefined)[]) => {
      if (!unit || unit.ended) return
      if (unit.state === 'QUEUED' && !unit.context.paused) this.routes.push(unit)
      else if (unit.state !== 'RUNNING') this.ledger.join(unit)
    }
    // A store that cannot be read is read anew when it is back.
    await this.ledger.directory.use([id], goOn).catch(() => undefined)
  }
}
