/** The checks that options share, and how a refusal reads: the option, what is expected, what was found. */
import { HoldfastError, shown } from '../model/errors.js'
import { didYouMean } from '../model/nearest.js'

export function invalid(option: string, expected: string, found: unknown): HoldfastError {
  return new HoldfastError('ERR_INVALID_OPTION', `${option}: expected ${expected}, found ${shown(found)}`)
}

/**
 * `elsewhere` are the options that users give in the same place and that others have taken out by now.
 * @throws ERR_INVALID_OPTION for a key that is not among `known`
 */
export function onlyKnown(
  given: object,
  known: readonly string[],
  where: string,
  elsewhere: readonly string[] = [],
): void {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) throw invalid(where, 'an object', given)
  const all = [...known, ...elsewhere]
  for (const key of Object.keys(given)) {
    if (known.includes(key)) continue
    throw new HoldfastError('ERR_INVALID_OPTION', `${where}: unknown option '${key}'`, {
      hint: `${didYouMean(key, all)}Known here: ${all.join(', ')}.`,
    })
  }
}

export function whole(value: unknown, option: string, least: number, most: number): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) return value
  throw invalid(option, `a whole number from ${least} to ${most}`, value)
}

const NAME = /^[A-Za-z0-9][A-Za-z0-9._:@/+-]{0,127}$/

/** Ids and the names of kinds, routes and groups: printable, short, and safe in a key. @throws ERR_INVALID_ID */
export function checkName(value: unknown, option: string): string {
  if (typeof value === 'string' && NAME.test(value)) return value
  throw new HoldfastError('ERR_INVALID_ID', `${option}: ${shown(value)} is not a usable name`)
}

const MOST_IDS = 10_000

/** The ids of one call. @throws ERR_TOO_MANY, ERR_INVALID_ID */
export function checkIds(ids: readonly string[]): readonly string[] {
  if (ids.length > MOST_IDS) throw new HoldfastError('ERR_TOO_MANY', `${ids.length} ids, the limit is ${MOST_IDS}`)
  for (const id of ids) checkName(id, 'id')
  return ids
}

/** A key by which a call that comes again is known. @throws ERR_INVALID_OPTION */
export function checkOnce(value: unknown, option: string): string {
  if (typeof value === 'string' && value.length > 0 && value.length <= 255) return value
  throw invalid(option, 'a text of 1 to 255 characters', value)
}

export const MOST_TASKS = 10_000

/** The tasks of one call; what is in them is not looked at. @throws ERR_INVALID_OPTION, ERR_TOO_MANY */
export function checkTasks(tasks: readonly unknown[]): void {
  if (!Array.isArray(tasks)) throw invalid('tasks', 'a list', tasks)
  if (tasks.length > MOST_TASKS)
    throw new HoldfastError('ERR_TOO_MANY', `${tasks.length} tasks, the limit is ${MOST_TASKS}`)
  for (const [i, task] of tasks.entries()) {
    if (typeof task !== 'object' || task === null) throw invalid(`tasks[${i}]`, '{ kind, input, ...options }', task)
  }
}

/** Dedupe keys may be any text: file names, addresses. @throws ERR_INVALID_ID */
export function checkKey(value: unknown, option = 'key'): string {
  if (typeof value === 'string' && value.length > 0 && value.length <= 512) return value
  throw new HoldfastError('ERR_INVALID_ID', `${option}: ${shown(value)} is not a text of 1 to 512 characters`)
}
