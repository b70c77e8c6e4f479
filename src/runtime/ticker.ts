/**
 * The ticker: takes the schedules that are due, a page at a time, steps them and makes their tasks. A schedule's record,
 * its due key and its tasks are one commit, and the id of a task names its instant: so one tick makes one task.
 */
import { NO_TICKS, type Now, type Ticks, tickId, ticksDue } from '../../machines/index.js'
import { heeded, tell } from '../kernel/telemetry.js'
import type { Timetable } from '../kernel/timetable.js'
import { isoTime } from '../model/duration.js'
import { HoldfastError } from '../model/errors.js'
import { dedupeKey } from '../model/keys.js'
import { type Scheduled, type ScheduleOrder, WHEN_TRUSTED } from './almanac.js'
import type { Dedupe } from './dedupe.js'
import type { Released } from './dispatch.js'
import type { Draft, DraftRules } from './draft.js'
import type { Jumps } from './jumps.js'
import { Rewind, type RewindParts } from './rewind.js'
import type { Routes } from './routes.js'
import { draftOfTemplate } from './schedule.js'
import { draftOfTick, KnownTasks, reasonOf } from './tick-tasks.js'
import { turnOf } from './turns.js'
import type { TaskUnit } from './unit.js'

/** Schedules stepped in one commit, and about how many tasks they make in it. */
const PAGE = 500
const MOST_TASKS = 1000
/** After so many instants that were only counted others have their turn. */
const MOST_COUNTED_AT_ONCE = 2000
/** How long a page waits for the schemas of its templates. */
const SCHEMA_MS = 10_000
/** Schedules that are known to have nothing waiting. */
const MOST_CALM = 10_000

export interface TickerParts extends RewindParts {
  readonly routes: Routes
  readonly dedupe: Dedupe
  readonly rules: DraftRules
  readonly table: Timetable
  readonly jumps: Jumps
  /** Whether the time of day can be believed, so that what it says may be kept. */
  readonly trusted: () => boolean
}

/** What a schedule has to deal with now, and when it is due again. */
interface Dues {
  readonly due: Ticks
  readonly next: number | null
}

/** A schedule whose turn it is. */
interface Turn extends Dues {
  readonly schedule: Scheduled
  /** A due key that is not its own: the end of a task woke it. */
  readonly woken: string | undefined
  template?: Draft
  fault?: string
}

export class Ticker {
  readonly #parts: TickerParts
  readonly #calm = new Set<string>()
  readonly #rewind: Rewind
  /** How often memory was forgotten: what was read before that counts no more. */
  #age = 0

  constructor(parts: TickerParts) {
    this.#parts = parts
    this.#rewind = new Rewind(parts)
  }

