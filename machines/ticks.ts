/**
 * The arithmetic of ticks: which instants of a schedule are dealt with now. The instants come from a source that
 * knows nothing of what was made (`next`, `last`); what was dealt with before is kept as spans, so that a clock that is
 * set back makes no tick twice and still goes on. All work is bounded: years of seconds are not walked.
 */

/** The instants of a schedule, in milliseconds on its hand of the clock. */
export interface Times {
  /** The first after `after`. */
  next(after: number): number | undefined
  /** The last at or before `at`. */
  last(at: number): number | undefined
}

/** What becomes of instants that passed while nobody looked. */
export interface MissedPolicy {
  readonly policy: 'skip' | 'first' | 'last' | 'all'
  /** Older ones are never made. */
  readonly windowMs: number
  /** At most this many of `all`: the latest. */
  readonly limit: number
}

/** Instants after the first number, up to and including the second, that were dealt with. The last span is growing. */
export type Spans = readonly (readonly [after: number, upTo: number])[]

/** What is due: the instants to make, oldest first; how many more there were; the latest of them all. */
export interface Ticks {
  readonly make: readonly number[]
  readonly passed: number
  /** There were more than were counted. */
  readonly more: boolean
  readonly upTo: number | null
  /** The latest of those that are not made, when there is one. */
  readonly lapsed?: number
}

/** A tick made no later than this is on time: a restart is no miss. */
export const ON_TIME_MS = 60_000
/** Passed instants are counted up to here, then it is `at least`. */
export const MOST_COUNTED = 1_000
const MOST_SPANS = 8
export const NO_TICKS: Ticks = { make: [], passed: 0, more: false, upTo: null }

/** What falls due after `seen` up to `now`, and no later than `until`. */
export function ticksDue(times: Times, seen: number, now: number, missed: MissedPolicy, until: number | null): Ticks {
  const latest = times.last(Math.min(now, until ?? now))
  if (latest === undefined || latest <= seen) return NO_TICKS
  const make = wanted(times, latest, seen, now, missed)
  const { count, more } = countOf(times, seen, latest)
  const passed = Math.max(0, count - make.length)
  if (passed === 0) return { make, passed, more, upTo: latest }
  // Those of `all` stand one behind the other; of the others there are two at most.
  let lapsed = missed.policy === 'all' && make[0] !== undefined ? times.last(make[0] - 1) : latest
  while (lapsed !== undefined && make.includes(lapsed)) lapsed = times.last(lapsed - 1)
  return { make, passed, more, upTo: latest, ...(lapsed === undefined ? {} : { lapsed }) }
}

function wanted(times: Times, latest: number, seen: number, now: number, missed: MissedPolicy): number[] {
  const onTime = now - latest <= ON_TIME_MS ? [latest] : []
  const edge = Math.max(seen, now - missed.windowMs - 1)
  switch (missed.policy) {
    case 'skip':
      return onTime
    case 'last':
      return latest > edge ? [latest] : onTime
    case 'first': {
      const first = times.next(edge)
      return first === undefined || first >= latest ? (latest > edge ? [latest] : onTime) : [first, ...onTime]
    }
    default:
      return latest > edge ? latestOf(times, latest, edge, missed.limit) : onTime
  }
}

function latestOf(times: Times, latest: number, edge: number, limit: number): number[] {
  const found: number[] = []
  for (let at: number | undefined = latest; at !== undefined && at > edge && found.length < limit; ) {
    found.push(at)
    at = times.last(at - 1)
  }
  return found.reverse()
}

function countOf(times: Times, after: number, latest: number): { count: number; more: boolean } {
  let count = 0
  for (let at = times.next(after); at !== undefined && at <= latest; at = times.next(at)) {
    if (count === MOST_COUNTED) return { count, more: true }
    count++
    if (at === latest) break
  }
  return { count, more: false }
}

/** The instants that were not dealt with. */
export function untouched(times: Times, spans: Spans): Times {
  // The growing span lies behind whoever asks; only a clock that was set back leaves others ahead.
  if (spans.length === 0) return times
  const around = (at: number) => spans.find(([after, upTo]) => at > after && at <= upTo)
  return {
    next(after) {
      let at = times.next(after)
      for (let span = at && around(at); at !== undefined && span; span = at && around(at)) at = times.next(span[1])
      return at
    },
    last(before) {
      let at = times.last(before)
      for (let span = at && around(at); at !== undefined && span; span = at && around(at)) at = times.last(span[0])
      return at
    },
  }
}

/** The spans with what is dealt with now: a gap that was passed over begins a new one. */
export function grown(spans: Spans, seen: number, due: Ticks): Spans {
  const last = spans.at(-1)
  if (due.upTo === null) return spans
  const whole = due.passed === 0 && !due.more
  if (whole && last && last[1] === seen) return [...spans.slice(0, -1), [last[0], due.upTo]]
  const after = whole ? seen : (due.make[0] ?? due.upTo) - 1
  return bounded([...spans.filter(([from, to]) => from < after || to > (due.upTo as number)), [after, due.upTo]])
}

/** The spans of a clock that was set back to `at`: what was dealt with stays so, what was not may still come. */
export function rewound(spans: Spans, at: number): Spans {
  return bounded([...spans, [at, at]])
}

function bounded(spans: Spans): Spans {
  return spans.slice(-MOST_SPANS)
}

/** The id of the task of a tick: one instant of a schedule is one id. What is steady has a mark, its instants are not of the day. */
export function tickId(schedule: string, hand: 'wall' | 'steady', at: number): string {
  return `${schedule}@${hand === 'steady' ? '+' : ''}${new Date(at).toISOString()}`
}

/** How far into `spreadMs` an id falls: always the same, and evenly over many. */
export function spread(id: string, spreadMs: number): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < id.length; i++) hash = Math.imul(hash ^ id.charCodeAt(i), 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d)
  return Math.floor((((hash ^ (hash >>> 13)) >>> 0) / 2 ** 32) * spreadMs)
}
