/**
 * The calendar: all that makes tasks at points in time, put together. The agenda says which schedule is due when, the
 * ticker makes what is due, and the trust in the clock decides whether the time of day counts.
 */
import type { Clock } from '../kernel/clock.js'
import type { TimeService } from '../kernel/synced.js'
import { Timetable } from '../kernel/timetable.js'
import { Trust } from '../kernel/trust.js'
import type { GroupCommit } from '../store/commit.js'
import type { Store } from '../store/store.js'
import type { Admission } from './admission.js'
import { Almanac, type Scheduled } from './almanac.js'
import { CodeSchedules } from './code-schedules.js'
import type { Dedupe } from './dedupe.js'
import type { DraftRules } from './draft.js'
import { ExtraTicks } from './extra-ticks.js'
import { Jumps } from './jumps.js'
import type { Ledger } from './ledger.js'
import type { Routes } from './routes.js'
import type { ScheduleDefinition } from './schedule.js'
import { viewOf } from './schedule-view.js'
import { Schedules } from './schedules.js'
import { Ticker } from './ticker.js'

interface Parts {
  readonly store: Store
  readonly clock: Clock
  readonly commit: GroupCommit
  readonly ledger: Ledger
  readonly admission: Admission
  readonly routes: Routes
  readonly dedupe: Dedupe
  readonly rules: DraftRules
  /** Who is asked whether the clock is right; those of the board when left out. */
  readonly service: TimeService | undefined
  /** A schedule is due. */
  readonly wake: () => void
}

export class Calendar {
  readonly trust: Trust
  readonly schedules: Schedules
  readonly extraTicks: ExtraTicks
  readonly ticker: Ticker
  readonly code: CodeSchedules
  readonly #clock: Clock
  readonly #jumps: Jumps
  readonly #agenda: Timetable

  constructor(parts: Parts, schedules: Readonly<Record<string, ScheduleDefinition>>) {
    const { store, clock, commit, ledger, admission, routes, dedupe, rules, wake } = parts
    this.#clock = clock
    this.#jumps = new Jumps(store, commit)
    this.#agenda = new Timetable('schedule', clock, store, wake)
    // Until it is known whether the time of day can be believed.
    this.#agenda.hold('wall', true)
    this.trust = this.#trusting(parts)
    const { trust } = this
    const jumps = this.#jumps
    const table = this.#agenda
    const almanac = new Almanac(store, commit, table, jumps, (id, schedule) => this.#told(parts, id, schedule))
    const held = { store, ledger, admission, routes, dedupe, rules, almanac, table, jumps }
    this.ticker = new Ticker({ ...held, trusted: () => trust.trusted, rewound: () => trust.lowered() })
    this.extraTicks = new ExtraTicks(held)
    this.schedules = new Schedules({ ...held, trust })
    this.code = new CodeSchedules(this.schedules, schedules)
  }

  /** The wall clock was found to have stepped. */
  stepped(byMs: number): void {
    if (this.schedules.size > 0) this.#jumps.add(this.#clock.wall(), byMs)
    this.trust.stepped()
    this.#agenda.rearm()
  }

  /** Memory is forgotten. */
  forget(): void {
    this.#agenda.clear()
    this.ticker.forget()
  }

  #told({ commit, clock, ledger: { observers } }: Parts, id: string, schedule: Scheduled | undefined): void {
    if (!observers.plans) return
    const view = schedule && viewOf(schedule, clock.wall() - clock.steady())
    const fact = { id, event: schedule?.heard ?? 'remove', ...(view ? { view } : {}) }
    commit.after(() => observers.planned(fact))
  }

  #trusting({ clock, ledger, service, wake }: Parts): Trust {
    const { holdMs, log } = ledger.settings
    const verdict = (trusted: boolean, behind: boolean) => {
      if (behind) this.ticker.rewind()
      this.#agenda.hold('wall', !trusted)
      if (behind) wake()
    }
    return new Trust(clock, holdMs, { verdict, log: (message) => log.warn(message) }, service)
  }
}
