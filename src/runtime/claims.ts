/** What a draft lays claim to: an id, a key, other tasks. */
import { HoldfastError } from '../model/errors.js'
import { dedupeKey } from '../model/keys.js'
import type { Draft } from './draft.js'
import type { TaskUnit } from './unit.js'

/** What a draft may have in common with another: the id that was chosen for it, its key, what it depends on. */
export function namesOf({ named, id, kind, extras, needs }: Draft): string[] {
  const { key } = extras
  return [...(named ? [id] : []), ...(key === undefined ? [] : [dedupeKey(kind.name, key)]), ...(needs?.tasks ?? [])]
}

/** It makes a task that waits become what it asks for. */
export function replaces({ repeat }: Draft): boolean {
  return repeat !== undefined && repeat.type !== 'throttle'
}

/** For who asks from outside a hidden task is none. */
export function isThere({ needs }: Draft, unit: TaskUnit | undefined): boolean {
  return unit !== undefined && (unit.kind.api || !needs?.outside)
}

/** The draft, which leaves its key to the one that has it. */
export function withoutKey(draft: Draft): Draft {
  const { key: _, ...extras } = draft.extras
  return { ...draft, extras }
}

/** It depends on a task that is not there. */
export function unknownDependency({ id, named }: Draft, missing: string): HoldfastError {
  const who = named ? `task '${id}'` : 'the task'
  return new HoldfastError('ERR_UNKNOWN_DEPENDENCY', `${who} depends on '${missing}', which does not exist`)
}
