/**
 * The record: what the store holds of one task, in an envelope with a format of its own. Lifecycle data is the
 * context of the task machine; a machine task has its machine's snapshot and timers beside it, as text that is not
 * parsed before it is needed. The input has a key of its own and is written once.
 */
import type { Due, HistoryEntry, Reason, TaskContext, TaskError, TaskState } from '../../machines/index.js'
import { HoldfastError } from './errors.js'

export const RECORD_FORMAT = 1

/** What was asked of this task beyond its definition. Times are milliseconds. */
export interface TaskExtras {
  readonly group?: string
  readonly key?: string
  readonly concurrencyKey?: string
  readonly cause?: {
    readonly id: string
    readonly state: TaskState
    readonly result?: unknown
    readonly error?: TaskError
    readonly reason?: Reason
    /** Its kind is hidden. */
    readonly api?: false
  }
  readonly onSuccess?: readonly object[]
  readonly onFailure?: readonly object[]
  readonly retry?: object
  readonly timeoutMs?: number
  readonly heartbeatMs?: number
  /** What the caller knows it by, beyond its kind and input: the same id with another one is another task. */
  readonly print?: string
  /** It may be lost in a cut: its steps do not hurry a commit. */
  readonly lazy?: true
  /** It was made to wait for others: how many, and what becomes of it when one of them ends badly. */
  readonly dependencies?: { readonly count: number; readonly failed: 'cancel' | 'run' | 'wait' }
  /** The latest time, on the steady hand, to which a debounced task can be pushed. */
  readonly pushedUntil?: number
  /** The schedule that made it, and for which moment of the wall clock. `queue`: the next tick waits for its end. */
  readonly schedule?: { readonly id: string; readonly at: number; readonly queue?: true }
  /** The device that made it, and by what. */
  readonly device?: { readonly id: string; readonly event: string; readonly at: number }
}

export interface TaskRecord {
  readonly state: TaskState
  readonly context: TaskContext
  readonly extras: TaskExtras
  /** JSON text of the machine's snapshot and timers. */
  readonly machine?: string
  /** A promise, callback or observable of the machine is in flight. */
  readonly busy?: boolean
  /** The latest events that came with a key, so that none of them is taken twice. */
  readonly heard?: readonly string[]
  /** It had ended before and was put back by hand: when it ended last, on the steady hand; 0 until it ends again. */
  readonly again?: number
  /** Others wait, or waited, for its end. */
  readonly dependents?: boolean
}

/** The states in which a task can be met: NONE is never stored. */
export const STORED_STATES = ['SPOOLED', 'QUEUED', 'RUNNING', 'FINISHED', 'FAILED', 'TERMINATED'] as const

const LETTER: Record<TaskState, string> = {
  NONE: 'N', SPOOLED: 'S', QUEUED: 'Q', RUNNING: 'R', FINISHED: 'F', FAILED: 'X', TERMINATED: 'T',
} // biome-ignore format: one line reads better
const STATE = Object.fromEntries(Object.entries(LETTER).map(([state, letter]) => [letter, state])) as Record<
  string,
  TaskState
>

/** A record as who holds it in memory has it. */
export type Recordable = { readonly [Name in keyof TaskRecord]: TaskRecord[Name] | undefined } & Pick<
  TaskRecord,
  'state' | 'context' | 'extras'
>

/** The text of a record: short names, nothing that is a default or follows from the rest. It is put together by hand: most of it are numbers. */
export function encodeRecord(record: Recordable): string {
  const { context: c, extras, state } = record
  let text = `${headOf(state, c.kind)}${c.seq},"c":${c.createdAt}`
  if (c.version !== 1) text += `,"v":${c.version}`
  if (c.route !== 'default') text += `,"r":${quoted(c.route)}`
  if (c.priority !== 4) text += `,"p":${c.priority}`
  if (c.runAt !== c.createdAt) text += `,"at":${c.runAt}`
  if (c.due) text += `,"due":["${c.due.hand}",${c.due.at}]`
  if (c.expires !== null) text += `,"exp":${c.expires}`
  if (c.deadline !== null) text += `,"dl":${c.deadline}`
  if (c.attempt !== 0) text += `,"n":${c.attempt}`
  if (c.failures !== 0) text += `,"x":${c.failures}`
  if (c.interruptions !== 0) text += `,"i":${c.interruptions}`
  if (c.atMostOnce) text += ',"amo":1'
  if (c.paused) text += ',"pz":1'
  if (c.pending > 0) text += `,"wf":${c.pending}`
  if (c.result !== undefined && !(c.result === null && state === 'FINISHED'))
    text += `,"res":${JSON.stringify(c.result)}`
  if (c.error !== undefined) text += `,"err":${JSON.stringify(c.error)}`
  if (c.reason !== undefined) text += `,"why":${quoted(c.reason)}`
  if (c.retryAt !== null) text += `,"ra":${c.retryAt}`
  if (c.endedAt !== null && !(isEnded(state, c) && c.endedAt === c.history.at(-1)?.at)) text += `,"end":${c.endedAt}`
  text += `,"h":"${historyText(state, c.history, c.createdAt)}"`
  for (const _ in extras) {
    text += `,"o":${JSON.stringify(extras)}`
    break
  }
  if (record.busy) text += ',"b":1'
  if (record.heard) text += `,"hd":${JSON.stringify(record.heard)}`
  if (record.again !== undefined) text += `,"ag":${record.again}`
  if (record.dependents) text += ',"dp":1'
  return record.machine === undefined ? `${text}}` : `${text},"m":${record.machine}}`
}

