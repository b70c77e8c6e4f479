/**
 * One schedule: it makes tasks at points in time until it is paused or comes to its end. Pure: each event carries the
 * instants it is decided by, which of its tasks have not ended, and what stands in the way. The context is its record.
 * What it asks for leaves through the ports `make`, `replace`, `skip` and `fault`, in the commit of the step.
 */
import { setup } from 'xstate'
import { type Overlap, planOf, type TickPlan } from './plan.js'
import type { Now } from './task.js'
import { grown, rewound, type Spans, type Ticks, tickId } from './ticks.js'

/** One line of what happened to a schedule; `at` on the wall clock, `instant` on its own hand. */
export interface ScheduleEntry {
  readonly type:
    | 'made' | 'skipped' | 'fault' | 'triggered' | 'backfilled' | 'paused' | 'resumed' | 'changed' | 'stepped' | 'ended' // biome-ignore format: a list
  readonly at: number
  readonly instant?: number
  readonly count?: number
  /** More than `count`: they were not counted on. */
  readonly more?: boolean
  readonly reason?: string
  readonly byMs?: number
}

/** What it goes by, out of its definition. */
export interface ScheduleRules {
  readonly overlap: Overlap
  /** Ends when that many tasks were made. */
  readonly count: number | null
  /** Ticks that may wait for their predecessor. */
  readonly queueLimit: number
}

export interface ScheduleContext {
  readonly id: string
  readonly hand: 'wall' | 'steady'
  readonly rules: ScheduleRules
  /** Everything up to here is dealt with. */
  readonly seen: number
  readonly spans: Spans
  readonly next: number | null
  /** The instant that was made last. */
  readonly last: number | null
  readonly made: number
  readonly skipped: number
  readonly missed: number
  readonly faults: number
  readonly triggered: number
  /** Ids of its tasks that may not have ended. */
  readonly open: readonly string[]
  /** Instants that wait for their predecessor. */
  readonly waiting: readonly number[]
  readonly history: readonly ScheduleEntry[]
}

export interface Jump {
  readonly at: number
  readonly byMs: number
}

interface Timed {
  readonly now: Now
}

export type ScheduleEvent =
  | (Timed & {
      readonly type: 'put'
      readonly hand: 'wall' | 'steady'
      readonly rules: ScheduleRules
      readonly seen: number
      readonly next: number | null
      /** What the definition asks for; left out when that did not change. */
      readonly paused?: boolean
    })
  | (Timed & {
      readonly type: 'tick'
      readonly due: Ticks
      readonly next: number | null
      /** Those of its open tasks that have not ended. */
      readonly unended: readonly string[]
      /** Ids of ticks that have their task already. */
      readonly existing: readonly string[]
      /** Those of them that are tasks of somebody else. */
      readonly taken?: readonly string[]
      /** The template has a dedupe key: one task at a time, none while another holds it. */
      readonly key?: 'held' | 'free'
      /** Why no task can be made of the template now. */
      readonly fault?: string
      /** Jumps of the clock since the last step. */
      readonly jumps: readonly Jump[]
    })
  | (Timed & { readonly type: 'pause' })
  | (Timed & { readonly type: 'resume'; readonly passed: Ticks; readonly seen: number; readonly next: number | null })
  | (Timed & { readonly type: 'trigger'; readonly id: string; readonly unended: readonly string[] })
  | (Timed & { readonly type: 'backfilled'; readonly count: number })
  | (Timed & { readonly type: 'rewind'; readonly seen: number; readonly next: number | null })

export type Tick = Extract<ScheduleEvent, { type: 'tick' }>

const HISTORY = 32
function noted(context: ScheduleContext, ...entries: readonly ScheduleEntry[]): readonly ScheduleEntry[] {
  return [...context.history, ...entries].slice(-HISTORY)
}

