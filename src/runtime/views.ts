/**
 * Views: what a client sees of a task. They are read from the disk, so what is visible is committed. Where many are
 * read, they are read as of one moment: a task that moves from one class of records to another meanwhile is met once.
 */
import { HoldfastError } from '../model/errors.js'
import { edgeEnd, followUpRange, groupRange, idOf, keyOf, type RecordClass, rangeOf } from '../model/keys.js'
import { decodeRecord, type TaskRecord } from '../model/record.js'
import type { Entry, Moment, Store } from '../store/store.js'
import { invalid, whole } from './checks.js'
import { inIdOrder } from './id-order.js'
import { checkQuery, type FindQuery, maySelect, selects, statesOf, type TaskQuery } from './query.js'
import { storedRecords } from './stored-records.js'
import { type Seen, type TaskView, viewOf } from './task-view.js'

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
  readonly #seen: Seen

  constructor(store: Store, seen: Seen) {
    this.#store = store
    this.#seen = seen
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
  selects(query: TaskQuery, task: Pick<TaskRecord, 'context' | 'extras' | 'state'>): boolean {
    return selects(this.#seen.kinds, query, task)
  }

  view(record: TaskRecord, input: string | undefined): TaskView {
    return viewOf(record, input, this.#seen)
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

  /** A damaged record matches nothing; it is quarantined when it is needed. */
  #read(id: string, text: string | undefined, query: TaskQuery): TaskRecord[] {
    if (text === undefined || !maySelect(this.#seen.kinds, query, text)) return []
    try {
      const record = decodeRecord(id, text)
      return this.selects(query, record) ? [record] : []
    } catch (error) {
      if (error instanceof HoldfastError) return []
      throw error
    }
  }
}

function indexFor(query: TaskQuery): Index | undefined {
  return (Object.keys(INDEXES) as Index[]).find((name) => query[name] !== undefined)
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
