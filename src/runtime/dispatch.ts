/**
 * What the supervisors do when their machines say so: the router's and the manifest's pages, the worker's starts.
 * The decisions are in machines/; here they meet tasks.
 */

import type { Interruption } from '../../machines/index.js'
import type { TaskLane } from '../model/keys.js'
import type { Admission } from './admission.js'
import type { Ledger } from './ledger.js'
import { mayStart } from './lifecycle.js'
import { retryOf } from './outcomes.js'
import type { Players } from './players.js'
import type { Deaths } from './recovery.js'
import type { Routes } from './routes.js'
import type { Runs } from './runs.js'
import type { TaskUnit } from './unit.js'

/** Tasks moved in one commit of the router or the manifest. */
const PAGE = 500

export interface Released {
  readonly count: number
  readonly more: boolean
}

export class Dispatch {
  readonly #ledger: Ledger
  readonly #routes: Routes
  readonly #runs: Runs
  readonly #players: Players
  readonly #admission: Admission
  readonly #inputOf: (id: string) => Promise<string | undefined>
  /** The process before died within this boot: timers of machines that were due by then, on the steady hand, may be why. */
  doubted: number | undefined

  constructor(parts: {
    ledger: Ledger
    routes: Routes
    runs: Runs
    players: Players
    admission: Admission
    inputOf: (id: string) => Promise<string | undefined>
  }) {
    this.#ledger = parts.ledger
    this.#routes = parts.routes
    this.#runs = parts.runs
    this.#players = parts.players
    this.#admission = parts.admission
    this.#inputOf = parts.inputOf
  }

  /** QUEUED → RUNNING; false when the task cannot start now. */
  start(unit: TaskUnit, paced = false): boolean {
    if (unit.lazy && !paced) return this.#ledger.commit.lazily(() => this.start(unit, true))
    if (!mayStart(unit) || unit.starting || this.#occupied(unit)) return false
    const now = this.#ledger.now()
    const { expires } = unit.context
    if (expires !== null && expires <= now.steady) {
      // What cannot be read now is found again by its due key.
      this.#fallDue(unit).catch(() => undefined)
      return false
    }
    this.#routes.occupy(unit)
    // A machine may come to its end while it begins, in the same commit: what that asks for has to be known before.
    const lookups = unit.kind.machine && this.#admission.foresee(unit)
    if (unit.kind.machine && (unit.input === undefined || lookups)) {
      void this.#startPrepared(unit, lookups)
      return true
    }
    return this.#begin(unit, now)
  }

  /** It has a run that is not over; one whose outcome is on disk is forgotten now. */
  #occupied(unit: TaskUnit): boolean {
    if (!this.#runs.of(unit.id)) return false
    this.#ledger.commit.tidy()
    return this.#runs.of(unit.id) !== undefined
  }

  /** On the newest version of its kind. */
  #begin(unit: TaskUnit, now = this.#ledger.now()): boolean {
    const { kind, extras } = unit
    const timeoutMs = extras.timeoutMs ?? kind.timeoutMs
    return this.#ledger.step(unit, { type: 'start', now, timeoutMs, version: kind.version })
  }

  /** A page of what is due on a lane: tasks go to their routes, failed ones back through the router. */
  async release(lane: TaskLane): Promise<Released> {
    const { directory, tables } = this.#ledger
    const due = [...(await tables[lane].take(PAGE))]
    const count = await directory.use(
      due.map(([id]) => id),
      (units) => this.#releasePage(lane, due, units),
    )
    await tables[lane].look()
    return { count, more: tables[lane].due }
  }

