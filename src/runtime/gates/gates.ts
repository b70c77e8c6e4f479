/**
 * The gates of a runtime: they hold the routes and kinds that name them. A gate is asked only while one of these needs
 * it; until it has answered, and while nobody needs it, it holds. A failing disk makes the runtime forget what is
 * queued, and with it every need.
 */
import type { AnyActorLogic } from 'xstate'
import { type ChildSpec, type GateContext, gateMachine } from '../../../machines/index.js'
import type { Clock } from '../../kernel/clock.js'
import { tell } from '../../kernel/telemetry.js'
import { isoTime } from '../../model/duration.js'
import type { Kinds } from '../kinds.js'
import type { TaskLog } from '../log.js'
import type { RuntimeOptions } from '../options.js'
import type { Routes } from '../routes.js'
import type { Run } from '../run.js'
import type { Signals } from '../signals.js'
import type { TaskUnit } from '../unit.js'
import { Demand, GATE, type Gated } from './demand.js'
import { GateKeeper } from './gate-keeper.js'
import { gateRegistry, known } from './registry.js'

/** A gate as `runtime.gates.list()` shows it. */
export interface GateView {
  readonly name: string
  /** What was measured last; false before the first answer. Only `state` says whether it lets tasks start just now. */
  readonly open: boolean
  /**
   * `asleep`: nobody needs it, so it is not asked; `asking`: its first answer is awaited; `open`; `wavering`: open, but the
   * latest answers were bad; `closed`. Tasks start while it is `open` or `wavering`.
   */
  readonly state: 'asleep' | 'asking' | 'open' | 'wavering' | 'closed'
  /** Since when `open` is what it is, since the start at the earliest; undefined before the first answer. */
  readonly since: string | undefined
  /** Why it is closed or wavers, or why it could not be asked. */
  readonly reason: string | undefined
  /** How often `open` changed since the start. */
  readonly changes: number
  /** It changed too often lately, and has to be good for longer before it opens. */
  readonly flapping: boolean
  readonly routes: readonly string[]
  readonly kinds: readonly string[]
  /** The gates it is made of. */
  readonly gates: readonly string[]
}

interface Parts {
  readonly options: RuntimeOptions
  /** `clock.hold` */
  readonly holdMs: number
  readonly kinds: Kinds
  readonly routes: Routes
  readonly clock: Clock
  readonly signals: Signals
  readonly log: TaskLog
  readonly runOf: (id: string) => Run | undefined
  /** The function is told to stop, and its task goes back to its queue. */
  readonly interrupt: (unit: TaskUnit) => void
}

export class Gates {
  readonly #parts: Parts
  readonly #keepers = new Map<string, GateKeeper>()
  readonly #demand: Demand
  #lastWall = 0
  readonly #begun = new Set<string>()

  /** @throws ERR_INVALID_OPTION for a gate that cannot be used, or a name of none */
  constructor(parts: Parts) {
    const { options, holdMs, kinds, routes, clock, signals } = parts
    this.#parts = parts
    this.#demand = new Demand(routes)
    const registry = gateRegistry(options.gates)
    const lastWall = () => this.#lastWall
    for (const named of registry.values()) {
      const host = {
        path: options.path,
        holdMs,
        signals,
        get lastWall() {
          return lastWall()
        },
        fault: (error: unknown) => this.#fault(named.name, error),
        part: (name: string) => this.#keeper(name).asPart,
      }
      this.#keepers.set(named.name, new GateKeeper(named, clock, host))
    }
    for (const keeper of this.#keepers.values()) {
      for (const part of keeper.parts) this.#keeper(part).wholes.push(keeper)
    }
    for (const route of routes.all()) {
      known(registry, route.options.gates, `routes.${route.name}.gates`)
      if (route.options.gates.length > 0) this.#demand.route(route)
      for (const name of route.options.gates) this.#keeper(name).routes.push(route.name)
    }
    for (const kind of kinds.all()) {
      known(registry, kind.gates, `task '${kind.name}'.gates`)
      if (kind.gates.length > 0) this.#demand.kind(kind.name, kind.gates)
      for (const name of kind.gates) this.#keeper(name).kinds.push(kind.name)
    }
    for (const keeper of this.#keepers.values()) {
      this.#hold(keeper)
      const { routes: held, kinds: passedOver, wholes } = keeper
      if (held.length + passedOver.length + wholes.length > 0) continue
      parts.log.warn(`gate '${keeper.name}' holds nothing: no route, kind or gate names it`)
    }
  }

  /** False: nothing of the runtime has to tell the gates anything. */
  get any(): boolean {
    return this.#keepers.size > 0
  }

  get demand(): Demand {
    return this.#demand
  }

