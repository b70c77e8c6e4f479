/**
 * The routes: each has its queue, its slots and its worker. The worker (machines/worker) decides how many may start,
 * just before a commit leaves, so that the starts are part of it; it is told the load of its route once per commit.
 * It hears only of what can start: what its kind's or its key's quota or a spent rate keeps back is no load.
 */
import { startable } from '../../machines/index.js'
import { HoldfastError } from '../model/errors.js'
import type { Ledger } from './ledger.js'
import { mayStart } from './lifecycle.js'
import { DEFAULT_ROUTE, type RouteSettings } from './options.js'
import type { Quota } from './quota.js'
import type { Quotas } from './quotas.js'
import { Remotes } from './remotes.js'
import { Resumes } from './resumes.js'
import { Route, type WorkerRef } from './route.js'
import type { Waiting } from './row.js'
import type { TaskUnit } from './unit.js'
import { wake } from './wake.js'

/** Starts in one commit: the first of very many run while those after them are written. */
const MOST_STARTS = 5000

/** Starts a task whose turn it is; false when it cannot start now. */
type Start = (unit: TaskUnit) => boolean

export class Routes {
  readonly #routes = new Map<string, Route>()
  readonly #changed = new Set<Route>()
  /** Their workers have not heard of it yet. */
  readonly #loaded = new Set<Route>()
  readonly #ledger: Ledger
  readonly #start: Start
  /** What waits for a worker elsewhere: no slot of a route is theirs. */
  readonly remotes = new Remotes()
  readonly #quotas: Quotas
  readonly #resumes = new Resumes((route) => this.changed(route))
  /** Starts that the filling commit still takes. */
  #room = MOST_STARTS
  /** How often memory was forgotten. */
  #age = 0
  #draining = false
  /** Who has to know that what waits in a route, or why, has changed: the gates, if there are any. */
  listener: (() => void) | undefined

  constructor(ledger: Ledger, quotas: Quotas, start: Start) {
    this.#ledger = ledger
    this.#quotas = quotas
    this.#start = start
    for (const [name, options] of ledger.settings.routes) this.#add(name, options)
  }

  all(): IterableIterator<Route> {
    return this.#routes.values()
  }

