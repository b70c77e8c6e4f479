/** Where the record of a task is: each class is asked, and at most one has it. */
import { keyOf, RECORD_CLASSES, type RecordClass } from '../model/keys.js'
import type { Reader } from '../store/store.js'

/** What the disk has of an id; without a class there is no record. */
export interface StoredRecord {
  readonly class: RecordClass | undefined
  readonly text: string | undefined
  /** What stands beside it, of the class that was asked for. */
  readonly beside: string | undefined
}

/** The records of some ids, in their order, as of one moment. */
export async function storedRecords(
  store: Reader,
  ids: readonly string[],
  beside?: 'input' | 'quarantine',
): Promise<StoredRecord[]> {
  if (ids.length === 0) return []
  const classes = beside === undefined ? RECORD_CLASSES : [...RECORD_CLASSES, beside]
  const texts = await store.getMany(ids.flatMap((id) => classes.map((each) => keyOf(each, id))))
  return ids.map((_, i) => {
    const found = texts.slice(i * classes.length, (i + 1) * classes.length)
    const at = RECORD_CLASSES.findIndex((_, c) => found[c] !== undefined)
    return { class: RECORD_CLASSES[at], text: found[at], beside: found[RECORD_CLASSES.length] }
  })
}
