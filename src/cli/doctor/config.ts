import { DEFAULT_RETRY } from '../../../machines/index.js'
import { createRuntime, HoldfastError, type RuntimeOptions } from '../../index.js'
import { multitaskOf } from '../../runtime/isolation.js'
import { Kinds } from '../../runtime/kinds.js'
import { strayRoutes } from '../../runtime/stray-routes.js'
import { whereIn } from '../config.js'
import { hintOf } from '../hints.js'
import { counted, lengthOf } from '../words.js'
import { type Finding, Findings } from './finding.js'
import type { Place } from './place.js'

/** A daemon that is started again after a cut waits for this, too. */
const SLOW_MS = 5_000

const config = new Findings('config')

/** A runtime is made of it, and not started: nothing happens before. */
export async function configCheck({ config: read, options, path }: Place): Promise<Finding[]> {
  if (!read) {
    const advice =
      'Go to its directory, or name it: `holdfast doctor --config FILE`; a store alone: `--path DIRECTORY`.'
    const says = 'there is none here: what the daemon is made of is not looked at'
    return [path === undefined ? config.warning(says, advice) : config.note(says, advice)]
  }
  const { file, tookMs, error } = read
  if (error !== undefined || !options) return [broken(file, error)]
  try {
    const whole = completed(options)
    createRuntime(whole)
    return [...placed(file, options), ...timely(file, tookMs, whole), ...warnings(whole)]
  } catch (error) {
    return [broken(file, error)]
  }
}

/** With what `holdfast start` finds in the environment of its unit, and nobody else does. */
function completed({ path = '.', api, ...options }: RuntimeOptions): RuntimeOptions {
  const nowhere = !api || (api.socket ?? api.tcp) === undefined
  return { ...options, path, api: nowhere ? false : api }
}

function placed(file: string, { path }: RuntimeOptions): Finding[] {
  if (path !== undefined) return []
  const advice = 'Its unit has a StateDirectory= then: say `holdfast doctor --path DIRECTORY`; or write `path` in it.'
  return [config.warning(`${file} does not say where the store is, and it is not looked at`, advice)]
}

function timely(file: string, tookMs: number, { tasks, routes = {}, schedules = {} }: RuntimeOptions): Finding[] {
  const has = [
    counted(tasks.length, 'kind'),
    counted(Object.keys(routes).length, 'route'),
    counted(Object.keys(schedules).length, 'schedule'),
  ].join(', ')
  const says = `${file}: ${has}, read in ${lengthOf(tookMs)}`
  if (tookMs < SLOW_MS) return [config.ok(says)]
  return [config.note(says, 'Each start waits for it: do slow things in `setup`, when the runtime works already.')]
}

/** What a start warns of: a state that nothing leads to, a dead end, a route that is not in `routes`. */
function warnings({ tasks, routes, multitask }: RuntimeOptions): Finding[] {
  const kinds = new Kinds(tasks, DEFAULT_RETRY, multitaskOf(multitask))
  return [...kinds.warnings, ...strayRoutes(kinds, routes)].map((each) => config.warning(each))
}

function broken(file: string, error: unknown): Finding {
  const { message, cause } = error instanceof Error ? error : { message: String(error), cause: undefined }
  const why = cause instanceof Error ? `${message}: ${cause.message}` : message
  return config.fault(why.includes(file) ? why : `${file}: ${why}`, adviceOn(file, error, cause))
}

function adviceOn(file: string, error: unknown, cause: unknown): string | undefined {
  if (cause instanceof SyntaxError) return whereIn(file)
  return error instanceof HoldfastError && cause === undefined ? hintOf(error) : undefined
}
