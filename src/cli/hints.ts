/**
 * What to do next, for whoever types: the hints of the table of errors speak of methods. One that says more than its
 * table keeps what it says.
 */
import { CODES, type ErrorCode, type HoldfastError } from '../model/errors.js'

export const HINTS: { readonly [Code in ErrorCode]?: string } = {
  ERR_UNKNOWN_KIND: 'A new kind goes into `tasks` of the config; `holdfast kinds` lists those of a daemon.',
  ERR_INVALID_INPUT: 'The message says what does not fit, by its path in the input.',
  ERR_INVALID_SETTINGS: 'The message says what does not fit. The settings before stay in force: `holdfast kinds show KIND`.',
  ERR_KIND_RETIRED: '`holdfast kinds restore KIND` brings it back.',
  ERR_UNKNOWN_DEPENDENCY: 'It was never made, or removed since; enqueue it first: `holdfast ls` lists what is there.',
  ERR_DUPLICATE_ID: 'Leave out `--id` to get a fresh one, or use `--key` to get the task that is there.',
  ERR_NOT_FOUND: '`holdfast ls` lists the tasks, `holdfast quarantine` what could not be restored.',
  ERR_ILLEGAL_TRANSITION: '`holdfast show ID` says in which state it is; docs/concepts/tasks.md what leaves each.',
  ERR_OVERLOADED: 'Try again in a moment, with fewer calls at once.',
  ERR_TASK_FAILED: '`holdfast show ID` says more of the error; `holdfast retry ID` puts it back.',
  ERR_TASK_TERMINATED: '`holdfast show ID` says what happened to it; `holdfast retry ID` puts it back.',
  ERR_NOT_STARTED: 'The daemon starts: try again in a moment.',
  ERR_STOPPED: 'The daemon stops: `holdfast start` starts it again, or its unit does.',
  ERR_STORE_CLOSED: 'The daemon stops, or waits for its disk: `holdfast doctor` says which.',
  ERR_EXISTS: 'Name another place; `holdfast restore FROM --force` puts a backup in the place of a store, which is kept beside it.',
  ERR_UNAUTHORIZED: 'Give a token in HOLDFAST_TOKEN: `holdfast tokens create NAME` makes one, asked on the board itself.',
  ERR_DEVICE_FAULTY: '`holdfast devices show ID` says why, and what to do. It is looked for again by itself.',
} // biome-ignore format: a table

/** The hint of an error as the command line says it. */
export function hintOf({ code, hint }: HoldfastError): string {
  const typed = HINTS[code]
  // A function: what is put in is no pattern.
  return typed === undefined ? hint : hint.replace(CODES[code][1], () => typed)
}
