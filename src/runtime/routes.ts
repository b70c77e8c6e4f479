/**
 * The routes: each has its queue, its slots and its worker. The worker (machines/worker) decides how many may start;
 * it is told the load of its route once per commit, just before the commit leaves, so that the starts are part of it.
 */
import type { ActorRefFrom } from 'xstate'
import type { workerMachine } from '../../machines/index.js'
import { HoldfastError } from '../model/errors.js'
import type { Ledger } from './ledger.js'
import { DEFAULT_ROUTE, type RouteOptions } from './options.js'
import { Remotes } from './remotes.js'
import type { TaskUnit } from './unit.js'
import { WorkQueue } from './work-queue.js'

type WorkerRef = ActorRefFrom<typeof workerMachine>

/** Starts a task whose turn it is; false when it cannot start now. */
type Start = (unit: TaskUnit) => boolean

export class Route {
  readonly name: string
  readonly options: Required<RouteOptions>
  readonly queue = new WorkQueue()
  /** Slots in use. */
  running = 0
  worker: WorkerRef | undefined
  /** Machines in flight that need a slot again, served before the queue. */
  resuming: { readonly unit: TaskUnit; readonly go: () => void }[] = []

  constructor(name: string, options: Required<RouteOptions>) {
    this.name = name
    this.options = options
  }

  get waiting(): number {
    return this.queue.size + this.resuming.length
  }
}

export class Routes {
  readonly #routes = new Map<string, Route>()
  readonly #changed = new Set<Route>()
  readonly #ledger: Ledger
  readonly #start: Start
  /** What waits for a worker elsewhere: no slot of a route is theirs. */
  readonly remotes = new Remotes()

  constructor(ledger: Ledger, start: Start) {
    this.#ledger = ledger
    this.#start = start
    for (const [name, options] of ledger.settings.routes) this.#routes.set(name, new Route(name, options))
  }

  all(): IterableIterator<Route> {
    return this.#routes.values()
  }

  /** A route that a kind names gets the defaults when the options do not mention it. */
  ensure(name: string): void {
    if (!this.#routes.has(name)) this.#routes.set(name, new Route(name, DEFAULT_ROUTE))
  }

  has(name: string): boolean {
    return this.#routes.has(name)
  }

  /** The route of a name; tasks stored under one that is gone go to `default` and keep their label. */
  of(name: string): Route {
    return this.#routes.get(name) ?? (this.#routes.get('default') as Route)
  }

  /** @throws ERR_QUEUE_FULL when `count` more would pass the bound */
  admit(name: string, count: number): void {
    const { queue, options } = this.of(name)
    const queued = queue.size + this.remotes.queued(name)
    if (queued + count <= options.queueLimit) return
    throw new HoldfastError(
      'ERR_QUEUE_FULL',
      `route '${name}' has ${queued} tasks queued, its limit is ${options.queueLimit}`,
    )
  }

  push(unit: TaskUnit): void {
    if (unit.kind.remote) {
      this.remotes.push(unit)
      return
    }
    const route = this.of(unit.context.route)
    route.queue.push(unit.context)
    this.changed(route)
  }

  remove(name: string, id: string): void {
    const route = this.of(name)
    if (!this.remotes.remove(id) && route.queue.remove(id)) this.changed(route)
  }

  /** The unit counts against its route from now on. */
  occupy(unit: TaskUnit, name = unit.context.route): void {
    if (unit.slot !== undefined || unit.kind.remote) return
    const route = this.of(name)
    unit.slot = route.name
    route.running++
    this.changed(route)
  }

  /** What was in flight before a restart has its slot again before the queue is served, if there is one. */
  reserve(unit: TaskUnit): void {
    const route = this.of(unit.context.route)
    if (route.running < route.options.concurrency) this.#serve(route, unit)
  }

  vacate(unit: TaskUnit): void {
    if (unit.slot === undefined) return
    const route = this.of(unit.slot)
    unit.slot = undefined
    route.running--
    this.changed(route)
  }

  /** Runs `go` when the unit has a slot: at once when it holds one. */
  withSlot(unit: TaskUnit, go: () => void): void {
    if (unit.slot !== undefined) {
      go()
      return
    }
    const route = this.of(unit.context.route)
    route.resuming.push({ unit, go })
    this.changed(route)
  }

  changed(route: Route): void {
    this.#changed.add(route)
    this.#ledger.commit.nudge()
  }

  /** Before a commit leaves: the workers hear the load and claim what may start. */
  pump(): void {
    for (const route of this.#changed) {
      this.#changed.delete(route)
      route.worker?.send({ type: 'load', queued: route.waiting, running: route.running })
    }
  }

  /** The worker's port: up to `count` of the waiting start. */
  claim(name: string, count: number): void {
    const route = this.of(name)
    let left = count
    for (; left > 0 && route.resuming[0]; left--) this.#serve(route, route.resuming[0].unit)
    const asleep: string[] = []
    for (const id of route.queue.take(left)) {
      const unit = this.#ledger.directory.resident(id)
      if (unit) this.#begin(unit, route)
      else asleep.push(id)
    }
    if (asleep.length > 0) void this.#wake(route, asleep)
  }

  /** One slot serves all that its machine waits for: what stands behind others would hold it and never start. */
  #serve(route: Route, unit: TaskUnit): void {
    const { resuming } = route
    route.resuming = resuming.filter((each) => each.unit !== unit)
    this.occupy(unit)
    for (const each of resuming) if (each.unit === unit) each.go()
  }

  clear(): void {
    for (const route of this.#routes.values()) {
      route.queue.clear()
      route.resuming.length = 0
      route.running = 0
    }
    this.#changed.clear()
    this.remotes.clear()
  }

  #begin(unit: TaskUnit, route: Route): void {
    if (!this.#start(unit)) this.changed(route)
  }

  /** Queued tasks that left memory are read back; their slots are taken meanwhile. */
  async #wake(route: Route, ids: readonly string[]): Promise<void> {
    const { directory } = this.#ledger
    route.running += ids.length
    try {
      await directory.use(ids, async (units) => {
        route.running -= ids.length
        for (const unit of units) if (unit) this.#begin(unit, route)
      })
    } catch {
      // The store could not be read: fail-stop reads everything again when it is back.
      route.running = Math.max(0, route.running - ids.length)
    }
    this.changed(route)
  }
}