/** The latest beginning by state: the tasks of one kind have it in common. */
const heads = new Map<TaskState, { readonly kind: string; readonly text: string }>()

function headOf(state: TaskState, kind: string): string {
  const known = heads.get(state)
  if (known?.kind === kind) return known.text
  const text = `{"f":${RECORD_FORMAT},"s":"${LETTER[state]}","k":${quoted(kind)},"q":`
  heads.set(state, { kind, text })
  return text
}

const PLAIN = /^[\w.:-]*$/

/** Names are plain nearly always: then a look is cheaper than a way through JSON. */
function quoted(name: string): string {
  return PLAIN.test(name) ? `"${name}"` : JSON.stringify(name)
}

/** The kind in the text of a record, also of one that cannot be restored; none when the text does not tell. */
export function kindIn(text: string): string | undefined {
  try {
    const { k } = JSON.parse(text) as { k?: unknown }
    return typeof k === 'string' ? k : undefined
  } catch {
    return undefined
  }
}

/** The id of the task that made the one of a record's text, also of one that cannot be restored; most have none. */
export function causeIn(text: string): string | undefined {
  if (!text.includes('"cause":')) return undefined
  try {
    const id = (JSON.parse(text) as { o?: { cause?: { id?: unknown } } }).o?.cause?.id
    return typeof id === 'string' ? id : undefined
  } catch {
    return undefined
  }
}

/** The state in the text of a record, by its beginning: for counting a million of them. */
export function stateIn(text: string): TaskState | undefined {
  return headIn(text)?.state
}

/** The state in the text of a record, by its beginning, and the kind where it needs no reading of JSON. */
export function headIn(text: string): { readonly state: TaskState; readonly kind: string | undefined } | undefined {
  const [, letter = '', kind] = /^\{"f":\d+,"s":"([A-Z])"(?:,"k":"([^"\\]*)")?/.exec(text) ?? []
  const state = STATE[letter]
  return state && { state, kind }
}

/** What a field must be, where it is there. */
const FIELDS = new Map(Object.entries({
  k: 'string', q: 'number', c: 'number', v: 'number', r: 'string', p: 'number', at: 'number', due: 'object',
  exp: 'number', dl: 'number', n: 'number', x: 'number', i: 'number', err: 'object', why: 'string', ra: 'number',
  end: 'number', h: 'string', o: 'object', m: 'object', ag: 'number', wf: 'number',
})) // biome-ignore format: a table

/**
 * The record of a text; `id` comes from its key.
 * @throws ERR_STORE_CORRUPT for what is no record, ERR_FORMAT_NEWER for a newer format: both are quarantined
 */
