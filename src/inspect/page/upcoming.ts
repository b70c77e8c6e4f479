/** When schedules tick next: what the daemon says, and from there on by the same arithmetic as it goes by. */
import { Cron } from '../../model/cron.js'
import { Interval } from '../../model/interval.js'
import type { Recurrence } from '../../model/recurrence.js'
import type { ScheduleView } from '../../runtime/schedule-view.js'
import { countOf, lengthOf } from './words.js'

/** Of one schedule; more would be a line and no ticks. */
const MOST = 200

/** The ticks until a time, the next one first; of a rule only the next is known here. */
export function upcoming(schedule: ScheduleView, until: number): number[] {
  const { next, paused } = schedule
  const first = next === undefined ? Number.NaN : Date.parse(next)
  if (paused || Number.isNaN(first) || first > until) return []
  const recurrence = recurrenceOf(schedule, first)
  const end = Math.min(until, schedule.until === undefined ? until : Date.parse(schedule.until))
  const ticks = [first]
  while (recurrence && ticks.length < MOST) {
    const after = recurrence.next(ticks.at(-1) as number)
    if (after === undefined || after > end) break
    ticks.push(after)
  }
  return ticks
}

function recurrenceOf({ cron, timezone, every, at }: ScheduleView, first: number): Recurrence | undefined {
  try {
    if (cron !== undefined) return new Cron(cron, timezone ?? 'UTC')
    if (every !== undefined) return new Interval(every, first)
  } catch {
    // A newer daemon may know patterns that this page does not: the next tick it has said.
    return undefined
  }
  if (at === undefined) return undefined
  const times = at.map((each) => Date.parse(each)).sort((a, b) => a - b)
  return {
    next: (after) => times.find((time) => time > after),
    last: (upTo) => times.findLast((time) => time <= upTo),
  }
}

/** `every 5 min`, `0 3 * * * in Europe/Rome`. */
export function timesText(schedule: ScheduleView): string {
  const { cron, timezone, every, rrule, at } = schedule
  if (cron !== undefined) return `${cron}${timezone === undefined ? '' : `, ${timezone}`}`
  if (every !== undefined) return `every ${lengthOf(every)}`
  return rrule ?? countOf(at?.length ?? 0, 'date')
}