  /** A page of what is due; a clock that was set back goes before. */
  async page(): Promise<Released> {
    const age = this.#age
    try {
      const released = await this.#page()
      if (age === this.#age) return released
    } catch (error) {
      if (age === this.#age) throw error
    }
    // The disk failed meanwhile: who asked was held, and has asked anew. This answer would end that other page.
    return new Promise(() => undefined)
  }

  async #page(): Promise<Released> {
    const { table, admission } = this.#parts
    if (this.#rewind.underWay) return { count: await this.#rewind.page(), more: true }
    await this.#parts.ledger.commit.room()
    const due = await table.take(PAGE)
    const count = await admission.inTurn([...due.keys()].map(turnOf), () => this.#tickPage(due))
    await table.look()
    return { count, more: table.due }
  }

  /** The clock is right and below what it said before: what was not dealt with below may come again. */
  rewind(): void {
    this.#rewind.begin()
  }

  get rewinding(): boolean {
    return this.#rewind.underWay
  }

  /** A task came to its end: the next tick of its schedule may wait for that, in the same commit. */
  ended({ extras }: TaskUnit): void {
    const { schedule } = extras
    if (!schedule?.queue || this.#calm.has(schedule.id)) return
    this.#parts.almanac.wake(schedule.id, this.#parts.ledger.now())
  }

  /** A task was set aside, which is no end that would wake its schedule; only the id says whose it is. */
  lost(id: string): void {
    const at = id.indexOf('@')
    if (at > 0) this.#parts.almanac.wake(id.slice(0, at), this.#parts.ledger.now())
  }

  forget(): void {
    this.#age++
    this.#calm.clear()
    this.#rewind.again()
  }

  async #tickPage(keys: ReadonlyMap<string, string | undefined>): Promise<number> {
    const { ledger, almanac } = this.#parts
    const { commit } = ledger
    // From here on the end of a task wakes its schedule once more: what is read now may be older.
    for (const id of keys.keys()) this.#calm.delete(id)
    const found = await almanac.read([...keys.keys()])
    const turns: Turn[] = []
    let tasks = 0
    for (const [i, [id, key]] of [...keys].entries()) {
      const schedule = found[i]
      if (tasks > MOST_TASKS) break
      if (!schedule || schedule instanceof HoldfastError || schedule.status.state !== 'active') {
        if (schedule instanceof HoldfastError) this.#tellFault(id, '', `${schedule.code}: ${schedule.message}`)
        // A due key that no schedule stands behind would be found for ever.
        if (key !== undefined) commit.del(key)
        continue
      }
      const dues = this.#due(schedule)
      if (!dues) continue
      const { due } = dues
      turns.push({ ...dues, schedule, woken: key === schedule.stored ? undefined : key })
      tasks += due.make.length + schedule.status.context.open.length + 1
      if (due.passed >= MOST_COUNTED_AT_ONCE / 2) await new Promise<void>((resolve) => void setImmediate(resolve))
    }
    await this.#make(turns)
    await commit.durable()
    return turns.length
  }

  /** The instants that are due. Times that cannot be counted any more (a zone that is gone) pause their schedule. */
  #due(schedule: Scheduled): Dues | undefined {
    const { almanac } = this.#parts
    try {
      const due = this.#count(schedule)
      const { context, unsure } = schedule.status
      const seen = Math.max(context.seen, due.upTo ?? context.seen)
      return { due, next: unsure === null ? almanac.next(schedule, seen) : WHEN_TRUSTED }
    } catch (error) {
      almanac.step(schedule, { type: 'pause', now: this.#parts.ledger.now() })
      almanac.write(schedule)
      this.#tellFault(schedule.id, '', `it is paused: ${reasonOf(error)}`)
      return undefined
    }
  }

  /** What a clock in doubt said when the schedule was made means nothing. */
  #count(schedule: Scheduled): Ticks {
    const { ledger, almanac, trusted } = this.#parts
    const now = ledger.now()
    const { hand } = schedule.status.context
    const { unsure } = schedule.status
    if (hand === 'wall' && !trusted()) return NO_TICKS
    if (unsure !== null) {
      const since = Math.min(now.wall, now.wall - (now.steady - unsure))
      const context = { ...schedule.status.context, seen: since, spans: [[since, since]] as const }
      // What is counted from a moment to come would be silent until then.
      const anchor = Math.min(schedule.status.anchor, since)
      schedule.status = { ...schedule.status, context, anchor, unsure: null }
    }
    const { seen } = schedule.status.context
    return ticksDue(almanac.times(schedule), seen, now[hand], schedule.plan.missed, schedule.plan.until)
  }

  async #make(turns: Turn[]): Promise<void> {
    const { ledger, admission, dedupe, store, rules } = this.#parts
    const age = this.#age
    await Promise.all(turns.map((turn) => this.#prepare(turn, rules)))
    const ids = turns.flatMap(tickIdsOf)
    const keys = turns.flatMap(({ template }) =>
      template?.extras.key === undefined ? [] : [dedupeKey(template.kind.name, template.extras.key)],
    )
    await admission.inTurn([...ids, ...keys], async () => {
      const open = turns.flatMap(({ schedule }) => schedule.status.context.open)
      const known = await KnownTasks.of([...ids, ...open], store, ledger)
      const openOf = (some: readonly Turn[]) =>
        some.flatMap(({ schedule }) => schedule.status.context.open.filter((id) => known.open(id)))
      const replaced = openOf(
        turns.filter(({ schedule, due }) => schedule.plan.overlap === 'replace' && due.make.length > 0),
      )
      const awaited = openOf(turns.filter(({ schedule }) => schedule.plan.overlap === 'queue'))
      await ledger.directory.use([...replaced, ...awaited], async (units) => {
        const byId = new Map(units.flatMap((unit) => (unit ? [[unit.id, unit] as const] : [])))
        for (const id of replaced) {
          const unit = byId.get(id)
          if (unit) await admission.foresee(unit)
        }
        for (const { template } of turns)
          if (template?.extras.key !== undefined) await dedupe.lookup(template.kind.name, template.extras.key)
        // What was read may be older than the disk that came back.
        if (age !== this.#age) throw new HoldfastError('ERR_DEGRADED')
        for (const turn of turns) this.#tick(turn, known, byId)
      })
    })
  }

  /** The template as a draft, or why no task can be made of it. */
  async #prepare(turn: Turn, rules: DraftRules): Promise<void> {
    try {
      const draft = draftOfTemplate(rules, turn.schedule.plan.task, undefined)
      turn.template = draft instanceof Promise ? await this.#inTime(draft) : draft
    } catch (error) {
      turn.fault = reasonOf(error)
    }
  }

  /** A schema that never answers is a fault of its own schedule. */
  #inTime(draft: Promise<Draft>): Promise<Draft> {
    const { clock } = this.#parts.ledger
    return new Promise((resolve, reject) => {
      const late = new HoldfastError('ERR_INVALID_INPUT', `its schema did not answer within ${SCHEMA_MS} ms`)
      const alarm = clock.alarm('steady', clock.steady() + SCHEMA_MS, () => reject(late))
      draft.then(resolve, reject).finally(() => alarm.clear())
    })
  }

  #tick(turn: Turn, known: KnownTasks, units: ReadonlyMap<string, TaskUnit>): void {
    const { ledger, almanac, jumps } = this.#parts
    const { schedule, due, next, woken } = turn
    // With the step that it asked for: it must not be gone before that is on disk.
    if (woken !== undefined) ledger.commit.del(woken)
    const fault = turn.fault ?? this.#full(turn)
    const key = this.#keyOf(turn)
    const now = ledger.now()
    const { context, stepped } = schedule.status
    const ids = tickIdsOf(turn)
    const orders = almanac.step(schedule, {
      type: 'tick',
      now,
      due,
      next,
      unended: context.open.filter((id) => known.open(id)),
      existing: ids.filter((id) => known.has(id)),
      taken: ids.filter((id) => known.isOfOthers(id, schedule.id)),
      jumps: context.hand === 'wall' ? jumps.since(stepped) : [],
      ...(key === undefined ? {} : { key }),
      ...(fault === undefined ? {} : { fault }),
    })
    if (!orders) return
    almanac.write(schedule)
    // What it was to be made of was skipped, or a fault: no end will come that wakes those behind it.
    const { waiting, open } = schedule.status.context
    if (waiting.length > 0 && open.length === 0) almanac.wake(schedule.id, now)
    for (const order of orders) this.#play(order, turn, units, now)
    if (schedule.plan.overlap === 'queue') for (const id of context.open) this.#await(units.get(id))
    this.#remember(schedule)
  }

  /** Its end wakes its schedule, also when it was made at a time at which nothing waited for that. */
  #await(unit: TaskUnit | undefined): void {
    const mark = unit?.extras.schedule
    if (!unit || unit.ended || !mark || mark.queue) return
    unit.extras = { ...unit.extras, schedule: { ...mark, queue: true } }
    this.#parts.ledger.join(unit)
  }

  /** Why the route takes no more; those made before in this page count. */
  #full({ template, schedule, due }: Turn): string | undefined {
    const waiting = schedule.status.context.waiting.length > 0 ? 1 : 0
    try {
      this.#parts.routes.admit(template?.route ?? '', Math.max(due.make.length, waiting))
    } catch (error) {
      return reasonOf(error)
    }
    return undefined
  }

