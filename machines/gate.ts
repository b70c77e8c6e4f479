/**
 * A gate: a condition that routes and kinds wait for. It is asked only while somebody needs it, so a gate that nobody
 * waits for costs nothing. Closing takes several bad answers in a row, opening may take several good ones (hysteresis); a
 * closed gate is asked ever more rarely. One that changes its mind too often has to be good for longer before it opens.
 *
 * Pure: each event carries the time (`now`) and the chance (`random`) it is decided by; answers are made elsewhere.
 */
import { setup } from 'xstate'
import { retryDelayMs } from './policy.js'
import type { Now } from './task.js'

/** How a gate is asked; all lengths in milliseconds. */
export interface GatePolicy {
  /** While it is open and needed it is asked again after this time. */
  readonly intervalMs: number
  /** The first pause after a bad answer; it doubles up to `maxIntervalMs`, spread by ± a fifth. */
  readonly delayMs: number
  readonly maxIntervalMs: number
  /** A good answer this young opens it without asking; 0: it is asked whenever somebody begins to need it. */
  readonly freshForMs: number
  /** Bad answers in a row that close it. */
  readonly failures: number
  /** Good answers in a row that open it after it was closed. */
  readonly successes: number
}

/** More changes than this within the window are flapping; it is calm again at half as many. */
export const FLAPS = { most: 6, calm: 3, withinMs: 600_000, successes: 4 } as const
/** What asks by itself when something changes needs no timer: this one never fires. */
const NEVER_MS = 2 ** 52

export interface GateContext {
  readonly name: string
  readonly policy: GatePolicy
  /** What was measured last, hysteresis included; null before the first answer. It outlives sleep. */
  readonly open: boolean | null
  /** Why it is not open, or could not be asked. */
  readonly reason: string | null
  /** When `open` became what it is, on the wall clock. */
  readonly since: number | null
  /** How often `open` changed. */
  readonly changes: number
  /** Answers in a row that speak against `open`. */
  readonly streak: number
  /** Bad answers in a row. */
  readonly tries: number
  /** When the latest answer came, and the latest good one, on the steady hand. */
  readonly askedAt: number | null
  readonly goodAt: number | null
  /** When it changed within the window, on the steady hand; the latest ones. */
  readonly flips: readonly number[]
  readonly flapping: boolean
  /** Until it is asked again. */
  readonly waitMs: number
}

export type GateEvent =
  /** Somebody needs it from now on; nobody does any more. */
  | { readonly type: 'need'; readonly now: Now }
  | { readonly type: 'rest' }
  /** Something it depends on may have changed. */
  | { readonly type: 'look' }
  | {
      readonly type: 'answer'
      readonly open: boolean
      readonly reason: string | null
      /** It could not be asked, for this. */
      readonly error?: unknown
      /** Whoever answered says so by itself when the answer changes. */
      readonly lasting?: boolean
      readonly now: Now
      readonly random: number
    }

/** One that was open when it fell asleep, or was never asked, takes the first good answer. */
const enoughGood = ({ open, policy, flapping }: GateContext) =>
  open === false ? policy.successes + (flapping ? FLAPS.successes : 0) : 1

/** True when this good answer opens a gate that is not open. */
function opens(context: GateContext, event: GateEvent): boolean {
  return event.type === 'answer' && event.open && context.streak + 1 >= enoughGood(context)
}

/** True when this bad answer closes a gate that is open; what cannot be asked is not known to be open. */
function closes(context: GateContext, event: GateEvent): boolean {
  return event.type === 'answer' && !event.open && context.streak + 1 >= context.policy.failures
}

/** The flips that still count, with one more when it changed. */
function flipped(context: GateContext, at: number, changed: boolean) {
  const flips = context.flips.filter((flip) => at - flip < FLAPS.withinMs)
  if (changed) flips.push(at)
  return flips.slice(-(FLAPS.most + 1))
}

/** What an answer makes of the gate when it is `open` from now on, or not. */
function answered(context: GateContext, event: GateEvent, open: boolean) {
  if (event.type !== 'answer') return {}
  const { wall, steady } = event.now
  const changed = context.open !== open
  // To be known for the first time is no change of mind.
  const flips = flipped(context, steady, changed && context.open !== null)
  const flapping = flips.length > (context.flapping ? FLAPS.calm : FLAPS.most)
  const streak = event.open === open ? 0 : context.streak + 1
  const tries = event.open ? 0 : context.tries + 1
  const backOff = { ...context.policy, attempts: 1, maxDelayMs: context.policy.maxIntervalMs, jitter: 0.2 } as const
  const again = retryDelayMs({ ...backOff, backoff: 'exponential' }, Math.max(streak, tries), event.random)
  const settled = event.open === open
  return {
    open,
    flips,
    flapping,
    streak,
    tries,
    reason: event.open && open ? null : (event.reason ?? (open ? null : context.reason)),
    since: changed ? wall : context.since,
    changes: context.changes + (changed ? 1 : 0),
    askedAt: steady,
    goodAt: event.open ? steady : null,
    waitMs: settled && event.lasting ? NEVER_MS : settled && open ? context.policy.intervalMs : again,
  }
}

