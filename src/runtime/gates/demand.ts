/**
 * Who needs which gate. A route or a kind that has gates needs them while tasks of it wait that nothing but gates keeps
 * back, or functions run that a closing gate interrupts. It is looked at before a commit leaves, when something changed.
 */
import type { TaskState } from '../../../machines/index.js'
import type { Route } from '../route.js'
import type { Routes } from '../routes.js'
import type { TaskUnit } from '../unit.js'

/** What a gate's hold of a route or kind is called: `gate:NAME`. */
export const GATE = 'gate:'

/** A route or kind with gates. */
export interface Gated {
  /** `route:NAME` or `kind:NAME`. */
  readonly key: string
  readonly gates: readonly string[]
  /** Functions that a closing gate interrupts, by the id of their task. */
  readonly running: Map<string, TaskUnit>
  waits(): boolean
}

export class Demand {
  readonly #routes: Routes
  readonly #byRoute = new Map<string, Gated>()
  readonly #byKind = new Map<string, Gated>()
  #changed = false

  constructor(routes: Routes) {
    this.#routes = routes
  }

  route(route: Route): void {
    const { name, options } = route
    const waits = () => this.#routes.waits(route, GATE)
    this.#byRoute.set(name, { key: `route:${name}`, gates: options.gates, running: new Map(), waits })
  }

  kind(name: string, gates: readonly string[]): void {
    const waits = () => {
      for (const route of this.#routes.all()) if (this.#routes.waits(route, GATE, name)) return true
      return false
    }
    this.#byKind.set(name, { key: `kind:${name}`, gates, running: new Map(), waits })
  }

  *all(): Iterable<Gated> {
    yield* this.#byRoute.values()
    yield* this.#byKind.values()
  }

  /** What waits in a route, or why, has changed. */
  changed(): void {
    this.#changed = true
  }

  /** A task made a step. */
  moved(unit: TaskUnit, from: TaskState): void {
    if (unit.state === 'RUNNING') this.runs(unit)
    else if (from === 'RUNNING') for (const gated of this.#of(unit)) if (gated.running.delete(unit.id)) this.changed()
  }

  /** A task runs; it is remembered when a closing gate is to interrupt it. */
  runs(unit: TaskUnit): void {
    if (unit.state !== 'RUNNING' || !this.#interrupts(unit)) return
    for (const gated of this.#of(unit)) gated.running.set(unit.id, unit)
    this.changed()
  }

  /** Each route and kind, and whether it needs its gates; nothing when nothing changed since. */
  *take(): Iterable<readonly [gated: Gated, needs: boolean]> {
    if (!this.#changed) return
    this.#changed = false
    for (const gated of this.all()) yield [gated, gated.running.size > 0 || gated.waits()]
  }

  /** All in memory is forgotten: nobody needs anything. */
  clear(): void {
    for (const { running } of this.all()) running.clear()
  }

  *#of(unit: TaskUnit): Iterable<Gated> {
    const kind = this.#byKind.get(unit.kind.name)
    const route = this.#byRoute.get(this.#routes.of(unit.context.route).name)
    if (kind) yield kind
    if (route) yield route
  }

  /** A machine keeps its place by itself, and what may start once only cannot start again. */
  #interrupts({ kind, context }: TaskUnit): boolean {
    if (kind.machine || context.atMostOnce) return false
    return (kind.onGateClose ?? this.#routes.of(context.route).options.onGateClose) === 'interrupt'
  }
}
