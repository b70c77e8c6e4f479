/**
 * Recovery is nothing but reading the directory: live records are scanned, indexes are rebuilt, and what was in
 * flight is taken up again. Dormant and ended records are not read. The same is done after the disk failed.
 */
import { tell } from '../kernel/telemetry.js'
import { idOf, rangeOf } from '../model/keys.js'
import type { Store } from '../store/store.js'
import type { Dispatch } from './dispatch.js'
import type { Flows } from './flows.js'
import type { Ledger } from './ledger.js'
import type { Players } from './players.js'
import type { Routes } from './routes.js'
import type { Runs } from './runs.js'
import type { Shelf } from './shelf.js'
import type { TaskUnit } from './unit.js'

/** What the end of the process before means for the tasks that were running. */
export interface Deaths {
  /** The process died within this boot of the board: it counts against them. */
  readonly counted: boolean
  /** The process ended cleanly: their count starts afresh. */
  readonly forgiven: boolean
}

const PAGE = 1000
/** Interrupted runs that are on disk as queued again before anybody can look; those beyond are when they start. */
const AT_ONCE = 1000

interface Parts {
  readonly store: Store
  readonly ledger: Ledger
  readonly dispatch: Dispatch
  readonly routes: Routes
  readonly runs: Runs
  readonly players: Players
  readonly shelf: Shelf
  readonly flows: Flows
}

export class Recovery {
  readonly #parts: Parts
  /** Machines that were in flight and have no slot yet. */
  readonly #resumed: TaskUnit[] = []
  /** Interrupted runs that are still written before anybody can look: all of them, but where very many are recovered. */
  #atOnce = Number.POSITIVE_INFINITY

  constructor(parts: Parts) {
    this.#parts = parts
  }

  async recover(deaths: Deaths): Promise<void> {
    const { store, ledger, dispatch } = this.#parts
    tell('recovery.begin', () => ({}))
    const begun = ledger.clock.steady()
    dispatch.doubted = deaths.counted ? begun : undefined
    // Of one that the disk cut short.
    this.#resumed.length = 0
    this.#atOnce = AT_ONCE
    const found = { queued: 0, waiting: 0, running: 0, quarantined: 0 }
    for await (const page of store.scan({ ...rangeOf('live'), limit: PAGE })) {
      for (const [key, text] of page) {
        const read = this.#parts.shelf.unit(idOf(key), 'live', text, undefined)
        const unit = read instanceof Promise ? await read : read
        if (!unit) {
          found.quarantined++
          continue
        }
        if (unit.state === 'RUNNING') found.running++
        else if (unit.state === 'QUEUED') found.queued++
        else found.waiting++
        const taking = this.#place(unit, deaths)
        if (taking) await taking
      }
    }
    this.#atOnce = Number.POSITIVE_INFINITY
    this.#parts.runs.orphan((run) => run.unit !== ledger.directory.resident(run.id))
    // A stopped run that has not settled keeps its slot over this, too.
    for (const run of this.#parts.runs.unwanted()) this.#parts.routes.occupy(run.unit, run.route, run.unit.slotKey)
    this.#reserve()
    await ledger.tables.task.look()
    await ledger.tables.retry.look()
    await this.#parts.flows.look()
    tell('recovery.end', () => ({ ...found, tookMs: ledger.clock.steady() - begun }))
  }

  /** A restarted part is told again what there is: what sleeps is read, what is in memory is newer. */
  async reindex(): Promise<void> {
    const { store, ledger, routes, shelf } = this.#parts
    await ledger.commit.durable()
    for await (const page of store.scan({ ...rangeOf('live'), limit: PAGE })) {
      for (const [key, text] of page) {
        const id = idOf(key)
        const unit = ledger.directory.resident(id) ?? (await shelf.unit(id, 'live', text, undefined))
        if (!unit || unit.ended) continue
        if (unit.state === 'QUEUED' && !unit.context.paused) routes.push(unit)
        this.#await(unit)
      }
    }
    await ledger.tables.task.look()
    await ledger.tables.retry.look()
    await this.#parts.flows.look()
  }

  /** One task that came back from quarantine. */
  async takeBack(id: string): Promise<void> {
    await this.#parts.ledger.directory.use([id], async ([unit]) => {
      if (unit && !unit.ended) await this.#place(unit, { counted: false, forgiven: false })
      if (unit) await this.#parts.flows.review(unit)
      this.#reserve()
    })
  }

  #place(unit: TaskUnit, deaths: Deaths): Promise<unknown> | undefined {
    const { routes } = this.#parts
    if (unit.state === 'RUNNING') return this.#takeUp(unit, deaths)
    if (deaths.forgiven && unit.state === 'QUEUED' && unit.context.interruptions > 0) this.#forgive(unit)
    if (unit.state === 'QUEUED' && !unit.context.paused) routes.push(unit)
    // One that is queued may wait for its turn longer than it may wait at all.
    if (unit.state !== 'QUEUED' || unit.context.expires !== null) this.#await(unit)
    return undefined
  }

  /** Machines in flight take what the runs that live have left of the slots. */
  #reserve(): void {
    for (const unit of this.#resumed.splice(0)) if (unit.busy) this.#parts.routes.reserve(unit)
  }

  /** A clean stop lay between: what was counted against a task that waits for its next run counts no more. */
  #forgive(unit: TaskUnit): void {
    const { ledger } = this.#parts
    ledger.directory.admit(unit)
    ledger.step(unit, { type: 'forgive', now: ledger.now() })
  }

  #await(unit: TaskUnit): void {
    const waits = unit.waits
    this.#parts.ledger.tables[waits.lane].set(unit.id, waits)
  }

  /** What was RUNNING: its run lives on in this process, its machine goes on, or it was interrupted. */
  #takeUp(unit: TaskUnit, deaths: Deaths): Promise<void> | undefined {
    const { ledger, dispatch, routes, runs } = this.#parts
    const run = runs.of(unit.id)
    if (run && run.attempt === unit.context.attempt && run.wanted) {
      ledger.directory.admit(unit)
      routes.occupy(unit)
      runs.adopt(run, unit)
      return undefined
    }
    if (unit.parked) {
      this.#await(unit)
      return undefined
    }
    ledger.directory.admit(unit)
    if (this.#atOnce > 0) this.#atOnce--
    else if (dispatch.interruptLater(unit, deaths)) return undefined
    return this.#interrupt(unit, deaths)
  }

  async #interrupt(unit: TaskUnit, deaths: Deaths): Promise<void> {
    await this.#parts.dispatch.interrupt(unit, deaths)
    if (unit.kind.machine && unit.state === 'RUNNING') {
      this.#parts.players.resume(unit)
      this.#resumed.push(unit)
      this.#await(unit)
    }
  }
}