const base = setup({
  types: {
    context: {} as GateContext,
    events: {} as GateEvent,
    input: {} as { readonly name: string; readonly policy: GatePolicy },
  },
  actions: {
    /** Port: a gate started anew knows nothing, nor who needs it. */
    rebuild: () => undefined,
    /** Port: ask the condition, then send `answer`. */
    ask: () => undefined,
    /** Port: what waits for it may start. */
    release: () => undefined,
    /** Port: what waits for it may not start; `closed` when that is so because the condition does not hold. */
    hold: (_, _params: { closed: boolean; reason: string | null }) => undefined,
    /** Port: it is known to be open, or closed, and was not before. */
    announce: (_, _params: { open: boolean; reason: string | null }) => undefined,
    /** Port: it could not be asked, or changes its mind too often. */
    fault: (_, _params: { error: unknown }) => undefined,
  },
  guards: {
    /** A good answer is young enough to count. */
    fresh: ({ context, event }) =>
      event.type === 'need' &&
      context.open === true &&
      context.goodAt !== null &&
      event.now.steady - context.goodAt < context.policy.freshForMs,
    /** It was asked a moment ago: who begins to need it over and over does not hurry it. */
    tooSoon: ({ context, event }) =>
      event.type === 'need' &&
      context.open === false &&
      context.askedAt !== null &&
      event.now.steady - context.askedAt < Math.min(context.policy.delayMs, context.policy.freshForMs),
    stillOpen: ({ context, event }) => context.open === true && opens(context, event),
    opens: ({ context, event }) => opens(context, event),
    stillClosed: ({ context }) => context.open === false,
    good: ({ event }) => event.type === 'answer' && event.open,
    closes: ({ context, event }) => closes(context, event),
  },
  delays: { wait: ({ context }) => context.waitMs },
})

/** Faults are told before what they lead to. */
const faults = base.enqueueActions(({ event, enqueue }) => {
  if (event.type !== 'answer' || event.error === undefined) return
  enqueue({ type: 'fault', params: { error: event.error } })
})
const flaps = base.enqueueActions(({ context, event, enqueue }) => {
  if (context.flapping || event.type !== 'answer') return
  const changes = flipped(context, event.now.steady, true).length
  if (changes <= FLAPS.most) return
  const message = `it flaps: ${changes} changes within ${FLAPS.withinMs / 60_000} minutes`
  enqueue({ type: 'fault', params: { error: { name: 'Flapping', message } } })
})
const nowOpen = base.assign(({ context, event }) => answered(context, event, true))
const nowClosed = base.assign(({ context, event }) => answered(context, event, false))
const noted = base.assign(({ event }) => ({
  askedAt: event.type === 'answer' ? event.now.steady : null,
  goodAt: event.type === 'answer' && event.open ? event.now.steady : null,
}))
const asBefore = base.assign(({ context }) => ({ waitMs: context.policy.intervalMs, streak: 0 }))
const soon = base.assign(({ context, event }) => ({
  waitMs:
    event.type === 'need' && context.askedAt !== null
      ? context.askedAt + context.policy.delayMs - event.now.steady
      : context.waitMs,
}))
const announce = {
  type: 'announce',
  params: ({ context }: { context: GateContext }) => ({ open: context.open === true, reason: context.reason }),
} as const
const hold = (closed: boolean) =>
  ({ type: 'hold', params: ({ context }: { context: GateContext }) => ({ closed, reason: context.reason }) }) as const
const shut = { target: 'closed', reenter: true, actions: [faults, nowClosed] } as const
const turn = { target: 'closed', actions: [faults, flaps, nowClosed, announce] } as const

export const gateMachine = base.createMachine({
  id: 'gate',
  context: ({ input }) => ({
    ...input,
    open: null,
    reason: null,
    since: null,
    changes: 0,
    streak: 0,
    tries: 0,
    askedAt: null,
    goodAt: null,
    flips: [],
    flapping: false,
    waitMs: 0,
  }),
  entry: 'rebuild',
  initial: 'asleep',
  states: {
    asleep: {
      entry: hold(false),
      on: {
        need: [
          { guard: 'fresh', target: 'open', actions: asBefore },
          { guard: 'tooSoon', target: 'closed', actions: soon },
          { target: 'asking' },
        ],
        // The last question was still on its way.
        answer: { actions: noted },
      },
    },
    asking: {
      entry: 'ask',
      on: {
        answer: [
          { guard: 'stillOpen', target: 'open', actions: nowOpen },
          { guard: 'opens', target: 'open', actions: [flaps, nowOpen, announce] },
          { guard: 'stillClosed', target: 'closed', actions: [faults, nowClosed] },
          turn,
        ],
        look: { actions: 'ask' },
        rest: 'asleep',
      },
    },
    open: {
      entry: 'release',
      after: { wait: { actions: 'ask' } },
      on: {
        answer: [
          { guard: 'good', target: 'open', reenter: true, actions: nowOpen },
          { guard: 'closes', ...turn },
          { target: 'wavering', actions: [faults, nowOpen] },
        ],
        look: { actions: 'ask' },
        rest: 'asleep',
      },
    },
    wavering: {
      after: { wait: { actions: 'ask' } },
      on: {
        answer: [
          { guard: 'good', target: 'open', actions: nowOpen },
          { guard: 'closes', ...turn },
          { target: 'wavering', reenter: true, actions: [faults, nowOpen] },
        ],
        look: { actions: 'ask' },
        rest: 'asleep',
      },
    },
    closed: {
      entry: hold(true),
      after: { wait: { actions: 'ask' } },
      on: {
        answer: [{ guard: 'opens', target: 'open', actions: [flaps, nowOpen, announce] }, shut],
        look: { actions: 'ask' },
        rest: 'asleep',
      },
    },
  },
})