function entriesOf(plan: TickPlan, event: Tick): ScheduleEntry[] {
  const at = event.now.wall
  const many = (instants: readonly number[]) => ({
    instant: instants.at(-1) as number,
    ...(instants.length > 1 ? { count: instants.length } : {}),
  })
  return [
    ...event.jumps.map((jump) => ({ type: 'stepped' as const, ...jump })),
    ...plan.skips.map(({ reason, at: instant, count }) => ({
      type: 'skipped' as const, at, instant, reason, ...(count > 1 ? { count } : {}),
      ...(reason === 'missed' && event.due.more ? { more: true } : {}),
    })), // biome-ignore format: two lines read better
    ...(plan.faults.length > 0
      ? [{ type: 'fault' as const, at, ...many(plan.faults), reason: event.fault ?? '' }]
      : []),
    ...(plan.make.length > 0 ? [{ type: 'made' as const, at, ...many(plan.make) }] : []),
  ]
}

const base = setup({
  types: {
    context: {} as ScheduleContext,
    events: {} as ScheduleEvent,
    input: {} as ScheduleContext,
  },
  actions: {
    /** Port: tasks are made for these instants, or for a trigger by hand. */
    make: (_, _params: { instants: readonly number[]; id?: string }) => undefined,
    /** Port: these tasks give way to the one that is made. */
    replace: (_, _params: { ids: readonly string[] }) => undefined,
    /** Port: somebody should know that ticks made no task. */
    skip: (_, _params: { skips: TickPlan['skips'] }) => undefined,
    /** Port: somebody should know that a task could not be made. */
    fault: (_, _params: { instants: readonly number[]; reason: string }) => undefined,
  },
  guards: {
    /** No instant is left and none waits, or all tasks were made. */
    over: ({ context, event }) => {
      if (event.type !== 'tick') return false
      const { make, waiting } = planOf(context, event)
      if (context.rules.count !== null && context.made + make.length >= context.rules.count) return true
      return event.next === null && waiting.length === 0
    },
    /** The definition has no instant to come. */
    exhausted: ({ context, event }) =>
      (event.type === 'put' || event.type === 'resume') && event.next === null && context.waiting.length === 0,
    complete: ({ context, event }) =>
      event.type === 'put' && event.rules.count !== null && context.made >= event.rules.count,
    halted: ({ event }) => event.type === 'put' && event.paused === true,
    released: ({ event }) => event.type === 'put' && event.paused === false,
  },
})

const settle = base.assign(({ context, event }) => {
  if (event.type !== 'tick') return {}
  const plan = planOf(context, event)
  const made = plan.make.map((at) => tickId(context.id, context.hand, at))
  const kept = event.unended.filter((id) => !plan.replace.includes(id))
  const skipped = plan.skips.filter(({ reason }) => reason !== 'missed').reduce((sum, { count }) => sum + count, 0)
  return {
    seen: Math.max(context.seen, event.due.upTo ?? context.seen),
    spans: grown(context.spans, context.seen, event.due),
    next: event.next,
    last: plan.make.length > 0 ? Math.max(context.last ?? 0, ...plan.make) : context.last,
    made: context.made + plan.make.length,
    skipped: context.skipped + skipped,
    missed: context.missed + event.due.passed,
    faults: context.faults + plan.faults.length,
    open: context.rules.overlap === 'allow' ? [] : [...kept, ...made],
    waiting: plan.waiting,
    history: noted(context, ...entriesOf(plan, event)),
  }
})
const accept = base.assign(({ context, event }) => {
  if (event.type !== 'put') return {}
  const { hand, rules, seen, next, now } = event
  const same = hand === context.hand && seen === context.seen
  return {
    hand,
    rules,
    seen,
    next,
    spans: same ? context.spans : rewound(hand === context.hand ? context.spans : [], seen),
    last: hand === context.hand ? context.last : null,
    waiting: hand === context.hand && rules.overlap === 'queue' ? context.waiting : [],
    open: rules.overlap === 'allow' ? [] : context.open,
    history: noted(context, { type: 'changed', at: now.wall }),
  }
})
const begin = base.assign({ history: [] })
const pause = base.assign(({ context, event }) => ({
  next: null,
  history: noted(context, { type: 'paused', at: event.now.wall }),
}))
/** What passed while it was paused is not missed: it is skipped, and that is recorded. */
const resume = base.assign(({ context, event }) => {
  if (event.type !== 'resume') return {}
  const { now, passed, seen, next } = event
  const { passed: count, more, upTo } = passed
  const at = now.wall
  const skipped = upTo === null ? [] : [{ type: 'skipped' as const, at, instant: upTo, reason: 'paused', count, more }]
  return {
    seen,
    next,
    spans: rewound(context.spans, seen),
    skipped: context.skipped + count,
    history: noted(context, ...skipped, { type: 'resumed', at }),
  }
})
const trigger = base.assign(({ context, event }) =>
  event.type === 'trigger'
    ? {
        triggered: context.triggered + 1,
        open: context.rules.overlap === 'allow' ? [] : [...event.unended, event.id],
        history: noted(context, { type: 'triggered', at: event.now.wall }),
      }
    : {},
)
const backfill = base.assign(({ context, event }) =>
  event.type === 'backfilled'
    ? { history: noted(context, { type: 'backfilled', at: event.now.wall, count: event.count }) }
    : {},
)
const rewind = base.assign(({ context, event }) =>
  event.type === 'rewind' ? { seen: event.seen, next: event.next, spans: rewound(context.spans, event.seen) } : {},
)
const end = base.assign(({ context, event }) => ({
  next: null,
  waiting: [],
  history: noted(context, { type: 'ended', at: event.now.wall }),
}))

