/**
 * The almanac: how schedules are read, stepped and written. They live on disk; each call reads those it is about, steps
 * them and puts them into the filling commit. Whoever calls does one thing to a schedule at a time (Admission.inTurn),
 * so what is read is the latest.
 */
import type { SnapshotFrom } from 'xstate'
import {
  type Now,
  type ScheduleContext,
  type ScheduleEvent,
  scheduleMachine,
  type TickPlan,
  type Times,
  untouched,
} from '../../machines/index.js'
import { pureScope } from '../kernel/pure.js'
import type { Timetable } from '../kernel/timetable.js'
import { HoldfastError } from '../model/errors.js'
import { dueKey, keyOf, planKey } from '../model/keys.js'
import { type Recurrence, recurrenceOf } from '../model/recurrence.js'
import {
  decodeStatus,
  encodeStatus,
  type SchedulePlan,
  type ScheduleSource,
  type ScheduleState,
  type ScheduleStatus,
} from '../model/schedule-record.js'
import type { GroupCommit } from '../store/commit.js'
import type { Store } from '../store/store.js'
import type { Jumps } from './jumps.js'

/** A schedule as it was read, and as it is stepped. */
export interface Scheduled {
  readonly id: string
  plan: SchedulePlan
  status: ScheduleStatus
  /** Its due key on disk. */
  readonly stored: string | undefined
  /** What it heard last. */
  heard?: string
}

/** What a step of a schedule asks for. */
export type ScheduleOrder =
  | { readonly type: 'make'; readonly instants: readonly number[]; readonly id?: string }
  | { readonly type: 'replace'; readonly ids: readonly string[] }
  | { readonly type: 'skip'; readonly skips: TickPlan['skips'] }
  | { readonly type: 'fault'; readonly instants: readonly number[]; readonly reason: string }

/** Before all time: what is due when is counted as soon as the clock is believed. */
export const WHEN_TRUSTED = 0
/** Patterns that were parsed and are likely to be asked for again. */
const MOST_PATTERNS = 1000

let orders: ScheduleOrder[] = []
const scope = pureScope('schedule', (type, params) => {
  orders.push({ type, ...(params as object) } as ScheduleOrder)
})

export class Almanac {
  readonly #store: Store
  readonly #commit: Pick<GroupCommit, 'put' | 'del' | 'after'>
  readonly #table: Pick<Timetable, 'stored'>
  readonly #jumps: Pick<Jumps, 'count'>
  readonly #told: (id: string, schedule?: Scheduled) => void
  readonly #patterns = new Map<string, Recurrence>()

  /** `told` hears of each that is put into the filling commit, and of each that leaves the store with it. */
  constructor(
    store: Store,
    commit: Pick<GroupCommit, 'put' | 'del' | 'after'>,
    table: Pick<Timetable, 'stored'>,
    jumps: Pick<Jumps, 'count'>,
    told: (id: string, schedule?: Scheduled) => void = () => undefined,
  ) {
    this.#store = store
    this.#commit = commit
    this.#table = table
    this.#jumps = jumps
    this.#told = told
  }

  /** Some schedules as the disk has them; an error where a record is damaged. */
  async read(ids: readonly string[]): Promise<(Scheduled | HoldfastError | undefined)[]> {
    const texts = await this.#store.getMany(ids.flatMap((id) => [keyOf('schedule', id), planKey(id)]))
    return ids.map((id, i) => scheduled(id, texts[2 * i], texts[2 * i + 1]))
  }

  /** @throws ERR_NOT_FOUND, ERR_STORE_CORRUPT */
  async get(id: string): Promise<Scheduled> {
    const [found] = await this.read([id])
    if (!found) throw new HoldfastError('ERR_NOT_FOUND', `no schedule '${id}'`)
    if (found instanceof HoldfastError) throw found
    return found
  }

  /** A schedule that is not there yet; its first step is its `put`. */
  fresh(id: string, plan: SchedulePlan, source: ScheduleSource, now: Now): Scheduled {
    const hand = handOf(plan)
    const seen = now[hand]
    const context: ScheduleContext = {
      id,
      hand,
      rules: rulesOf(plan),
      seen,
      spans: [[seen, seen]],
      next: null,
      last: null,
      made: 0,
      skipped: 0,
      missed: 0,
      faults: 0,
      triggered: 0,
      open: [],
      waiting: [],
      history: [],
    }
    const status = {
      state: 'new',
      context,
      source,
      anchor: seen,
      createdAt: now.wall,
      stepped: this.#jumps.count,
      unsure: null,
    }
    return { id, plan, status: status as ScheduleStatus, stored: undefined }
  }

