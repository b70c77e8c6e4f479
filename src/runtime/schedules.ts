/**
 * The schedules of a runtime as users hold them. Each call is one thing done to one schedule, in turn with its ticks,
 * and answered when it is on disk.
 */
import { NO_TICKS, ticksDue } from '../../machines/index.js'
import type { Timetable } from '../kernel/timetable.js'
import type { Trust } from '../kernel/trust.js'
import { HoldfastError } from '../model/errors.js'
import { keyOf, rangeOf } from '../model/keys.js'
import type { SchedulePlan, ScheduleSource } from '../model/schedule-record.js'
import type { Store } from '../store/store.js'
import type { Admission } from './admission.js'
import { type Almanac, handOf, rulesOf, type Scheduled, scheduled, WHEN_TRUSTED } from './almanac.js'
import { invalid, onlyKnown, whole } from './checks.js'
import type { DraftRules } from './draft.js'
import type { Jumps } from './jumps.js'
import type { Ledger } from './ledger.js'
import {
  checkScheduleId,
  checkTimes,
  draftOfTemplate,
  naming,
  planOfSchedule,
  type ScheduleDefinition,
} from './schedule.js'
import { type ScheduleView, viewOf } from './schedule-view.js'
import { turnOf } from './turns.js'

export interface ScheduleList {
  /** At most this many, 1 to 1,000. Default 100. */
  readonly limit?: number
  /** Goes on where an earlier list ended. */
  readonly cursor?: string
}

export interface SchedulesParts {
  readonly store: Store
  readonly ledger: Ledger
  readonly admission: Admission
  readonly rules: DraftRules
  readonly almanac: Almanac
  readonly table: Timetable
  readonly trust: Trust
  readonly jumps: Jumps
}

/** How many there are, and which are the code's. */
export const META = 'm!schedules'

export class Schedules {
  readonly #parts: SchedulesParts
  #count = 0
  #code: readonly string[] = []

  constructor(parts: SchedulesParts) {
    this.#parts = parts
  }

  /** How many there are. */
  get size(): number {
    return this.#count
  }

