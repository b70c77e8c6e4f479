import type { ScheduleEntry } from '../../machines/index.js'
import { isoTime } from '../model/duration.js'
import type { ScheduleSource, ScheduleState } from '../model/schedule-record.js'
import type { Scheduled } from './almanac.js'
import type { ScheduleDefinition, ScheduledTask } from './schedule.js'

/** A line of what happened to a schedule, the oldest first; the latest 32 are kept. */
export interface ScheduleEvent {
  readonly type: ScheduleEntry['type']
  readonly at: string
  /** The tick it is about; the latest of several. */
  readonly instant?: string
  readonly count?: number
  /** There were more than `count`. */
  readonly more?: boolean
  /** Why ticks made no task: overlap, full, replaced, key, taken, missed, paused; or what went wrong. */
  readonly reason?: string
  /** How far the wall clock jumped. */
  readonly byMs?: number
}

/** A schedule as clients see it; times are ISO 8601, durations milliseconds. */
export interface ScheduleView {
  readonly id: string
  /** Whose it is: only there can it be changed. */
  readonly source: ScheduleSource
  readonly state: Exclude<ScheduleState, 'new'>
  readonly cron?: string
  readonly timezone?: string
  readonly every?: number
  readonly from?: string
  readonly rrule?: string
  readonly at?: readonly string[]
  readonly task: ScheduledTask
  readonly overlap: NonNullable<ScheduleDefinition['overlap']>
  readonly missed: {
    readonly policy: 'skip' | 'first' | 'last' | 'all'
    readonly window: number
    readonly limit: number
  }
  readonly clock: 'wall' | 'monotonic'
  readonly jitter: number
  readonly until?: string
  readonly count?: number
  readonly paused: boolean
  /** The next tick; none while it is paused, or ended, or was put by a clock that is in doubt. */
  readonly next?: string
  /** The tick that was made last. */
  readonly last?: string
  /** Ticks that wait for their predecessor. */
  readonly waiting: number
  /** How many ticks made a task, made none, passed while nothing ran, went wrong; how often it was triggered by hand. */
  readonly counters: {
    readonly made: number
    readonly skipped: number
    readonly missed: number
    readonly failed: number
    readonly triggered: number
  }
  readonly createdAt: string
  readonly history: readonly ScheduleEvent[]
}

/** `ahead` is what the wall hand is ahead of the steady one. */
export function viewOf({ id, plan, status }: Scheduled, ahead: number): ScheduleView {
  const { context: c, state, source } = status
  const day = (at: number) => isoTime(c.hand === 'wall' ? at : at + ahead)
  const { policy, windowMs, limit } = plan.missed
  return {
    id,
    source,
    state: state as ScheduleView['state'],
    ...timesOf(plan.times as unknown as Record<string, unknown>),
    task: plan.task as unknown as ScheduledTask,
    overlap: plan.overlap,
    missed: { policy, window: windowMs, limit },
    clock: plan.clock,
    jitter: plan.jitterMs,
    ...(plan.until === null ? {} : { until: isoTime(plan.until) }),
    ...(plan.count === null ? {} : { count: plan.count }),
    paused: state === 'paused',
    ...(c.next === null || status.unsure !== null ? {} : { next: day(c.next) }),
    ...(c.last === null ? {} : { last: day(c.last) }),
    waiting: c.waiting.length,
    counters: { made: c.made, skipped: c.skipped, missed: c.missed, failed: c.faults, triggered: c.triggered },
    createdAt: isoTime(status.createdAt),
    history: c.history.map(({ at, instant, ...rest }) => ({
      ...rest,
      at: isoTime(at),
      ...(instant === undefined ? {} : { instant: day(instant) }),
    })),
  }
}

function timesOf({ from, at, ...rest }: Record<string, unknown>): object {
  return {
    ...rest,
    ...(from === undefined ? {} : { from: isoTime(from as number) }),
    ...(at === undefined ? {} : { at: (at as number[]).map(isoTime) }),
  }
}
