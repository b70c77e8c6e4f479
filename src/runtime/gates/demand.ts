/**
 * Who needs which gate. A route or a kind that has gates needs them while it has tasks that are queued, or running
 * functions that a closing gate interrupts. It is looked at before a commit leaves, for those that changed.
 */
import type { TaskState } from '../../../machines/index.js'
import type { Route, Routes } from '../routes.js'
import type { TaskUnit } from '../unit.js'

/** A route or kind with gates. */
export interface Gated {
  /** `route:NAME` or `kind:NAME`. */
  readonly key: string
  readonly gates: readonly string[]
  /** Functions that a closing gate interrupts, by the id of their task. */
  readonly running: Map<string, TaskUnit>
  /** Of a kind: its queued tasks. */
  readonly queued: Set<string>
  readonly route: Route | undefined
}

export class Demand {
  readonly #routes: Routes
  readonly #byRoute = new Map<string, Gated>()
  readonly #byKind = new Map<string, Gated>()
  readonly #changed = new Set<Gated>()

  constructor(routes: Routes) {
    this.#routes = routes
  }

  route(route: Route): void {
    this.#byRoute.set(route.name, gated(`route:${route.name}`, route.options.gates, route))
  }

  kind(name: string, gates: readonly string[]): void {
    this.#byKind.set(name, gated(`kind:${name}`, gates))
  }

  *all(): Iterable<Gated> {
    yield* this.#byRoute.values()
    yield* this.#byKind.values()
  }

  /** The load of a route changed. */
  routeChanged({ name }: Route): void {
    this.#mark(this.#byRoute.get(name))
  }

  /** A task stands in a queue. */
  queued(unit: TaskUnit): void {
    this.#byKind.get(unit.kind.name)?.queued.add(unit.id)
    this.#mark(this.#byKind.get(unit.kind.name))
  }

  /** A task made a step. */
  moved(unit: TaskUnit, from: TaskState): void {
    const { id, state } = unit
    const kind = this.#byKind.get(unit.kind.name)
    if (from === 'QUEUED' && (state !== 'QUEUED' || unit.context.paused)) kind?.queued.delete(id)
    if (state === 'RUNNING') this.runs(unit)
    else if (from === 'RUNNING') {
      kind?.running.delete(id)
      const route = this.#byRoute.get(this.#routeOf(unit))
      route?.running.delete(id)
      this.#mark(route)
    }
    this.#mark(kind)
  }

  /** A task runs; it is remembered when a closing gate is to interrupt it. */
  runs(unit: TaskUnit): void {
    if (unit.state !== 'RUNNING' || !this.#interrupts(unit)) return
    for (const each of [this.#byKind.get(unit.kind.name), this.#byRoute.get(this.#routeOf(unit))]) {
      each?.running.set(unit.id, unit)
      this.#mark(each)
    }
  }

  /** What changed since the last time, and whether it needs its gates. */
  take(): readonly [gated: Gated, needs: boolean][] {
    const changed = [...this.#changed]
    this.#changed.clear()
    return changed.map((each) => [each, (each.route?.waiting ?? each.queued.size) + each.running.size > 0])
  }

  /** All in memory is forgotten: nobody needs anything. */
  clear(): void {
    this.#changed.clear()
    for (const { queued, running } of this.all()) {
      queued.clear()
      running.clear()
    }
  }

  #mark(each: Gated | undefined): void {
    if (each) this.#changed.add(each)
  }

  #routeOf(unit: TaskUnit): string {
    return this.#routes.of(unit.context.route).name
  }

  /** A machine keeps its place by itself, and what may start once only cannot start again. */
  #interrupts({ kind, context }: TaskUnit): boolean {
    if (kind.machine || context.atMostOnce) return false
    return (kind.onGateClose ?? this.#routes.of(context.route).options.onGateClose) === 'interrupt'
  }
}

function gated(key: string, gates: readonly string[], route?: Route): Gated {
  return { key, gates, running: new Map(), queued: new Set(), route }
}