  /** Makes a schedule, or changes the one that is there. */
  async put(id: string, definition: ScheduleDefinition, rules = this.#parts.rules): Promise<ScheduleView> {
    const where = `schedule '${checkScheduleId(id, 'schedules.put')}'`
    const plan = this.check(definition, where)
    await this.checkTemplate(plan, where, rules)
    await this.#inTurn(id, async () => {
      const [found] = await this.#parts.almanac.read([id])
      const present = found instanceof HoldfastError ? undefined : found
      if (rules.outside && present && !rules.kinds.shows(present.plan.task.kind))
        throw belongs(where, 'code', 'Give yours another name.')
      if (present?.status.source === 'code')
        throw belongs(where, 'code', 'Change it there; pause, resume and trigger work here.')
      if (plan.clock === 'wall') await this.#parts.trust.want()
      // From here on nothing waits: of calls at the same time each finds those before it.
      if (!found) this.#room()
      this.#define(id, present, plan, 'api')
      if (!found) this.#counted(1, this.#code)
      await this.#parts.ledger.commit.durable()
    })
    return this.get(id) as Promise<ScheduleView>
  }

  async get(id: string): Promise<ScheduleView | undefined> {
    const [found] = await this.#parts.almanac.read([checkScheduleId(id, 'schedules.get')])
    if (found instanceof HoldfastError) throw found
    return found && viewOf(found, this.#ahead)
  }

  /** A page of all schedules by their ids, and the cursor of the next. */
  async list(query: ScheduleList = {}): Promise<{ items: ScheduleView[]; cursor: string | undefined }> {
    onlyKnown(query, ['limit', 'cursor'], 'schedules.list')
    const limit = whole(query.limit ?? 100, 'schedules.list.limit', 1, 1000)
    const { cursor = '' } = query
    if (typeof cursor !== 'string') throw invalid('schedules.list.cursor', 'the cursor of an earlier list', cursor)
    // Two keys a schedule, one behind the other; `"` is right behind `!`.
    const from =
      cursor === '' ? rangeOf('schedule') : { gt: `${keyOf('schedule', cursor)}"`, lt: rangeOf('schedule').lt }
    const entries = await this.#parts.store.page({ ...from, limit: 2 * limit })
    const texts = new Map(entries)
    const ids = entries.flatMap(([key]) => (key.endsWith('!p') ? [] : [key.slice(2)]))
    // The second key of the last one may be on the next page.
    if (entries.length === 2 * limit && !entries.at(-1)?.[0].endsWith('!p')) ids.pop()
    const items = ids.flatMap((id) => {
      const found = scheduled(id, texts.get(keyOf('schedule', id)), texts.get(`${keyOf('schedule', id)}!p`))
      return found && !(found instanceof HoldfastError) ? [viewOf(found, this.#ahead)] : []
    })
    return { items, cursor: entries.length < 2 * limit ? undefined : ids.at(-1) }
  }

  /** No tick makes a task until `resume`; one that runs goes on. A pause lives over restarts. */
  pause(id: string): Promise<ScheduleView> {
    return this.#change(id, (schedule) => {
      const { state } = schedule.status
      if (state === 'paused') return
      if (state === 'ended') throw illegal(schedule, 'paused')
      const { almanac, ledger } = this.#parts
      almanac.step(schedule, { type: 'pause', now: ledger.now() })
      almanac.write(schedule)
    })
  }

  /** Ticks again. What passed meanwhile is skipped, and recorded. */
  resume(id: string): Promise<ScheduleView> {
    return this.#change(id, async (schedule) => {
      const { almanac, ledger, trust } = this.#parts
      const { state, context } = schedule.status
      if (state === 'active') return
      if (state === 'ended') throw illegal(schedule, 'resumed')
      if (context.hand === 'wall') await trust.want()
      const now = ledger.now()
      const seen = now[context.hand]
      const doubted = context.hand === 'wall' && !trust.trusted
      const { missed, until } = schedule.plan
      const due = doubted ? NO_TICKS : ticksDue(almanac.times(schedule), context.seen, seen, missed, until)
      const passed = { ...due, make: [], passed: due.passed + due.make.length }
      const next = doubted ? WHEN_TRUSTED : almanac.next(schedule, seen)
      almanac.step(schedule, { type: 'resume', now, passed, seen, next })
      if (doubted) schedule.status = { ...schedule.status, unsure: now.steady }
      almanac.write(schedule)
      if (context.waiting.length > 0) almanac.wake(id, now)
    })
  }

  /** The schedule is gone; its tasks stay. */
  async remove(id: string): Promise<void> {
    const where = `schedule '${checkScheduleId(id, 'schedules.remove')}'`
    await this.#inTurn(id, async () => {
      const { almanac, ledger } = this.#parts
      const [found] = await almanac.read([id])
      if (!found) throw new HoldfastError('ERR_NOT_FOUND', `no ${where}`)
      if (found instanceof HoldfastError) almanac.remove({ id, stored: undefined })
      else if (found.status.source === 'code') throw belongs(where, 'code', 'Take it out of `schedules` there.')
      else almanac.remove(found)
      this.#counted(-1, this.#code)
      await ledger.commit.durable()
    })
  }

  /** The checked plan of a definition. @throws naming the schedule and the part that is wrong */
  check(definition: ScheduleDefinition, where: string): SchedulePlan {
    const { ledger } = this.#parts
    try {
      const plan = planOfSchedule(definition, where, ledger.settings.limits.input)
      checkTimes(plan, ledger.clock.wall(), where)
      return plan
    } catch (error) {
      throw naming(where, error)
    }
  }

  /** Checks the template of a plan; a promise only when a schema gives one. */
  checkTemplate(plan: SchedulePlan, where: string, rules = this.#parts.rules): Promise<unknown> | undefined {
    const refuse = (error: unknown) => {
      throw naming(`${where}: task`, error)
    }
    try {
      const draft = draftOfTemplate(rules, plan.task, undefined)
      return draft instanceof Promise ? draft.catch(refuse) : undefined
    } catch (error) {
      return refuse(error)
    }
  }

  /** The definition becomes the schedule's, in its turn; what has not changed is not written. */
  #define(id: string, present: Scheduled | undefined, plan: SchedulePlan, source: ScheduleSource): void {
    const { almanac, ledger, trust } = this.#parts
    if (isSame(present, plan)) return
    const hand = handOf(plan)
    const now = ledger.now()
    const schedule = present ?? almanac.fresh(id, plan, source, now)
    const before = schedule.plan
    const { state, context, anchor } = schedule.status
    const moved = !present || timesOf(before) !== timesOf(plan)
    // From now on, also where it had gone ahead of a clock that was set back: its spans say what was dealt with.
    const seen = moved || state === 'ended' ? now[hand] : context.seen
    schedule.plan = plan
    const unsure = moved ? (hand === 'wall' && !trust.trusted ? now.steady : null) : schedule.status.unsure
    schedule.status = { ...schedule.status, anchor: moved ? now[hand] : anchor, unsure }
    const paused = present && before.paused === plan.paused ? {} : { paused: plan.paused }
    // The spans of one hand say nothing of the instants of the other.
    if (hand !== context.hand) schedule.status = { ...schedule.status, context: { ...context, spans: [] } }
    const next = unsure === null ? almanac.next(schedule, seen) : WHEN_TRUSTED
    almanac.step(schedule, { type: 'put', now, hand, rules: rulesOf(plan), seen, next, ...paused })
    almanac.write(schedule, true)
    const { status } = schedule
    // It may be at its end, or go on with what waited while it was paused: the ticker knows.
    if (status.state === 'active' && (next === null || status.context.waiting.length > 0)) almanac.wake(id, now)
  }

  /** Reads how many there are, and which are the code's. */
  async read(): Promise<void> {
    const { store, jumps } = this.#parts
    const meta = JSON.parse((await store.get(META)) ?? '{}') as { count?: number; code?: string[] }
    this.#count = meta.count ?? 0
    this.#code = meta.code ?? []
    await jumps.read()
  }

  /** From here on what is due is made; finds when the nearest is. */
  async begin(): Promise<void> {
    const { table, trust } = this.#parts
    await table.look()
    // Nobody waits for that: until it is known the wall hand is held.
    if (table.awaits('wall')) void trust.want()
  }

  /** The schedules of the code take the place of those that it had before; without a change nothing is written. */
  async adopt(plans: ReadonlyMap<string, SchedulePlan>): Promise<void> {
    const { almanac, trust, ledger } = this.#parts
    const ids = [...plans.keys()]
    const known = new Set(this.#code)
    if (ids.length + known.size === 0) return
    const present = await almanac.read(ids)
    const there = (i: number) =>
      present[i] instanceof HoldfastError ? undefined : (present[i] as Scheduled | undefined)
    const foreign = ids.find((_, i) => there(i)?.status.source === 'api')
    if (foreign !== undefined)
      throw belongs(
        `schedule '${foreign}'`,
        'the API',
        'Give the one in `schedules` another name, or remove that one first.',
      )
    const gone = (await almanac.read(this.#code.filter((id) => !plans.has(id)))).filter((each) => each !== undefined)
    const added = present.filter((each) => each === undefined).length
    this.#room(this.#count + added - gone.length)
    const changed = new Set(ids.filter((id, i) => !isSame(there(i), plans.get(id) as SchedulePlan)))
    if ([...changed].some((id) => plans.get(id)?.clock === 'wall')) await trust.want()
    for (const found of gone) if (!(found instanceof HoldfastError)) almanac.remove(found)
    for (const [i, id] of ids.entries())
      if (changed.has(id)) this.#define(id, there(i), plans.get(id) as SchedulePlan, 'code')
    if (known.size !== ids.length || ids.some((id) => !known.has(id))) this.#counted(added - gone.length, ids)
    // Nothing ticks by a definition that is about to change.
    if (changed.size + gone.length > 0) await ledger.commit.durable()
  }

  async #change(id: string, act: (schedule: Scheduled) => Promise<void> | void): Promise<ScheduleView> {
    checkScheduleId(id, 'schedules')
    return this.#inTurn(id, async () => {
      const schedule = await this.#parts.almanac.get(id)
      await act(schedule)
      await this.#parts.ledger.commit.durable()
      return viewOf(schedule, this.#ahead)
    })
  }

  #inTurn<T>(id: string, work: () => Promise<T>): Promise<T> {
    return this.#parts.admission.inTurn([turnOf(id)], work)
  }

  get #ahead(): number {
    const { clock } = this.#parts.ledger
    return clock.wall() - clock.steady()
  }

  #room(count = this.#count + 1): void {
    const { schedules } = this.#parts.ledger.settings.limits
    if (count > schedules)
      throw new HoldfastError('ERR_TOO_MANY', `${count} schedules, the limit is ${schedules}`, {
        hint: 'Remove some, or raise `limits.schedules`.',
      })
  }

  #counted(change: number, code: readonly string[]): void {
    this.#count += change
    this.#code = code
    this.#parts.ledger.commit.put(META, JSON.stringify({ count: this.#count, code }))
  }
}

function isSame(present: Scheduled | undefined, plan: SchedulePlan): boolean {
  return present !== undefined && JSON.stringify(present.plan) === JSON.stringify(plan)
}

function timesOf({ times, clock }: SchedulePlan): string {
  return JSON.stringify([times, clock])
}

function belongs(where: string, owner: string, hint: string): HoldfastError {
  return new HoldfastError('ERR_INVALID_SCHEDULE', `${where} belongs to ${owner}`, { hint })
}

function illegal({ id, status }: Scheduled, done: string): HoldfastError {
  return new HoldfastError('ERR_ILLEGAL_TRANSITION', `schedule '${id}' is ${status.state} and cannot be ${done}`, {
    hint: 'An ended schedule goes on when it is put again with instants to come.',
  })
}
