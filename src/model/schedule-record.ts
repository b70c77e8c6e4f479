/**
 * What the store holds of one schedule, in two parts: the definition, written when it changes, and what has become of
 * it, written with every tick. A tick so costs about a kilobyte, however large the input of its tasks is.
 */
import type { ScheduleContext, ScheduleEntry } from '../../machines/index.js'
import { HoldfastError } from './errors.js'
import type { ScheduleTimes } from './recurrence.js'

const FORMAT = 1

export type ScheduleState = 'new' | 'active' | 'paused' | 'ended'
export type ScheduleSource = 'code' | 'api'

/** A definition as it is kept: JSON, every default filled in, times in milliseconds. */
export interface SchedulePlan {
  readonly times: ScheduleTimes
  readonly task: { readonly kind: string; readonly input?: unknown; readonly [option: string]: unknown }
  readonly overlap: 'skip' | 'queue' | 'allow' | 'replace'
  readonly queueLimit: number
  readonly missed: {
    readonly policy: 'skip' | 'first' | 'last' | 'all'
    readonly windowMs: number
    readonly limit: number
  }
  readonly jitterMs: number
  readonly until: number | null
  readonly count: number | null
  readonly paused: boolean
  readonly clock: 'wall' | 'monotonic'
}

/** What a schedule has come to. */
export interface ScheduleStatus {
  readonly state: ScheduleState
  readonly context: ScheduleContext
  readonly source: ScheduleSource
  /** Where its times are counted from: when they were given, on its hand. */
  readonly anchor: number
  readonly createdAt: number
  /** How many jumps of the clock there had been at its latest tick: those after it are news. */
  readonly stepped: number
  /** Its times were given at this steady time while the clock was in doubt: what it saw of the day means nothing. */
  readonly unsure: number | null
}

const TYPES: Record<ScheduleEntry['type'], string> = {
  made: 'm', skipped: 's', fault: 'f', triggered: 't', backfilled: 'b', paused: 'p', resumed: 'r', changed: 'c',
  stepped: 'j', ended: 'e',
} // biome-ignore format: a table
const NAMES = Object.fromEntries(Object.entries(TYPES).map(([name, letter]) => [letter, name])) as Record<
  string,
  ScheduleEntry['type']
>

/** The text of a status: short names, nothing that is a default. */
export function encodeStatus({
  state,
  context: c,
  source,
  anchor,
  createdAt,
  stepped,
  unsure,
}: ScheduleStatus): string {
  return JSON.stringify({
    f: FORMAT,
    s: state,
    o: source === 'code' ? 1 : undefined,
    w: c.hand === 'wall' ? 1 : undefined,
    a: anchor,
    c: createdAt,
    st: stepped,
    un: unsure ?? undefined,
    ov: c.rules.overlap,
    ct: c.rules.count ?? undefined,
    ql: c.rules.queueLimit,
    at: c.seen,
    sp: c.spans,
    n: c.next ?? undefined,
    l: c.last ?? undefined,
    k: [c.made, c.skipped, c.missed, c.faults, c.triggered],
    op: c.open.length > 0 ? c.open : undefined,
    wt: c.waiting.length > 0 ? c.waiting : undefined,
    h: c.history.map(({ type, at, ...rest }) => [TYPES[type], at - createdAt, ...(isEmpty(rest) ? [] : [rest])]),
  })
}

/** @throws ERR_STORE_CORRUPT for what is no status, ERR_FORMAT_NEWER for a newer format */
export function decodeStatus(id: string, text: string): ScheduleStatus {
  const h = parsed(id, text)
  const [made, skipped, missed, faults, triggered] = h.k as [number, number, number, number, number]
  const createdAt = h.c as number
  return {
    state: h.s as ScheduleState,
    source: h.o === 1 ? 'code' : 'api',
    anchor: h.a as number,
    createdAt,
    stepped: h.st as number,
    unsure: (h.un as number | undefined) ?? null,
    context: {
      id,
      hand: h.w === 1 ? 'wall' : 'steady',
      rules: {
        overlap: h.ov as ScheduleContext['rules']['overlap'],
        count: (h.ct as number | undefined) ?? null,
        queueLimit: h.ql as number,
      },
      seen: h.at as number,
      spans: h.sp as ScheduleContext['spans'],
      next: (h.n as number | undefined) ?? null,
      last: (h.l as number | undefined) ?? null,
      made,
      skipped,
      missed,
      faults,
      triggered,
      open: (h.op as string[] | undefined) ?? [],
      waiting: (h.wt as number[] | undefined) ?? [],
      history: (h.h as [string, number, object?][]).map(([letter, since, rest]) => ({
        type: NAMES[letter] as ScheduleEntry['type'],
        at: createdAt + since,
        ...rest,
      })),
    },
  }
}

function parsed(id: string, text: string): Record<string, unknown> {
  let value: Record<string, unknown> | undefined
  try {
    value = JSON.parse(text) as Record<string, unknown>
  } catch {}
  if (typeof value?.f !== 'number') {
    throw new HoldfastError('ERR_STORE_CORRUPT', `the record of schedule '${id}' is damaged`, {
      hint: 'Put the schedule again, or remove it; its tasks are not touched.',
    })
  }
  if (value.f > FORMAT) throw new HoldfastError('ERR_FORMAT_NEWER', `schedule '${id}' has format ${value.f}`)
  return value
}

function isEmpty(object: object): boolean {
  for (const _ in object) return false
  return true
}
