/**
 * The history of a task: which states it entered when. Tasks that are made together walk together, so lists are shared:
 * of a thousand made and started in the same millisecond each has the list of the one before, and none its own.
 */
import type { HistoryEntry, Now, TaskContext, TaskState } from './task.js'

/** History keeps the first and the latest entries. */
export const HISTORY_FIRST = 8
export const HISTORY_LATEST = 24

type History = readonly HistoryEntry[]

/** The latest list that was made for entering a state, and what it was made of. */
interface Made {
  readonly before: History
  readonly at: number
  readonly history: History
}

const latest = new Map<TaskState, Made>()
const NEW = { history: [] }

/** Of a task that was not stored yet. */
export function begun(now: Now): History {
  return entered(NEW, 'NONE', now)
}

/** With one entry more, and without those in the middle when it becomes too long. Others have it, too. */
export function entered(
  { history: before }: Pick<TaskContext, 'history'>,
  state: TaskState,
  { wall: at }: Now,
): History {
  const made = latest.get(state)
  if (made?.at === at && made.before === before) return made.history
  const history = bounded(before, { state, at })
  latest.set(state, { before, at, history })
  return history
}

function bounded(before: History, entry: HistoryEntry): History {
  const [a, b, c, d] = before
  // The steps of nearly every task: a list of its very length, where a spread makes one with room for seventeen.
  if (before.length === 1 && a) return [a, entry]
  if (before.length === 2 && a && b) return [a, b, entry]
  if (before.length === 3 && a && b && c) return [a, b, c, entry]
  if (before.length === 4 && a && b && c && d) return [a, b, c, d, entry]
  const all = [...before, entry]
  if (all.length <= HISTORY_FIRST + HISTORY_LATEST) return all
  return [...all.slice(0, HISTORY_FIRST), ...all.slice(-HISTORY_LATEST)]
}
