/**
 * Views: what a client sees of a task. They are read from the disk, so what is visible is committed. Where many are
 * read, they are read as of one moment: a task that moves from one class of records to another meanwhile is met once.
 */

import type { Reason, RetryPolicy, TaskState } from '../../machines/index.js'
import type { StoredMachine } from '../kernel/stage.js'
import { isoTime } from '../model/duration.js'
import { HoldfastError } from '../model/errors.js'
import { edgeEnd, followUpRange, groupRange, idOf, keyOf, type RecordClass, rangeOf } from '../model/keys.js'
import { decodeRecord, headIn, STORED_STATES, type TaskExtras, type TaskRecord } from '../model/record.js'
import type { Entry, Moment, Store } from '../store/store.js'
import { checkName, invalid, onlyKnown, whole } from './checks.js'
import type { Cause } from './define.js'
import { inIdOrder } from './id-order.js'
import type { Kinds } from './kinds.js'
import { storedRecords } from './stored-records.js'

/** A task as clients see it; times are ISO 8601. */
export interface TaskView {
  readonly id: string
  readonly kind: string
  readonly state: TaskState
  readonly route: string
  readonly priority: number
  readonly input: unknown
  readonly attempt: number
  readonly attempts: number
  readonly result?: unknown
  readonly error?: { readonly name: string; readonly message: string; readonly code?: string; readonly stack?: string }
  readonly reason?: Reason
  readonly retryAt?: string
  readonly runAt: string
  readonly paused: boolean
  /** How many of the tasks it depends on are still awaited; not there when none is. */
  readonly pending?: number
  /** What it depends on, in the order asked; get() shows it, find() does not. */
  readonly dependsOn?: readonly string[]
  readonly group?: string
  readonly key?: string
  readonly concurrencyKey?: string
  readonly cause?: Cause
  /** The schedule that made it, and for which moment. */
  readonly schedule?: string
  readonly scheduledAt?: string
  /** The device that made it, the event that it made it by, and when that was. */
  readonly device?: string
  readonly deviceEvent?: string
  readonly deviceAt?: string
  readonly progress?: unknown
  readonly history: readonly { readonly state: TaskState; readonly at: string }[]
  readonly createdAt: string
  readonly endedAt?: string
  /** A machine task: the version of its machine, its value and context, and its timers with their due times. */
  readonly machine?: {
    readonly version: number
    readonly value: unknown
    readonly context: unknown
    readonly timers: readonly { id: string; due: string }[]
  }
}

/** Selects tasks. All that is given must hold. */
export interface TaskQuery {
  readonly state?: TaskState | readonly TaskState[]
  readonly kind?: string
  readonly route?: string
  readonly group?: string
  /** Tasks that a schedule made. */
  readonly schedule?: string
  /** Tasks that this one led to: its follow-ups, and what it enqueued. */
  readonly cause?: string
  readonly paused?: boolean
  /** Tasks of kinds that the HTTP API knows, or of those that it does not (`api: false`). */
  readonly api?: boolean
}

export interface FindQuery extends TaskQuery {
  /** At most this many items, 1 to 1,000. Default 100. */
  readonly limit?: number
  /** Goes on where an earlier find ended, with what is there now. */
  readonly cursor?: string
  /**
   * Tasks read for one page, about, 1 to 1,000,000: where few are what is sought, the page has fewer than `limit`, or
   * none, and a cursor to go on with. Default: as many as it takes.
   */
  readonly look?: number
}

const QUERY = ['state', 'kind', 'route', 'group', 'schedule', 'cause', 'paused', 'api'] as const
/**
 * The order of cursors: all that have not ended by their ids, then all that have. One that sleeps and wakes between two
 * pages has not changed its place; one that ends has, and one that is put back by hand.
 */
const PARTS = { open: ['live', 'dormant'], ended: ['ended'] } as const satisfies Record<string, readonly RecordClass[]>
type Part = keyof typeof PARTS
const CURSOR = /^(open|ended):./
/** Queries that an index answers, the one that finds the fewest first: each is ordered by the ids of its tasks. */
const INDEXES = { cause: followUpRange, group: groupRange } as const
type Index = keyof typeof INDEXES
/** Ids of an index looked up at a time. */
const PAGE = 500

/** @throws ERR_INVALID_OPTION, ERR_INVALID_ID */
export function checkQuery(query: TaskQuery, more: readonly string[] = []): void {
  onlyKnown(query, [...QUERY, ...more], 'query')
  for (const state of statesOf(query) ?? [])
    if (!(STORED_STATES as readonly unknown[]).includes(state))
      throw invalid('query.state', STORED_STATES.join(', '), state)
  // A selection of `{ group: undefined }` is a mistake that would select everything.
  for (const name of QUERY) {
    if (name in query && query[name] === undefined)
      throw invalid(`query.${name}`, 'a value, or not to be there', undefined)
  }
  for (const name of ['kind', 'route'] as const) {
    if (typeof (query[name] ?? '') !== 'string') throw invalid(`query.${name}`, 'a name', query[name])
  }
  for (const name of ['paused', 'api'] as const) {
    if (typeof (query[name] ?? true) !== 'boolean') throw invalid(`query.${name}`, 'true or false', query[name])
  }
  for (const name of ['group', 'schedule', 'cause'] as const) {
    if (query[name] !== undefined) checkName(query[name], `query.${name}`)
  }
}

