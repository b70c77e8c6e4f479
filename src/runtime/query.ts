/** Which tasks are meant: what a client may ask for, whether it asks so, and whether a task is one of these. */
import type { TaskState } from '../../machines/index.js'
import { headIn, STORED_STATES, type TaskExtras, type TaskRecord } from '../model/record.js'
import { checkName, invalid, onlyKnown } from './checks.js'
import type { Kinds } from './kinds.js'

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

/** Whether a query selects this task as it is. */
export function selects(
  kinds: Kinds,
  query: TaskQuery,
  { context, extras, state }: Pick<TaskRecord, 'context' | 'extras' | 'state'>,
): boolean {
  const states = statesOf(query)
  return (
    (!states || states.includes(state)) &&
    (query.kind === undefined || kinds.nameOf(context.kind) === kinds.nameOf(query.kind)) &&
    (query.route === undefined || context.route === query.route) &&
    (query.group === undefined || extras.group === query.group) &&
    (query.schedule === undefined || extras.schedule?.id === query.schedule) &&
    (query.cause === undefined || isCause(query, extras)) &&
    (query.paused === undefined || context.paused === query.paused) &&
    (query.api === undefined || kinds.shows(context.kind) === query.api)
  )
}

/** False when its beginning says that it is not what is sought: most of a million need not be decoded then. */
export function maySelect(kinds: Kinds, query: TaskQuery, text: string): boolean {
  if (query.state === undefined && query.kind === undefined) return true
  const head = headIn(text)
  if (!head) return true
  if (!(statesOf(query)?.includes(head.state) ?? true)) return false
  const { kind } = head
  return query.kind === undefined || kind === undefined || kinds.nameOf(kind) === kinds.nameOf(query.kind)
}

export function statesOf({ state }: TaskQuery): readonly TaskState[] | undefined {
  return state === undefined ? undefined : Array.isArray(state) ? (state as readonly TaskState[]) : [state as TaskState]
}

/** From outside, what a task of a hidden kind led to is not told to be so. */
function isCause({ cause, api }: TaskQuery, extras: TaskExtras): boolean {
  return extras.cause?.id === cause && !(api === true && extras.cause?.api === false)
}