  async #releasePage(
    lane: TaskLane,
    due: readonly (readonly [id: string, key: string | undefined])[],
    units: readonly (TaskUnit | undefined)[],
  ): Promise<number> {
    const { commit, tables } = this.#ledger
    let count = 0
    await this.#suspect(units)
    for (const [i, [id, key]] of due.entries()) {
      const unit = units[i]
      // A due key that no record stands behind would be found for ever.
      if (key !== undefined && !unit?.storedDues.includes(key)) commit.del(key)
      if (!unit) continue
      if (await this.#fallDue(unit)) count++
      else if (unit.stored === 'live') tables[lane].set(id, unit.waits)
      else if (!unit.dirty && key !== undefined) this.#ledger.join(unit)
    }
    // What was found in the store is found there again until its commit.
    if (due.some(([, key]) => key !== undefined) || units.some((unit) => unit && !unit.lazy)) await commit.durable()
    return count
  }

  /** What may have killed the process before is counted, on disk, before it is played: a task cannot loop for ever. */
  async #suspect(units: readonly (TaskUnit | undefined)[]): Promise<void> {
    const { doubted } = this
    if (doubted === undefined) return
    const suspects = units.filter(
      (unit) => unit?.state === 'RUNNING' && unit.kind.machine && (unit.waits.steady ?? doubted + 1) <= doubted,
    ) as TaskUnit[]
    if (suspects.length === 0) return
    for (const unit of suspects) {
      // At most once, and it waited: it has not begun what is due.
      if (unit.judged || unit.context.atMostOnce) continue
      await this.interrupt(unit, { counted: true, forgiven: false })
    }
    await this.#ledger.commit.durable()
  }

  /** What the end of the process before means for a task that was in flight; a machine goes on where it was. */
  async interrupt(unit: TaskUnit, deaths: Deaths): Promise<void> {
    unit.judged = true
    unit.pins++
    await this.#admission.foresee(unit)
    unit.pins--
    this.#ledger.step(unit, this.#interruption(unit, deaths))
  }

  /**
   * The same for a task that is queued again, written when it starts; false for one that ends or goes on, and for one
   * that could not stand to be counted once too often.
   */
  interruptLater(unit: TaskUnit, deaths: Deaths): boolean {
    const event = this.#interruption(unit, deaths)
    const { atMostOnce, interruptions } = unit.context
    if (event.resumes || atMostOnce || interruptions + 1 >= event.limit) return false
    unit.judged = true
    this.#ledger.stepLater(unit, event)
    return true
  }

  #interruption({ kind }: TaskUnit, { counted, forgiven }: Deaths): Interruption {
    const { settings } = this.#ledger
    const resumes = kind.machine !== undefined
    return { type: 'interrupt', now: this.#ledger.now(), counted, forgiven, limit: settings.interruptions, resumes }
  }

  /** Whatever time has come for: expiry, the due time, a timer of the machine, its time limit, a retry. */
  async #fallDue(unit: TaskUnit): Promise<boolean> {
    await this.#admission.foresee(unit)
    const now = this.#ledger.now()
    const { state, context } = unit
    const passed = context.due !== null && context.due.at <= now[context.due.hand]
    if (state === 'SPOOLED' || state === 'QUEUED') {
      if (context.expires !== null && context.expires <= now.steady)
        return this.#ledger.step(unit, { type: 'expire', now })
      return state === 'SPOOLED' && passed && this.#ledger.step(unit, { type: 'due', now })
    }
    if (state === 'RUNNING') {
      const late = context.deadline !== null && context.deadline <= now.steady
      if (late || (unit.silentAt !== undefined && unit.silentAt <= now.steady)) {
        const type = late ? 'timeout' : 'silent'
        return this.#ledger.step(unit, { type, now, retry: retryOf(unit), random: Math.random() })
      }
      this.#players.fireDue(unit, now.steady)
      return unit.dirty
    }
    if (!passed || unit.running) return false
    const back = this.#ledger.step(unit, { type: 'retry', now, byHand: false })
    this.#ledger.step(unit, { type: 'due', now })
    return back
  }

  async #startPrepared(unit: TaskUnit, lookups: Promise<unknown> | undefined): Promise<void> {
    const known = await Promise.resolve(lookups).then(
      () => true,
      () => false,
    )
    unit.input ??= await this.#inputOf(unit.id).catch(() => undefined)
    const held = this.#routes.holds(unit)
    const started = known && !held && unit.input !== undefined && this.#begin(unit)
    if (!started && unit.state !== 'RUNNING') this.#routes.vacate(unit)
    // Held since: it stands in its queue again.
    if (held && mayStart(unit)) this.#routes.push(unit)
  }
}
