/**
 * The keys of a machine's config. XState passes over a key that it does not know, so a misspelt `gaurd` is no guard
 * at all. The tables are the config of XState 5 (https://stately.ai/docs/states, .../transitions, .../invoke).
 */
import { HoldfastError } from '../model/errors.js'
import { nearest } from '../model/nearest.js'

const STATE = [
  'id', 'type', 'initial', 'history', 'target', 'states', 'on', 'after', 'always', 'onDone', 'entry', 'exit', 'invoke',
  'output', 'tags', 'meta', 'description', 'order', 'route',
] // biome-ignore format: a table
const MACHINE = [...STATE, 'context', 'version', 'options', 'types', 'schemas']
const TRANSITION = ['target', 'guard', 'actions', 'reenter', 'meta', 'description']
const INVOKE = ['src', 'id', 'systemId', 'input', 'onDone', 'onError', 'onSnapshot']
const NAMED = ['type', 'params']

/** What XState 4 called it. */
const RENAMED: Readonly<Record<string, string>> = { cond: 'guard', internal: 'reenter', data: 'output', in: 'guard' }

interface Config {
  readonly [key: string]: unknown
}

/** @throws ERR_INVALID_MACHINE with the path of the first key that XState does not know */
export function lintKeys(config: object, where: string): void {
  checkState(config as Config, MACHINE, '', where)
}

function checkState(state: Config, known: readonly string[], here: string, where: string): void {
  check(state, known, here, where)
  for (const [i, invoke] of items(state.invoke)) {
    const path = `${here}invoke${i}`
    check(invoke, INVOKE, `${path}.`, where)
    for (const key of ['onDone', 'onError', 'onSnapshot']) checkTransitions(invoke[key], `${path}.${key}`, where)
  }
  for (const key of ['always', 'onDone', 'initial', 'route']) checkTransitions(state[key], `${here}${key}`, where)
  for (const key of ['on', 'after']) {
    for (const [event, transition] of Object.entries(object(state[key])))
      checkTransitions(transition, `${here}${key}.${event}`, where)
  }
  for (const key of ['entry', 'exit']) checkNamed(state[key], `${here}${key}`, where)
  for (const [name, child] of Object.entries(object(state.states)))
    checkState(object(child), STATE, `${here}states.${name}.`, where)
}

function checkTransitions(given: unknown, path: string, where: string): void {
  for (const [i, transition] of items(given)) {
    check(transition, TRANSITION, `${path}${i}.`, where)
    checkNamed(transition.actions, `${path}${i}.actions`, where)
    checkNamed(transition.guard, `${path}${i}.guard`, where)
  }
}

/** Actions and guards that are objects in the config; what XState's own functions make is another matter. */
function checkNamed(given: unknown, path: string, where: string): void {
  for (const [i, named] of items(given)) {
    const { type } = named
    if (typeof type === 'string' && !type.startsWith('xstate.')) check(named, NAMED, `${path}${i}.`, where)
  }
}

function check(config: Config, known: readonly string[], here: string, where: string): void {
  for (const key of Object.keys(config)) {
    if (known.includes(key)) continue
    const meant = meantBy(key, known)
    throw new HoldfastError('ERR_INVALID_MACHINE', `${where}: ${here}${key} is no key of a machine`, {
      hint: meant === undefined ? `Known here: ${known.join(', ')}.` : `Did you mean '${meant}'?`,
    })
  }
}

/** The known key that somebody who wrote `key` will have meant. */
export function meantBy(key: string, known: readonly string[]): string | undefined {
  const renamed = RENAMED[key]
  return renamed !== undefined && known.includes(renamed) ? renamed : nearest(key, known)
}

/** The objects of one or several, each with its place: '' for a single one, '[i]' in a list. */
function items(given: unknown): [place: string, config: Config][] {
  const list: [place: string, item: unknown][] = Array.isArray(given)
    ? given.map((each, i) => [`[${i}]`, each])
    : [['', given]]
  return list.filter((each): each is [string, Config] => typeof each[1] === 'object' && each[1] !== null)
}

function object(given: unknown): Config {
  return typeof given === 'object' && given !== null ? (given as Config) : {}
}
