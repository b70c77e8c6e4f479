/** What a task depended on, read from the disk. */
import type { Reason, TaskState } from '../../machines/index.js'
import { HoldfastError } from '../model/errors.js'
import { dependencyRange, edgeEnd } from '../model/keys.js'
import { decodeRecord } from '../model/record.js'
import type { Store } from '../store/store.js'
import { storedRecords } from './stored-records.js'

/** One of the tasks that a task depends on, as it is on disk. `state` is undefined when it was removed. */
export interface Dependency {
  readonly id: string
  readonly state: TaskState | undefined
  readonly result?: unknown
  readonly error?: { readonly name: string; readonly message: string; readonly code?: string; readonly stack?: string }
  readonly reason?: Reason
}

/** The ids, in the order in which they were asked for. */
export async function dependencyIds(store: Store, id: string): Promise<string[]> {
  const edges = await store.page(dependencyRange(id))
  return [...edges].sort(([, a], [, b]) => Number(a) - Number(b)).map(([key]) => edgeEnd(key))
}

/** Each with how it ended; one that was removed has no state. */
export async function dependenciesOf(store: Store, id: string): Promise<Dependency[]> {
  const ids = await dependencyIds(store, id)
  const records = await storedRecords(store, ids)
  return ids.map((each, i) => dependency(each, records[i]?.text))
}

function dependency(id: string, text: string | undefined): Dependency {
  if (text === undefined) return { id, state: undefined }
  try {
    const { state, context } = decodeRecord(id, text)
    const { error, reason } = context
    return {
      id,
      state,
      ...(context.result === undefined ? {} : { result: context.result }),
      ...(error ? { error } : {}),
      ...(reason ? { reason } : {}),
    }
  } catch (error) {
    // A damaged record is quarantined when somebody needs it.
    if (error instanceof HoldfastError) return { id, state: undefined }
    throw error
  }
}