type Args = { context: ScheduleContext; event: ScheduleEvent }
const makes = ({ context, event }: Args) =>
  event.type === 'trigger' ? { instants: [], id: event.id } : { instants: planOf(context, event).make }
const replaces = ({ context, event }: Args) => ({ ids: planOf(context, event).replace })
const skips = ({ context, event }: Args) => ({ skips: planOf(context, event).skips })
const faults = ({ context, event }: Args) => ({
  instants: planOf(context, event).faults,
  reason: event.type === 'tick' ? (event.fault ?? '') : '',
})
const replace = { type: 'replace', params: replaces } as const
const make = { type: 'make', params: makes } as const
// The ports are asked before the record moves: their plan is that of the record as it was.
const tick = [
  replace,
  make,
  { type: 'skip', params: skips } as const,
  { type: 'fault', params: faults } as const,
  settle,
] as const

const anywhere = {
  trigger: { actions: [make, trigger] },
  backfilled: { actions: backfill },
} as const

export const scheduleMachine = base.createMachine({
  id: 'schedule',
  context: ({ input }) => input,
  initial: 'new',
  states: {
    new: {
      on: {
        put: [
          { guard: 'halted', target: 'paused', actions: [accept, begin, pause] },
          { guard: 'exhausted', target: 'ended', actions: [accept, begin, end] },
          { target: 'active', actions: [accept, begin] },
        ],
      },
    },
    active: {
      on: {
        ...anywhere,
        tick: [{ guard: 'over', target: 'ended', actions: [...tick, end] }, { actions: tick }],
        pause: { target: 'paused', actions: pause },
        rewind: { actions: rewind },
        put: [
          { guard: 'halted', target: 'paused', actions: [accept, pause] },
          { guard: 'exhausted', target: 'ended', actions: [accept, end] },
          { guard: 'complete', target: 'ended', actions: [accept, end] },
          { actions: accept },
        ],
      },
    },
    paused: {
      on: {
        ...anywhere,
        resume: [
          { guard: 'exhausted', target: 'ended', actions: [resume, end] },
          { target: 'active', actions: resume },
        ],
        put: [{ guard: 'released', target: 'active', actions: accept }, { actions: [accept, pause] }],
      },
    },
    ended: {
      on: {
        ...anywhere,
        put: [
          { guard: 'halted', target: 'paused', actions: [accept, pause] },
          { guard: 'exhausted', actions: [accept, end] },
          { guard: 'complete', actions: [accept, end] },
          { target: 'active', actions: accept },
        ],
      },
    },
  },
})
