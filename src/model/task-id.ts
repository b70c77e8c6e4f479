/** Ids of tasks that were given none. */
import { customAlphabet } from 'nanoid'

const random = customAlphabet('0123456789abcdefghijklmnopqrstuvwxyz', 12)

/** Fresh ids sort by the time they were made at, in milliseconds: records made together lie together on disk. */
export function freshTaskId(madeAt: number): string {
  const ms = Math.floor(madeAt)
  if (ms !== latest.ms) latest = { ms, text: ms.toString(36).padStart(9, '0') }
  return latest.text + random()
}

/** Many are made in one millisecond. */
let latest = { ms: Number.NaN, text: '' }
