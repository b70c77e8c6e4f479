/** Counts what a store holds: entries by class, tasks by state. */
import { classOf, type KeyClass, RECORD_CLASSES } from '../model/keys.js'
import { stateIn } from '../model/record.js'
import type { Entry, Store } from './store.js'

/** Counts by name. */
export type Counts<Name extends string = string> = { readonly [name in Name]?: number }

export class Census {
  total = 0
  readonly entries: Record<string, number> = {}
  readonly tasks: Record<string, number> = {}

  count([key, value]: Entry): void {
    const kind: KeyClass | 'other' = classOf(key) ?? 'other'
    this.total++
    add(this.entries, kind)
    const state = RECORDS.has(kind) ? stateIn(value) : undefined
    if (state) add(this.tasks, state)
  }
}

/** All of a store. */
export async function censusOf(store: Store): Promise<Census> {
  const census = new Census()
  for await (const page of store.scan({})) for (const entry of page) census.count(entry)
  return census
}

const RECORDS: ReadonlySet<string> = new Set(RECORD_CLASSES)

function add(counts: Record<string, number>, name: string): void {
  counts[name] = (counts[name] ?? 0) + 1
}
