/** What the names in a file mean: the standard set, and what programs add. */
import type { AnyActorLogic } from 'xstate'
import { type Duration, durationMs } from '../model/duration.js'
import { invalid, onlyKnown } from '../runtime/checks.js'
import { type StandardOptions, standardActors } from '../standard/index.js'
import type { JsonSchema } from './json-schema.js'
import { STANDARD_ACTIONS, STANDARD_GUARDS } from './standard-parts.js'

/** An actor with a JSON Schema of what it takes, by which the inputs of invokes are checked. */
export interface CheckedActor {
  readonly logic: AnyActorLogic
  readonly input: JsonSchema
}

/** What machines in JSON may name beside the standard set: XState's own, written in code. */
export interface MachineParts {
  /** What the standard actors may do on this board: roots of files, commands, networks. */
  readonly standard?: StandardOptions
  /** Machines, fromPromise, fromCallback, fromObservable, fromTransition. */
  readonly actors?: Readonly<Record<string, AnyActorLogic | CheckedActor>>
  /** Functions of ({ context, event }, params), assign(...) and its kin. */
  readonly actions?: Readonly<Record<string, unknown>>
  /** Functions of ({ context, event }, params) to true or false. */
  readonly guards?: Readonly<Record<string, unknown>>
  /** Durations, or functions of ({ context, event }) to milliseconds. */
  readonly delays?: Readonly<Record<string, unknown>>
}

export interface Registry {
  readonly actors: ReadonlyMap<string, { readonly logic: AnyActorLogic; readonly input?: JsonSchema }>
  readonly actions: ReadonlyMap<string, unknown>
  readonly guards: ReadonlyMap<string, unknown>
  readonly delays: ReadonlyMap<string, unknown>
}

/** @throws ERR_INVALID_OPTION, ERR_INVALID_DURATION */
export function registryOf(parts: MachineParts = {}): Registry {
  onlyKnown(parts, ['standard', 'actors', 'actions', 'guards', 'delays'], 'machines')
  const standard = standardActors(parts.standard)
  const all = (name: Exclude<keyof MachineParts, 'standard'>) => {
    const given = parts[name] ?? {}
    if (typeof given !== 'object') throw invalid(`machines.${name}`, 'an object', given)
    return Object.entries(given)
  }
  for (const [name, taken] of [
    ['actors', standard],
    ['actions', STANDARD_ACTIONS],
    ['guards', STANDARD_GUARDS],
  ] as const) {
    const twice = all(name).find(([each]) => Object.hasOwn(taken, each))
    if (twice) throw invalid(`machines.${name}.${twice[0]}`, 'another name: this one is of the standard set', twice[0])
  }
  return {
    actors: new Map(
      [...Object.entries(standard), ...all('actors')].map(([name, actor]) => [
        name,
        isChecked(actor) ? actor : { logic: actor as AnyActorLogic },
      ]),
    ),
    actions: new Map(all('actions')),
    guards: new Map(all('guards')),
    delays: new Map(
      all('delays').map(([name, delay]) => [
        name,
        typeof delay === 'function' ? delay : durationMs(delay as Duration, `machines.delays.${name}`),
      ]),
    ),
  }
}

function isChecked(actor: unknown): actor is CheckedActor {
  return typeof actor === 'object' && actor !== null && 'logic' in actor && !('transition' in actor)
}
