/** Which tasks are meant: those named by their ids, or those of a query. */
import { type Command, InvalidArgumentError, Option } from 'commander'
import { HoldfastError } from '../model/errors.js'
import { STORED_STATES } from '../model/record.js'
import type { TaskQuery } from '../runtime/query.js'
import { stated } from './input.js'

/** What a command was given of a query. */
export type QueryOptions = Omit<TaskQuery, 'api'>

/** Options that select tasks; all that is given must hold. */
export function withQuery(command: Command): Command {
  return command
    .addOption(new Option('-s, --state <states>', 'one or several with commas: queued,running').argParser(statesOf))
    .option('-k, --kind <kind>', 'of this kind')
    .option('-r, --route <route>', 'in this route')
    .option('-g, --group <group>', 'of this group')
    .option('--schedule <id>', 'made by this schedule')
    .option('--cause <id>', 'that this task led to: its follow-ups, and what it enqueued')
    .option('--paused', 'that are paused')
}

export function queryOf({ state, kind, route, group, schedule, cause, paused }: QueryOptions): TaskQuery {
  return stated({ state, kind, route, group, schedule, cause, paused }) as TaskQuery
}

/** @throws ERR_USAGE when nothing is named, or both */
export function selectionOf(ids: readonly string[], options: QueryOptions): readonly string[] | TaskQuery {
  const query = queryOf(options)
  const asked = Object.keys(query).length > 0
  if (asked && ids.length > 0) throw new HoldfastError('ERR_USAGE', 'either ids or a query', BOTH)
  if (!asked && ids.length === 0) throw new HoldfastError('ERR_USAGE', 'which tasks?', NEITHER)
  return asked ? query : ids
}

const BOTH = { hint: 'Name the tasks by their ids, or select them: --kind, --group, --state ...' }
const NEITHER = { hint: 'Give ids, or select tasks: --kind, --group, --state ...; holdfast ls shows what is there.' }

function statesOf(given: string): TaskQuery['state'] {
  const states = given.toUpperCase().split(',')
  const wrong = states.find((state) => !(STORED_STATES as readonly string[]).includes(state))
  if (wrong !== undefined) throw new InvalidArgumentError(`There is no state ${wrong}: ${STORED_STATES.join(', ')}.`)
  return states as TaskQuery['state']
}