  /** The instants of a schedule that were not dealt with. */
  times({ plan, status }: Scheduled): Times {
    return untouched(this.#pattern(plan, status.anchor), status.context.spans)
  }

  /** All of its instants. */
  pattern({ plan, status }: Scheduled): Times {
    return this.#pattern(plan, status.anchor)
  }

  /** The first instant to come after `after`, or null when there is none. */
  next(schedule: Scheduled, after: number): number | null {
    const next = this.times(schedule).next(after)
    const { until } = schedule.plan
    return next === undefined || (until !== null && next > until) ? null : next
  }

  /** One step; `undefined` when the event means nothing in its state. */
  step(schedule: Scheduled, event: ScheduleEvent): readonly ScheduleOrder[] | undefined {
    orders = []
    const { state, context } = schedule.status
    const before = snapshotOf(state, context)
    const after = scheduleMachine.transition(before, event, scope as never)
    if (after === before) return undefined
    schedule.heard = event.type
    schedule.status = {
      ...schedule.status,
      state: after.value as ScheduleState,
      context: after.context,
      stepped: event.type === 'tick' ? this.#jumps.count : schedule.status.stepped,
    }
    return orders
  }

  /** Puts it into the filling commit; the timetable hears of its next instant when that is on disk. */
  write(schedule: Scheduled, withPlan = false): void {
    const { id, plan, status, stored } = schedule
    this.#told(id, schedule)
    this.#commit.put(keyOf('schedule', id), encodeStatus(status))
    if (withPlan) this.#commit.put(planKey(id), JSON.stringify(plan))
    const due = dueKeyOf(status)
    if (stored !== undefined && stored !== due) this.#commit.del(stored)
    const { hand, next } = status.context
    if (due === undefined || next === null) return
    if (due !== stored) this.#commit.put(due, '')
    this.#commit.after(() => this.#table.stored(hand, next))
  }

  /** Has the ticker look at it once more, also after a cut. */
  wake(id: string, now: Now): void {
    this.#commit.put(dueKey('schedule', 'steady', now.steady, id), '')
    this.#commit.after(() => this.#table.stored('steady', now.steady))
  }

  remove({ id, stored }: Pick<Scheduled, 'id' | 'stored'>): void {
    this.#commit.del(keyOf('schedule', id))
    this.#commit.del(planKey(id))
    if (stored !== undefined) this.#commit.del(stored)
    this.#told(id)
  }

  #pattern(plan: SchedulePlan, anchor: number): Recurrence {
    const key = `${anchor} ${JSON.stringify(plan.times)}`
    const known = this.#patterns.get(key)
    if (known) return known
    const [oldest] = this.#patterns.keys()
    if (oldest !== undefined && this.#patterns.size >= MOST_PATTERNS) this.#patterns.delete(oldest)
    const pattern = recurrenceOf(plan.times, anchor)
    this.#patterns.set(key, pattern)
    return pattern
  }
}

type Snapshot = SnapshotFrom<typeof scheduleMachine>

/** Each state is resolved once and its snapshot copied, as those of tasks are. */
const templates = new Map<ScheduleState, Snapshot>()

function snapshotOf(state: ScheduleState, context: ScheduleContext): Snapshot {
  const template = templates.get(state) ?? scheduleMachine.resolveState({ value: state, context })
  templates.set(state, template)
  return { ...template, context } as Snapshot
}

export function handOf(plan: SchedulePlan): 'wall' | 'steady' {
  return plan.clock === 'wall' ? 'wall' : 'steady'
}

export function rulesOf({ overlap, count, queueLimit }: SchedulePlan): ScheduleContext['rules'] {
  return { overlap, count, queueLimit }
}

function dueKeyOf({ state, context }: ScheduleStatus): string | undefined {
  if (state !== 'active' || context.next === null) return undefined
  return dueKey('schedule', context.hand, context.next, context.id)
}

/** A schedule out of its two texts. */
export function scheduled(
  id: string,
  status: string | undefined,
  plan: string | undefined,
): Scheduled | HoldfastError | undefined {
  if (status === undefined) return undefined
  try {
    const found = decodeStatus(id, status)
    if (plan === undefined)
      throw new HoldfastError('ERR_STORE_CORRUPT', `the definition of schedule '${id}' is missing`)
    return { id, plan: JSON.parse(plan) as SchedulePlan, status: found, stored: dueKeyOf(found) }
  } catch (error) {
    if (error instanceof HoldfastError) return error
    return new HoldfastError('ERR_STORE_CORRUPT', `schedule '${id}' is damaged`, { cause: error })
  }
}