  /** What the supervisor starts, and starts anew. */
  get specs(): ChildSpec[] {
    return [...this.#keepers.values()].map(({ name }) => ({
      id: `gate:${name}`,
      src: 'gate',
      input: { name, policy: this.#keeper(name).policy },
    }))
  }

  get logic(): AnyActorLogic {
    const of = (context: unknown) => this.#keeper((context as GateContext).name)
    return gateMachine.provide({
      actions: {
        rebuild: ({ context, self }) => {
          const keeper = of(context)
          if (this.#begun.has(keeper.name)) this.#parts.log.error(`gate:${keeper.name} died and was started anew`)
          this.#begun.add(keeper.name)
          keeper.attach(self as never)
        },
        ask: ({ context }) => of(context).ask(),
        release: ({ context }) => this.#release(of(context)),
        hold: ({ context }, { closed, reason }) => {
          const keeper = of(context)
          this.#hold(keeper)
          keeper.passes(false, closed, reason)
          if (closed) this.#interrupt(keeper)
        },
        announce: ({ context }, { open, reason }) => this.#announce(of(context), open, reason),
        fault: ({ context }, { error }) => this.#fault(of(context).name, error),
      },
    }) as AnyActorLogic
  }

  /** Conditions that run from the start to the stop begin. */
  start(lastWall: number): void {
    this.#lastWall = lastWall
    for (const { condition } of this.#keepers.values()) condition.start?.()
  }

  /** Before a commit leaves: gates hear who needs them, so that what an open one lets start is part of it. */
  pump(): void {
    for (const [gated, needs] of this.#demand.take()) this.#need(gated, needs)
  }

  /** All in memory is forgotten. */
  forget(): void {
    this.#demand.clear()
    for (const gated of this.#demand.all()) this.#need(gated, false)
  }

  /** The store was read: these runs live on. */
  adopt(runs: Iterable<Run>): void {
    for (const { unit } of runs) this.#demand.runs(unit)
  }

  /** Something that any of them may depend on has changed: the clock, say. */
  look(): void {
    for (const keeper of this.#keepers.values()) keeper.look()
  }

  stop(): void {
    for (const keeper of this.#keepers.values()) keeper.close()
  }

  list(): GateView[] {
    return [...this.#keepers.values()].map((keeper) => {
      const { open, since, reason, changes, flapping } = keeper.context ?? {}
      return {
        name: keeper.name,
        open: open ?? false,
        state: keeper.state as GateView['state'],
        since: since == null ? undefined : isoTime(since),
        reason: reason ?? undefined,
        changes: changes ?? 0,
        flapping: flapping ?? false,
        routes: keeper.routes,
        kinds: keeper.kinds,
        gates: keeper.parts,
      }
    })
  }

  #keeper(name: string): GateKeeper {
    return this.#keepers.get(name) as GateKeeper
  }

  #need({ key, gates }: Gated, needs: boolean): void {
    for (const name of gates) this.#needOf(this.#keeper(name), key, needs)
  }

  /** What a gate is made of is needed first: its own answer is made of theirs. */
  #needOf(keeper: GateKeeper, by: string, needs: boolean): void {
    const parts = () => {
      for (const part of keeper.parts) this.#needOf(this.#keeper(part), `gate:${keeper.name}`, needs)
    }
    if (needs && !keeper.needed) parts()
    if (keeper.need(by, needs) && !needs) parts()
  }

  #hold({ name, routes, kinds }: GateKeeper): void {
    for (const route of routes) this.#parts.routes.hold(route, `${GATE}${name}`)
    for (const kind of kinds) this.#parts.routes.holdKind(kind, `${GATE}${name}`)
  }

  #release(keeper: GateKeeper): void {
    keeper.trouble = undefined
    const { name, routes, kinds } = keeper
    keeper.passes(true)
    for (const route of routes) this.#parts.routes.release(route, `${GATE}${name}`)
    for (const kind of kinds) this.#parts.routes.releaseKind(kind, `${GATE}${name}`)
  }

  #interrupt({ name }: GateKeeper): void {
    for (const { gates, running } of this.#demand.all()) {
      if (running.size === 0 || !gates.includes(name)) continue
      // A run that has come to its end has its outcome: it is only not written yet.
      for (const unit of [...running.values()]) {
        if (!this.#parts.runOf(unit.id)?.outcome) this.#parts.interrupt(unit)
      }
    }
  }

  #announce(keeper: GateKeeper, open: boolean, reason: string | null): void {
    const { name } = keeper
    if (open) {
      this.#parts.log.info(`gate '${name}' is open`)
      tell('gate.opened', () => ({ gate: name }))
    } else {
      this.#parts.log.info(`gate '${name}' is closed: ${reason ?? 'its condition does not hold'}`)
      tell('gate.closed', () => ({ gate: name, reason }))
    }
  }

  #fault(name: string, error: unknown): void {
    const keeper = this.#keepers.get(name)
    const text = String((error as { message?: unknown } | null)?.message ?? error).slice(0, 500)
    if (keeper && keeper.trouble !== text) {
      keeper.trouble = text
      this.#parts.log.warn(`gate '${name}' is at fault: ${text}`)
    }
    tell('gate.fault', () => ({ gate: name, error }))
  }
}
