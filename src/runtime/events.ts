import { isoTime } from '../model/duration.js'
import { idOf, keyOf, ordered, rangeOf } from '../model/keys.js'
import type { Store } from '../store/store.js'
import { invalid, onlyKnown, whole } from './checks.js'

/** An event that a task emitted, as it was committed. */
export interface EmittedEvent {
  readonly seq: number
  readonly taskId: string
  readonly kind: string
  /** The task and the attempt that emitted it. */
  readonly runId: string
  readonly at: string
  readonly event: { readonly type: string; readonly [key: string]: unknown }
}

export interface EventQuery {
  readonly taskId?: string
  /** Only events with a greater `seq`. */
  readonly after?: number
  /** At most this many, 1 to 10,000. Default 1,000. */
  readonly limit?: number
}

/** The emitted events that are still kept, oldest first; only of kinds that are shown. */
export async function emittedEvents(
  store: Store,
  query: EventQuery,
  shows: (kind: string) => boolean = () => true,
): Promise<EmittedEvent[]> {
  onlyKnown(query, ['taskId', 'after', 'limit'], 'events')
  const limit = whole(query.limit ?? 1000, 'events.limit', 1, 10_000)
  if (query.after !== undefined) whole(query.after, 'events.after', 0, Number.MAX_SAFE_INTEGER)
  if (query.taskId !== undefined && typeof query.taskId !== 'string')
    throw invalid('events.taskId', 'an id', query.taskId)
  const events: EmittedEvent[] = []
  const range = { gt: keyOf('emitted', ordered(query.after ?? 0)), lt: rangeOf('emitted').lt }
  for await (const page of store.scan({ ...range, limit: 1000 })) {
    for (const [key, text] of page) {
      const { taskId, kind, runId, at, event } = JSON.parse(text) as Omit<EmittedEvent, 'at' | 'seq'> & { at: number }
      if ((query.taskId !== undefined && query.taskId !== taskId) || !shows(kind)) continue
      events.push({ seq: Number(idOf(key)), taskId, kind, runId, at: isoTime(at), event })
      if (events.length === limit) return events
    }
  }
  return events
}

/** The number of the latest event on disk; 0 when none is kept. */
export async function latestEmitted(store: Store): Promise<number> {
  const [key] = await store.keys({ ...rangeOf('emitted'), reverse: true, limit: 1 })
  return key === undefined ? 0 : Number(idOf(key))
}