export function decodeRecord(id: string, text: string): TaskRecord {
  const h = parse(text)
  if (typeof h.f !== 'number') throw new HoldfastError('ERR_STORE_CORRUPT', `record ${id} has no format`)
  if (h.f > RECORD_FORMAT) {
    throw new HoldfastError('ERR_FORMAT_NEWER', `record ${id} has format ${h.f}, this version reads ${RECORD_FORMAT}`)
  }
  const state = STATE[h.s as string]
  const createdAt = h.c as number
  if (!state || createdAt === undefined || h.k === undefined || h.h === undefined) {
    throw new HoldfastError('ERR_STORE_CORRUPT', `record ${id} is incomplete`)
  }
  for (const name in h) {
    const type = FIELDS.get(name)
    if (type !== undefined && (typeof h[name] !== type || h[name] === null)) {
      throw new HoldfastError('ERR_STORE_CORRUPT', `record ${id}: '${name}' is no ${type}`)
    }
  }
  const history = decodeHistory(h.h as string, createdAt)
  if (!history) throw new HoldfastError('ERR_STORE_CORRUPT', `record ${id}: 'h' is no history`)
  const due = h.due as [Due['hand'], number] | undefined
  if (due && !((due[0] === 'wall' || due[0] === 'steady') && typeof due[1] === 'number')) {
    throw new HoldfastError('ERR_STORE_CORRUPT', `record ${id}: 'due' is no point in time`)
  }
  const retryAt = (h.ra as number | undefined) ?? null
  // It came to its end when it came to its state, unless the record says otherwise.
  const over = isEnded(state, { retryAt }) ? (history.at(-1)?.at ?? null) : null
  const context: TaskContext = {
    id,
    kind: h.k as string,
    version: (h.v as number | undefined) ?? 1,
    route: (h.r as string | undefined) ?? 'default',
    priority: (h.p as number | undefined) ?? 4,
    seq: (h.q as number | undefined) ?? 0,
    createdAt,
    runAt: (h.at as number | undefined) ?? createdAt,
    due: due ? { hand: due[0], at: due[1] } : null,
    expires: (h.exp as number | undefined) ?? null,
    deadline: (h.dl as number | undefined) ?? null,
    attempt: (h.n as number | undefined) ?? 0,
    failures: (h.x as number | undefined) ?? 0,
    interruptions: (h.i as number | undefined) ?? 0,
    atMostOnce: h.amo === 1,
    paused: h.pz === 1,
    pending: (h.wf as number | undefined) ?? 0,
    result: state === 'FINISHED' ? (h.res ?? null) : h.res,
    error: h.err as TaskError | undefined,
    reason: h.why as Reason | undefined,
    retryAt,
    endedAt: (h.end as number | undefined) ?? over,
    history,
  }
  const record: Mutable<TaskRecord> = { state, context, extras: (h.o as TaskExtras | undefined) ?? {} }
  if (h.m !== undefined) record.machine = JSON.stringify(h.m)
  if (h.b === 1) record.busy = true
  if (h.dp === 1) record.dependents = true
  if (typeof h.ag === 'number') record.again = h.ag
  if (Array.isArray(h.hd)) record.heard = h.hd as string[]
  return record
}

type Mutable<T> = { -readonly [Name in keyof T]: T[Name] }

/** In an end state, with no retry to come. */
export function isEnded(state: TaskState, { retryAt }: Pick<TaskContext, 'retryAt'>): boolean {
  return state === 'FINISHED' || ((state === 'FAILED' || state === 'TERMINATED') && retryAt === null)
}

function parse(text: string): Record<string, unknown> {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw new HoldfastError('ERR_STORE_CORRUPT', 'the record is not JSON', { cause })
  }
  if (typeof value !== 'object' || value === null)
    throw new HoldfastError('ERR_STORE_CORRUPT', 'the record is no object')
  return value as Record<string, unknown>
}

/** The latest text by state: tasks that walked together have one list of one history. */
const written = new Map<
  TaskState,
  { readonly of: readonly HistoryEntry[]; readonly since: number; readonly text: string }
>()

function historyText(state: TaskState, of: readonly HistoryEntry[], since: number): string {
  const known = written.get(state)
  if (known?.of === of && known.since === since) return known.text
  const text = encodeHistory(of, since)
  written.set(state, { of, since, text })
  return text
}

/** `S0Q0R12F15`: each state with the milliseconds since the task was made. */
function encodeHistory(history: readonly HistoryEntry[], since: number): string {
  let text = ''
  for (const { state, at } of history) text += LETTER[state] + (at - since)
  return text
}

/** Read by hand: of a hundred thousand records a pattern took as long as JSON for all the rest. */
function decodeHistory(text: string, since: number): HistoryEntry[] | undefined {
  const history: HistoryEntry[] = []
  let at = 0
  while (at < text.length) {
    const state = STATE[text[at] as string]
    const sign = text.charCodeAt(at + 1) === MINUS ? -1 : 1
    const from = sign < 0 ? at + 2 : at + 1
    let ms = 0
    for (at = from; at < text.length; at++) {
      const digit = text.charCodeAt(at) - ZERO
      if (digit < 0 || digit > 9) break
      ms = 10 * ms + digit
    }
    if (state === undefined || at === from) return undefined
    history.push({ state, at: since + sign * ms })
  }
  return history
}

const MINUS = 45
const ZERO = 48
