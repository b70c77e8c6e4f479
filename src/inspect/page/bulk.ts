/** What can be done to many tasks at once: which of them it touches is asked before it is done. */
import type { TaskView } from '../../runtime/task-view.js'
import { ask } from './ask.js'
import { STATES, type StoredState } from './parts/state.js'
import type { TaskFilter } from './task-list.js'

export type Verb = 'pause' | 'resume' | 'cancel' | 'retry'

/** Tasks by their ids, or all that a filter lets through. */
export type Chosen = { readonly ids: readonly string[] } | { readonly filter: TaskFilter }

export interface Touched {
  readonly count: number
  readonly sample: readonly TaskView[]
}

export const VERBS: Readonly<Record<Verb, { readonly title: string; readonly says: string; readonly done: string }>> = {
  pause: { title: 'Pause', says: 'They are held where they wait, until they are resumed.', done: 'paused' },
  resume: { title: 'Resume', says: 'They go on from where they wait.', done: 'resumed' },
  cancel: { title: 'Cancel', says: 'They end TERMINATED, cancelled. What runs is stopped.', done: 'cancelled' },
  retry: { title: 'Retry', says: 'They are put back with all their attempts.', done: 'put back' },
}
const SAMPLE = 6
/** As many ids as are looked at one by one before it is done. */
const LOOKED_AT = 200

/** Which tasks a verb is for; of a FAILED one only a look at the task says whether it can be cancelled. */
const FOR: Readonly<Record<Verb, readonly StoredState[]>> = {
  pause: ['SPOOLED', 'QUEUED'],
  resume: ['SPOOLED', 'QUEUED'],
  cancel: ['SPOOLED', 'QUEUED', 'RUNNING', 'FAILED'],
  retry: ['FAILED', 'TERMINATED'],
}

/** What a verb may be used on, as a view of one task says. */
export function fits(
  verb: Verb,
  { state, paused, retryAt }: Pick<TaskView, 'state' | 'paused'> & { retryAt?: string | undefined },
): boolean {
  if (!(FOR[verb] as readonly string[]).includes(state)) return false
  if (verb === 'pause') return !paused
  if (verb === 'resume') return paused
  return verb !== 'cancel' || state !== 'FAILED' || retryAt !== undefined
}

/** How many it would touch, and a few of them. @throws Problem */
export async function look(verb: Verb, chosen: Chosen, signal: AbortSignal): Promise<Touched> {
  if ('ids' in chosen) {
    const ids = chosen.ids.slice(0, LOOKED_AT)
    const found = await Promise.all(
      ids.map((id) => ask<TaskView>(`/v1/tasks/${encodeURIComponent(id)}`, { signal }).catch(() => undefined)),
    )
    const touched = found.filter((task): task is TaskView => task !== undefined && fits(verb, task))
    return { count: touched.length, sample: touched.slice(0, SAMPLE) }
  }
  const query = queryOf(verb, chosen.filter)
  if (query.state === '') return { count: 0, sample: [] }
  const [counted, page] = await Promise.all([
    ask<{ count: number }>('/v1/tasks', { query: { ...query, count: true }, signal }),
    ask<{ items: TaskView[] }>('/v1/tasks', { query: { ...query, limit: SAMPLE }, signal }),
  ])
  return { count: counted.count, sample: page.items }
}

/** How many it was done to. @throws Problem */
export async function perform(verb: Verb, chosen: Chosen): Promise<number> {
  const body =
    'ids' in chosen
      ? { ids: chosen.ids }
      : { query: { ...queryOf(verb, chosen.filter), state: queryOf(verb, chosen.filter).state.split(',') } }
  const { count } = await ask<{ count: number }>(`/v1/bulk/${verb}`, { method: 'POST', body })
  return count
}

/** The filter, narrowed to what the verb is for: an empty query, which would be everything, is never asked. */
function queryOf(verb: Verb, filter: TaskFilter) {
  const { state, ...rest } = filter
  const wanted = state === undefined ? STATES : state.split(',')
  const states = FOR[verb].filter((each) => (wanted as readonly string[]).includes(each))
  const given = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined))
  return {
    ...given,
    state: states.join(','),
    ...(verb === 'pause' || verb === 'resume' ? { paused: verb === 'resume' } : {}),
  }
}
