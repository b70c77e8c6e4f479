/** Quarantine: where a record waits that cannot be a task just now, with its reason. Nothing is thrown away. */
import { tell } from '../kernel/telemetry.js'
import { keyOf, type RecordClass } from '../model/keys.js'
import type { GroupCommit } from '../store/commit.js'

/** A record that was set aside. */
export interface Quarantined {
  readonly id: string
  readonly code: string
  readonly reason: string
  readonly at: string
  /** The record as it was found, and where. */
  readonly class: RecordClass
  readonly record: string
}

/** Writes it into the commit that is filling, and tells of it when that is on disk. */
export function quarantine(commit: GroupCommit, { id, ...entry }: Quarantined): void {
  const { code, reason, at } = entry
  commit.put(keyOf('quarantine', id), JSON.stringify(entry))
  commit.after(() => tell('task.quarantined', () => ({ id, code, reason, at })))
}