/** What was found in some entries, and where they are. */
interface Page {
  readonly part: Part | Index
  readonly found: readonly TaskRecord[]
  /** How many were looked at, and the last of them. */
  readonly count: number
  readonly last: string
}

export class Views {
  readonly #store: Store
  readonly #kinds: Kinds
  readonly #clock: { wall(): number; steady(): number }
  readonly #progress: (id: string) => unknown

  constructor(
    store: Store,
    kinds: Kinds,
    clock: { wall(): number; steady(): number },
    progress: (id: string) => unknown,
  ) {
    this.#store = store
    this.#kinds = kinds
    this.#clock = clock
    this.#progress = progress
  }

  /** The ids of all that a query selects at the moment of the call, a page at a time. */
  async *select(query: TaskQuery): AsyncGenerator<string[]> {
    const moment = this.#store.moment()
    try {
      for await (const { found } of this.#pages(moment, query)) yield found.map(({ context }) => context.id)
    } finally {
      await moment.close()
    }
  }

  async find(query: FindQuery): Promise<{ items: TaskView[]; cursor: string | undefined }> {
    checkQuery(query, ['limit', 'cursor', 'look'])
    const { limit = 100, cursor, look, ...selection } = query
    whole(limit, 'query.limit', 1, 1000)
    if (look !== undefined) whole(look, 'query.look', 1, 1_000_000)
    const index = indexFor(query)
    const cursors = index ? new RegExp(`^${index}:.`) : CURSOR
    if (cursor !== undefined && !(typeof cursor === 'string' && cursors.test(cursor)))
      throw invalid('query.cursor', 'the cursor of an earlier find of the same query', cursor)
    const items: TaskView[] = []
    let looked = 0
    const moment = this.#store.moment()
    try {
      for await (const { part, found, count, last } of this.#pages(moment, selection, cursor)) {
        const taken = found.slice(0, limit - items.length)
        const inputs = await moment.getMany(taken.map(({ context }) => keyOf('input', context.id)))
        items.push(...taken.map((record, i) => this.view(record, inputs[i])))
        // It names what was answered last; what was passed over only where that is all there was to see.
        if (items.length === limit) return { items, cursor: `${part}:${items.at(-1)?.id}` }
        looked += count
        if (looked >= (look ?? Number.POSITIVE_INFINITY)) return { items, cursor: `${part}:${last}` }
      }
    } finally {
      await moment.close()
    }
    return { items, cursor: undefined }
  }

  async count(query: TaskQuery): Promise<number> {
    checkQuery(query)
    let count = 0
    for await (const ids of this.select(query)) count += ids.length
    return count
  }

  /** Whether a query selects this task as it is. */
  selects(query: TaskQuery, { context, extras, state }: Pick<TaskRecord, 'context' | 'extras' | 'state'>): boolean {
    const states = statesOf(query)
    return (
      (!states || states.includes(state)) &&
      (query.kind === undefined || this.#kinds.nameOf(context.kind) === this.#kinds.nameOf(query.kind)) &&
      (query.route === undefined || context.route === query.route) &&
      (query.group === undefined || extras.group === query.group) &&
      (query.schedule === undefined || extras.schedule?.id === query.schedule) &&
      (query.cause === undefined || isCause(query, extras)) &&
      (query.paused === undefined || context.paused === query.paused) &&
      (query.api === undefined || this.#kinds.shows(context.kind) === query.api)
    )
  }

  view({ state, context: c, extras, machine }: TaskRecord, input: string | undefined): TaskView {
    const kind = this.#kinds.find(c.kind)
    const retry = (extras.retry as RetryPolicy | undefined) ?? kind?.retry
    const progress = state === 'RUNNING' ? this.#progress(c.id) : undefined
    return {
      id: c.id,
      kind: this.#kinds.nameOf(c.kind),
      state,
      route: c.route,
      priority: c.priority,
      input: input === undefined ? undefined : JSON.parse(input),
      attempt: c.attempt,
      attempts: retry?.attempts ?? 1,
      ...(c.result === undefined ? {} : { result: c.result }),
      ...(c.error ? { error: c.error } : {}),
      ...(c.reason ? { reason: c.reason } : {}),
      ...(c.retryAt === null ? {} : { retryAt: isoTime(c.retryAt) }),
      runAt: isoTime(c.runAt),
      paused: c.paused,
      ...(c.pending > 0 ? { pending: c.pending } : {}),
      ...(extras.group === undefined ? {} : { group: extras.group }),
      ...(extras.key === undefined ? {} : { key: extras.key }),
      ...(extras.concurrencyKey === undefined ? {} : { concurrencyKey: extras.concurrencyKey }),
      ...(extras.cause ? { cause: extras.cause as Cause } : {}),
      ...(extras.device ? deviceOf(extras.device) : {}),
      ...(extras.schedule ? { schedule: extras.schedule.id, scheduledAt: isoTime(extras.schedule.at) } : {}),
      ...(progress === undefined ? {} : { progress }),
      history: c.history.map(({ state: entered, at }) => ({ state: entered, at: isoTime(at) })),
      createdAt: isoTime(c.createdAt),
      ...(c.endedAt === null ? {} : { endedAt: isoTime(c.endedAt) }),
      ...(machine === undefined ? {} : { machine: this.#machine(machine, c.version) }),
    }
  }

  #machine(text: string, version: number): NonNullable<TaskView['machine']> {
    const { snapshot, timers } = JSON.parse(text) as StoredMachine & { snapshot: { value: unknown; context: unknown } }
    const ahead = this.#clock.wall() - this.#clock.steady()
    return {
      version,
      value: snapshot.value,
      context: snapshot.context,
      timers: timers.map(({ id, due }) => ({ id, due: isoTime(due + ahead) })),
    }
  }

  async *#pages(moment: Moment, query: TaskQuery, cursor = ''): AsyncGenerator<Page> {
    const at = cursor.indexOf(':')
    const after = cursor.slice(at + 1)
    const index = indexFor(query)
    if (index) {
      yield* this.#indexPages(moment, query, index, after)
      return
    }
    const from = cursor.startsWith('ended') ? 'ended' : 'open'
    const parts = from === 'ended' ? (['ended'] as const) : (['open', 'ended'] as const)
    for (const part of parts.filter((each) => mayHold(each, query))) {
      const ranges = PARTS[part].map((kind) => rangeFor(kind, part === from ? after : '', query))
      for await (const entries of inIdOrder(moment, ranges)) {
        const found = entries.flatMap(([key, text]) => this.#read(idOf(key), text, query))
        yield { part, found, count: entries.length, last: idOf((entries.at(-1) as Entry)[0]) }
      }
    }
  }

  async *#indexPages(moment: Moment, query: TaskQuery, index: Index, cursor: string): AsyncGenerator<Page> {
    const name = query[index] as string
    for (let after = cursor; ; ) {
      const keys = await moment.keys({ ...INDEXES[index](name, after), limit: PAGE })
      const ids = keys.map(edgeEnd)
      if (ids.length === 0) return
      after = ids.at(-1) as string
      const records = await storedRecords(moment, ids)
      const found = ids.flatMap((id, i) => this.#read(id, records[i]?.text, query))
      yield { part: index, found, count: ids.length, last: after }
    }
  }

  /** False when its beginning says that it is not what is sought: most of a million need not be decoded then. */
  #maySelect(query: TaskQuery, text: string): boolean {
    if (query.state === undefined && query.kind === undefined) return true
    const head = headIn(text)
    if (!head) return true
    if (!(statesOf(query)?.includes(head.state) ?? true)) return false
    const { kind } = head
    return query.kind === undefined || kind === undefined || this.#kinds.nameOf(kind) === this.#kinds.nameOf(query.kind)
  }

  /** A damaged record matches nothing; it is quarantined when it is needed. */
  #read(id: string, text: string | undefined, query: TaskQuery): TaskRecord[] {
    if (text === undefined || !this.#maySelect(query, text)) return []
    try {
      const record = decodeRecord(id, text)
      return this.selects(query, record) ? [record] : []
    } catch (error) {
      if (error instanceof HoldfastError) return []
      throw error
    }
  }
}

function statesOf({ state }: TaskQuery): readonly TaskState[] | undefined {
  return state === undefined ? undefined : Array.isArray(state) ? (state as readonly TaskState[]) : [state as TaskState]
}

function indexFor(query: TaskQuery): Index | undefined {
  return (Object.keys(INDEXES) as Index[]).find((name) => query[name] !== undefined)
}

/** From outside, what a task of a hidden kind led to is not told to be so. */
function isCause({ cause, api }: TaskQuery, extras: TaskExtras): boolean {
  return extras.cause?.id === cause && !(api === true && extras.cause?.api === false)
}

/** What cannot hold a wanted state need not be read. */
function mayHold(part: Part, query: TaskQuery): boolean {
  const states = statesOf(query)
  if (!states) return true
  if (part === 'ended') return states.some((state) => ['FINISHED', 'FAILED', 'TERMINATED'].includes(state))
  return states.some((state) => state !== 'FINISHED')
}

/** The ids of the tasks of a schedule begin with its own. */
function rangeFor(kind: RecordClass, after: string, { schedule }: TaskQuery): { gt: string; lt: string } {
  if (schedule === undefined) return rangeOf(kind, after)
  const prefix = keyOf(kind, `${schedule}@`)
  const lt = `${prefix}~`
  const gt = keyOf(kind, after)
  if (gt < prefix) return { gt: prefix, lt }
  return { gt, lt }
}

function deviceOf({ id, event, at }: NonNullable<TaskExtras['device']>) {
  return { device: id, deviceEvent: event, deviceAt: isoTime(at) }
}
