/** What a test says of tasks: patterns that views are held to, and the words when none fits. */
import { AssertionError } from 'node:assert'
import { inspect, isDeepStrictEqual } from 'node:util'
import { type Instant, instantMs, isoTime } from '../model/duration.js'
import type { TaskView } from '../runtime/task-view.js'

/**
 * Fields of a task as they have to be. Objects in it may leave fields out, lists may not: `{ input: { file: 'a.jpg' } }`
 * fits every input with that file.
 */
export type TaskPattern = {
  readonly [Name in Exclude<keyof TaskView, 'runAt' | 'input'>]?: Partial<TaskView[Name]>
} & {
  readonly input?: unknown
  readonly runAt?: Instant
}

/** A failure shows so many of the tasks that are there. */
const MOST_SHOWN = 20

export function fits(view: TaskView, pattern: TaskPattern): boolean {
  const { runAt, ...fields } = pattern
  if (runAt !== undefined && view.runAt !== isoTime(instantMs(runAt, 'runAt'))) return false
  return holds(view, fields)
}

/** True when `value` has all that `pattern` has. */
function holds(value: unknown, pattern: unknown): boolean {
  if (!isPlain(pattern)) return isDeepStrictEqual(value, pattern)
  if (!isPlain(value)) return false
  return Object.entries(pattern).every(([key, part]) => holds(value[key], part))
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function missing(pattern: TaskPattern, there: readonly TaskView[]): AssertionError {
  const kinds = there.filter(({ kind }) => pattern.kind === undefined || kind === pattern.kind)
  const shown = (kinds.length > 0 ? kinds : there).slice(0, MOST_SHOWN).map((view) => `\n  ${inWords(view)}`)
  const found = shown.length > 0 ? `There are:${shown.join('')}` : 'There is no task at all.'
  const message = `No task fits ${inspect(pattern, { depth: 6 })}. ${found}`
  return new AssertionError({ message, expected: pattern, actual: there, operator: 'assertEnqueued' })
}

export function unwanted(pattern: TaskPattern, view: TaskView): AssertionError {
  const message = `A task fits ${inspect(pattern, { depth: 6 })}: ${inWords(view)}`
  return new AssertionError({ message, expected: undefined, actual: view, operator: 'refuteEnqueued' })
}

/** A task in one line. */
export function inWords({ id, kind, state, input, runAt, reason, error }: TaskView): string {
  const why = reason ?? error?.message
  return `${kind} ${id}: ${state}${why === undefined ? '' : ` (${why})`}, runAt ${runAt}, input ${inspect(input, { depth: 4, breakLength: Number.POSITIVE_INFINITY })}`
}