  /** Whether the key of the template is free; what is replaced gives it up. */
  #keyOf({ template, schedule }: Turn): 'held' | 'free' | undefined {
    if (template?.extras.key === undefined) return undefined
    const holder = this.#parts.dedupe.holder(template.kind.name, template.extras.key)
    const gives = schedule.plan.overlap === 'replace' && schedule.status.context.open.includes(holder ?? '')
    return holder === undefined || gives ? 'free' : 'held'
  }

  #remember({ id, status }: Scheduled): void {
    if (status.context.waiting.length > 0) return
    const [oldest] = this.#calm
    if (oldest !== undefined && this.#calm.size >= MOST_CALM) this.#calm.delete(oldest)
    this.#calm.add(id)
  }

  #play(order: ScheduleOrder, { schedule, template }: Turn, replaced: ReadonlyMap<string, TaskUnit>, now: Now): void {
    const { ledger, admission } = this.#parts
    const { commit, observers } = ledger
    const { id, status } = schedule
    const day = (at: number) => isoTime(status.context.hand === 'wall' ? at : at - now.steady + now.wall)
    if (order.type === 'replace') {
      for (const each of order.ids) {
        const unit = replaced.get(each)
        if (unit && !unit.ended) ledger.step(unit, { type: 'supersede', now })
      }
    } else if (order.type === 'make' && template) {
      for (const at of order.instants) {
        const task = tickId(id, status.context.hand, at)
        admission.make(draftOfTick(template, schedule, task, at, now))
        if (heeded('schedule.ticked')) commit.after(() => tell('schedule.ticked', () => ({ id, at: day(at), task })))
      }
      commit.after(() => observers.ticked({ schedule: id, outcome: 'made', count: order.instants.length }))
    } else if (order.type === 'skip') {
      for (const { reason, at, count } of order.skips) {
        commit.after(() => {
          tell('schedule.skipped', () => ({ id, at: day(at), count, reason }))
          observers.ticked({ schedule: id, outcome: 'skipped', count })
        })
      }
    } else if (order.type === 'fault') {
      for (const instant of order.instants) this.#tellFault(id, day(instant), order.reason)
    }
  }

  #tellFault(id: string, at: string, error: string): void {
    const { commit, observers, settings } = this.#parts.ledger
    commit.after(() => {
      settings.log.warn(`schedule '${id}' made no task${at === '' ? '' : ` for ${at}`}: ${error}`)
      tell('schedule.fault', () => ({ id, at, error }))
      observers.ticked({ schedule: id, outcome: 'fault', count: 1 })
    })
  }
}

/** The ids of the tasks that a turn may make. */
function tickIdsOf({ schedule, due }: Turn): string[] {
  const { id, context } = { id: schedule.id, context: schedule.status.context }
  return [...context.waiting, ...due.make].map((at) => tickId(id, context.hand, at))
}