  /** A route that a kind names gets the defaults when the options do not mention it. */
  ensure(name: string): void {
    if (!this.#routes.has(name)) this.#add(name, DEFAULT_ROUTE)
  }

  has(name: string): boolean {
    return this.#routes.has(name)
  }

  /** A worker serves a route from now on; one that was started anew learns what the one before it knew. */
  attach(name: string, worker: WorkerRef): void {
    const route = this.of(name)
    route.worker = worker
    if (route.held.size > 0) worker.send({ type: 'hold' })
    if (this.#draining) worker.send({ type: 'drain' })
  }

  /** The route starts nothing while any cause holds it; what runs goes on. @throws ERR_NOT_FOUND */
  hold(name: string, cause: string): void {
    const route = this.known(name)
    if (route.held.has(cause)) return
    route.held.add(cause)
    if (route.held.size === 1) route.tell({ type: 'hold' })
    this.changed(route)
  }

  release(name: string, cause: string): void {
    const route = this.known(name)
    if (!route.held.delete(cause)) return
    if (route.held.size === 0) route.tell({ type: 'release' })
    this.changed(route)
    this.remotes.callAll()
  }

  /** Tasks of the kind are passed over in every route while any cause holds it. @throws ERR_UNKNOWN_KIND */
  holdKind(name: string, cause: string): void {
    const quota = this.#quotas.named(name)
    if (quota.held.has(cause)) return
    quota.held.add(cause)
    this.#opened(quota)
  }

  releaseKind(name: string, cause: string): void {
    const quota = this.#quotas.named(name)
    if (!quota.held.delete(cause)) return
    this.#opened(quota)
    this.remotes.callAll()
  }

  /** Something holds the tasks of a kind in a route. */
  bars(kind: string, route: string): boolean {
    return this.of(route).held.size > 0 || this.#quotas.named(kind).held.size > 0
  }

  /** Something holds it: its route or its kind. */
  holds(unit: TaskUnit): boolean {
    return this.of(unit.context.route).held.size > 0 || this.#quotas.of(unit.kind).held.size > 0
  }

  /** Tasks wait in a route, or machines that go on, and nothing keeps them back that does not begin so. */
  waits({ name, held, queue }: Route, cause: string, kind?: string): boolean {
    for (const each of held) if (!each.startsWith(cause)) return false
    if (this.remotes.waits(name, kind)) return true
    return kind === undefined ? queue.kinds.some(({ empty }) => !empty) : queue.has(this.#quotas.named(kind))
  }

  holdAll(cause: string): void {
    for (const name of this.#routes.keys()) this.hold(name, cause)
  }

  releaseAll(cause: string): void {
    for (const name of this.#routes.keys()) this.release(name, cause)
  }

  /** No route starts anything any more. */
  drain(): void {
    this.#draining = true
    for (const route of this.#routes.values()) route.tell({ type: 'drain' })
  }

  /** The route of a name that somebody chose. @throws ERR_NOT_FOUND */
  known(name: string): Route {
    const route = this.#routes.get(name)
    if (route) return route
    const hint = `Routes: ${[...this.#routes.keys()].join(', ')}.`
    throw new HoldfastError('ERR_NOT_FOUND', `no route '${name}'`, { hint })
  }

  /** The route of a name; tasks stored under one that is gone go to `default` and keep their label. */
  of(name: string): Route {
    return this.#routes.get(name) ?? (this.#routes.get('default') as Route)
  }

  /** @throws ERR_QUEUE_FULL when `count` more would pass the bound */
  admit(name: string, count: number): void {
    const { queue, options } = this.of(name)
    const queued = queue.size + this.remotes.queued(this.of(name).name)
    if (queued + count <= options.queueLimit) return
    const limit = count === 1 ? `its limit is` : `${count} more would pass its limit of`
    throw new HoldfastError(
      'ERR_QUEUE_FULL',
      `route '${name}' has ${queued} tasks queued, ${limit} ${options.queueLimit}`,
    )
  }

  push(unit: TaskUnit): void {
    const route = this.of(unit.context.route)
    if (unit.kind.remote) {
      this.remotes.push(unit, route.name)
      this.listener?.()
      return
    }
    route.queue.push(unit.context, this.#quotas.of(unit.kind), unit.extras.concurrencyKey)
    this.changed(route)
  }

  remove(name: string, id: string): void {
    const route = this.of(name)
    if (this.remotes.remove(id)) this.listener?.()
    else if (route.queue.remove(id)) this.changed(route)
  }

  /** The unit counts against its route and its kind from now on. */
  occupy(unit: TaskUnit, name = unit.context.route, key = unit.extras.concurrencyKey): void {
    if (unit.slot !== undefined || unit.kind.remote) return
    const route = this.of(name)
    unit.slot = route.name
    unit.slotKey = key
    route.running++
    if (unit.counted) this.#quotas.of(unit.kind).take(unit.slotKey)
    this.changed(route)
  }

  /** What was in flight before a restart has its slot again before the queue is served, if there is one. */
  reserve(unit: TaskUnit): void {
    const route = this.of(unit.context.route)
    if (route.running >= route.options.concurrency || route.barred) return
    if (this.#quotas.of(unit.kind).hasRoom(unit.extras.concurrencyKey)) this.#serve(unit)
  }

  vacate(unit: TaskUnit): void {
    // It has nothing in flight any more: what it was to start when a slot fell free is stale.
    this.#resumes.take(unit)
    if (unit.slot === undefined) return
    const route = this.of(unit.slot)
    unit.slot = undefined
    route.running--
    // Whoever waits for the slot does not wait for what may be late.
    const hurried = !unit.lazy || route.pressed
    if (hurried) this.changed(route)
    else this.#ledger.commit.lazily(() => this.changed(route))
    if (unit.lazy && hurried) this.#ledger.commit.hurry()
    if (!unit.counted) return
    const quota = this.#quotas.of(unit.kind)
    quota.giveBack(unit.slotKey)
    this.#opened(quota)
  }

  /** Runs `go` when the unit has a slot: at once when it holds one. */
  withSlot(unit: TaskUnit, go: () => void): void {
    if (unit.slot !== undefined) {
      go()
      return
    }
    this.#resumes.wait(unit, this.of(unit.context.route), this.#quotas.of(unit.kind), go)
  }

  changed(route: Route): void {
    this.#changed.add(route)
    this.listener?.()
    this.#ledger.commit.nudge()
  }

  /**
   * Before a commit leaves: what may start joins it. An open worker decides by arithmetic alone, so its starts are
   * reckoned as it would; a step of an actor in front of every commit costs more than the rest of it.
   */
  pump(): void {
    for (const route of this.#changed) {
      if (this.#room === 0) {
        this.#ledger.commit.nudge()
        return
      }
      this.#changed.delete(route)
      this.#loaded.add(route)
      const { load: queued, running } = route
      const { concurrency } = route.options
      if (route.open) this.#claimFor(route, startable({ queued, running, concurrency }))
      // A start tells of itself: then this comes again.
      if (this.#quotas.limited && !this.#changed.has(route)) route.awaitTokens()
    }
  }

  /** While a commit is on its way the workers hear of the load that it left behind. */
  tell(): void {
    this.#room = MOST_STARTS
    for (const route of this.#loaded) {
      this.#loaded.delete(route)
      route.tell({ type: 'load', queued: route.load, running: route.running })
    }
  }

  /** Up to `count` of the waiting start; also the worker's port, for what it finds when it is released. */
  claim(name: string, count: number): void {
    const route = this.of(name)
    const asleep: Waiting[] = []
    const most = Math.min(count, this.#room)
    this.#room -= most
    if (most < count) this.changed(route)
    for (let left = most; left > 0; left--) {
      const next = route.queue.take(route.bucket === undefined || route.bucket.tokens > 0)
      if (!next) break
      const machine = next.resumes ? this.#resumes.unit(next.id) : undefined
      if (machine) {
        this.#serve(machine)
        continue
      }
      next.row.queue.quota.bucket?.spend()
      route.bucket?.spend()
      const unit = this.#ledger.directory.resident(next.id)
      if (unit) this.#begin(unit, route, next)
      else {
        next.row.queue.quota.take(next.row.key?.key)
        asleep.push(next)
      }
    }
    if (asleep.length > 0) void this.#wake(route, asleep)
  }

  clear(): void {
    for (const route of this.#routes.values()) {
      route.queue.clear()
      route.running = 0
    }
    this.#quotas.clear()
    this.#resumes.clear()
    this.#changed.clear()
    this.#loaded.clear()
    this.remotes.clear()
    this.#age++
  }

  #add(name: string, options: RouteSettings): void {
    const bucket = this.#quotas.bucket(options.rateLimit, [`route!${name}`])
    this.#routes.set(name, new Route(name, options, bucket, (route) => this.changed(route)))
  }

  /** One slot serves all that its machine waits for: what stands behind others would hold it and never start. */
  #serve(unit: TaskUnit): void {
    const starts = this.#resumes.take(unit)
    this.occupy(unit)
    for (const go of starts) go()
  }

  /** What fails here fails its worker, which is started anew, and nobody else. */
  #claimFor(route: Route, count: number): void {
    try {
      this.claim(route.name, count)
    } catch (error) {
      route.tell({ type: 'failed', error })
    }
  }

  #begin(unit: TaskUnit, route: Route, { row }: Waiting): void {
    // Held since it was taken out of its queue: it stands there again.
    if (this.holds(unit) && mayStart(unit)) this.push(unit)
    else if (this.#start(unit)) return
    const { quota } = row.queue
    quota.bucket?.refund()
    route.bucket?.refund()
    this.changed(route)
    this.#opened(quota)
  }

  /** Tasks of the kind may start where they could not. */
  #opened(quota: Quota): void {
    for (const route of this.#routes.values()) if (route.queue.has(quota)) this.changed(route)
  }

  async #wake(route: Route, waiting: readonly Waiting[]): Promise<void> {
    const age = this.#age
    await wake(this.#ledger.directory, route, waiting, {
      current: () => age === this.#age,
      begin: (unit, each) => this.#begin(unit, route, each),
    })
    this.changed(route)
    for (const { row } of waiting) this.#opened(row.queue.quota)
  }
}
