/**
 * The plan of a tick: which of the instants that are due become tasks, which give way, which wait. A function of the
 * record and the event alone; the statechart asks it and does nothing else.
 */
import type { ScheduleContext, ScheduleEvent, ScheduleRules, Tick } from './schedule.js'
import { tickId } from './ticks.js'

export type Overlap = 'skip' | 'queue' | 'allow' | 'replace'
/** Why ticks made no task. */
export type SkipReason = 'overlap' | 'full' | 'replaced' | 'key' | 'taken' | 'missed' | 'paused'

/** What a step asks for. */
export interface TickPlan {
  readonly make: readonly number[]
  readonly replace: readonly string[]
  readonly skips: readonly { readonly reason: SkipReason; readonly at: number; readonly count: number }[]
  readonly faults: readonly number[]
  readonly waiting: readonly number[]
}

const NOTHING: TickPlan = { make: [], replace: [], skips: [], faults: [], waiting: [] }

/** Which of the instants become tasks, as a function of the record and the event alone. */
export function planOf(context: ScheduleContext, event: ScheduleEvent): TickPlan {
  if (event.type !== 'tick') return { ...NOTHING, waiting: context.waiting }
  const { rules } = context
  const existing = new Set(event.existing)
  const others = new Set(event.taken)
  const idOf = (at: number) => tickId(context.id, context.hand, at)
  const fresh = (at: number) => !existing.has(idOf(at))
  const waiting = context.waiting.filter(fresh)
  const room = rules.count === null ? Number.POSITIVE_INFINITY : rules.count - context.made - waiting.length
  const wanted = event.due.make.filter(fresh).slice(0, Math.max(0, room))
  const plan = overlapping(rules, event, waiting, wanted)
  const passed = event.due.passed
  const taken = others.size === 0 ? [] : [...context.waiting, ...event.due.make].filter((at) => others.has(idOf(at)))
  const missed =
    passed > 0
      ? [{ reason: 'missed' as const, at: event.due.lapsed ?? event.due.upTo ?? event.now.wall, count: passed }]
      : []
  const beside = [...skip('taken', taken), ...missed]
  if (event.fault !== undefined) {
    return { ...plan, make: [], replace: [], faults: plan.make, skips: [...plan.skips, ...beside] }
  }
  const keyed = event.key === undefined ? plan.make.length : event.key === 'held' ? 0 : 1
  const skips = [...plan.skips, ...skip('key', plan.make.slice(keyed)), ...beside]
  return { ...plan, make: plan.make.slice(0, keyed), skips }
}

function overlapping(
  rules: ScheduleRules,
  event: Tick,
  waiting: readonly number[],
  wanted: readonly number[],
): TickPlan {
  const busy = event.unended.length > 0
  switch (rules.overlap) {
    case 'allow':
      return { ...NOTHING, make: wanted }
    case 'skip':
      return busy ? { ...NOTHING, skips: skip('overlap', wanted) } : { ...NOTHING, make: wanted }
    case 'queue': {
      const all = [...waiting, ...wanted]
      const first = busy ? 0 : 1
      const end = first + rules.queueLimit
      return {
        ...NOTHING,
        make: all.slice(0, first),
        waiting: all.slice(first, end),
        skips: skip('full', all.slice(end)),
      }
    }
    default:
      return {
        ...NOTHING,
        make: wanted.slice(-1),
        replace: wanted.length > 0 ? event.unended : [],
        skips: skip('replaced', wanted.slice(0, -1)),
      }
  }
}

function skip(reason: SkipReason, instants: readonly number[]) {
  const at = instants.at(-1)
  return at === undefined ? [] : [{ reason, at, count: instants.length }]
}
