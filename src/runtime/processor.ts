/**
 * `holdfast/processor`: what the module of a processor needs, and nothing that is slow to load. Every thread and every
 * process loads it for itself, and all of `holdfast` costs each of them ten times as much.
 */
export { HoldfastError } from '../model/errors.js'
export { RetryAfter, snooze, TerminalError } from './outcome.js'
export type { RunningTask } from './running-task.js'
