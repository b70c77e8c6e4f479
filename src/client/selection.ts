import { checkIds, invalid, onlyKnown } from '../runtime/checks.js'
import type { FindQuery, TaskQuery } from '../runtime/query.js'

/** Selects tasks like a query of the runtime; kinds with `api: false` are not there anyhow. */
export type ClientQuery = Omit<TaskQuery, 'api'>
export type ClientFindQuery = Omit<FindQuery, 'api'>
/** An id, several ids, or a query. */
export type ClientSelection = string | readonly string[] | ClientQuery

const QUERY = ['state', 'kind', 'route', 'group', 'schedule', 'cause', 'paused']

/** What a verb is asked to do something to. @throws ERR_INVALID_OPTION, ERR_INVALID_ID, ERR_TOO_MANY */
export function chosen(selection: Exclude<ClientSelection, string>): { ids: readonly string[] } | { query: object } {
  if (!Array.isArray(selection)) return { query: checkedQuery(selection as ClientQuery) }
  return { ids: checkIds(selection) }
}

/**
 * A query without what JSON would leave out: `{ state: 'FAILED', group: undefined }` would select far more than is meant.
 * @throws ERR_INVALID_OPTION
 */
export function checkedQuery<Query extends object>(query: Query, more: readonly string[] = []): Query {
  onlyKnown(query, [...QUERY, ...more], 'query')
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined && QUERY.includes(name))
      throw invalid(`query.${name}`, 'a value, or not to be there', undefined)
  }
  return query
}
