/**
 * What a machine must be so that it can be made durable, checked when its kind is registered. XState itself checks
 * almost none of it: an unknown action is skipped in silence, an unknown delay fires at once, and a child without a
 * name cannot be found again after a restart.
 */
import type { AnyStateMachine, AnyStateNode } from 'xstate'
import { isExternal, isMachine } from '../kernel/durable.js'
import { HoldfastError } from '../model/errors.js'
import { lintKeys } from './lint-keys.js'
import { lintReach } from './lint-reach.js'

/**
 * Gives what is legal but strange: states that cannot be reached, states that can never come to an end.
 * @throws ERR_INVALID_MACHINE with the path of what is at fault
 */
export function lintMachine(machine: AnyStateMachine, where: string): readonly string[] {
  if (!isMachine(machine)) throw fault(where, 'machine', 'is not an XState v5 machine', 'Use setup().createMachine().')
  lintActors(machine, where, new Set())
  return lintReach(machine).map((warning) => `${where}: ${warning}`)
}

function lintActors(machine: AnyStateMachine, where: string, seen: Set<AnyStateMachine>): void {
  if (seen.has(machine)) return
  seen.add(machine)
  lintKeys(machine.config, where)
  lintNode(machine.root, where, machine)
  for (const [name, logic] of Object.entries(machine.implementations.actors)) {
    const path = `actors.${name}`
    if (isMachine(logic)) lintActors(logic, `${where}: ${path}`, seen)
    else if (!isLogic(logic)) {
      throw fault(
        where,
        path,
        'is no actor logic',
        'Use a machine, fromPromise, fromCallback, fromObservable or fromTransition.',
      )
    } else if (isExternal(logic) && typeof (logic as { config?: unknown }).config !== 'function') {
      throw fault(
        where,
        path,
        'is logic of its own making',
        'Its effects cannot be held; wrap it with fromPromise or fromCallback.',
      )
    }
  }
}

function isLogic(logic: unknown): boolean {
  const { transition, getInitialSnapshot } = (logic ?? {}) as Record<string, unknown>
  return typeof transition === 'function' && typeof getInitialSnapshot === 'function'
}

function lintNode(node: AnyStateNode, where: string, machine: AnyStateMachine): void {
  const here = node.path.length === 0 ? '' : `states.${node.path.join('.states.')}.`
  const config = node.config as Record<string, unknown>
  const { actors, delays } = machine.implementations
  list(config.invoke).forEach((invoke, i) => {
    const path = `${here}invoke${Array.isArray(config.invoke) ? `[${i}]` : ''}.src`
    lintSrc((invoke as { src?: unknown }).src ?? invoke, path, where, actors)
  })
  for (const delay of Object.keys((config.after as object | undefined) ?? {})) {
    if (!Number.isFinite(Number(delay)) && !(delay in delays)) {
      throw fault(where, `${here}after.${delay}`, 'is an unknown delay', known(delays))
    }
  }
  for (const [i, action] of node.entry.entries()) lintAction(action, `${here}entry[${i}]`, where, machine)
  for (const [i, action] of node.exit.entries()) lintAction(action, `${here}exit[${i}]`, where, machine)
  const transitions = [...node.transitions.values()].flat()
  if (node.always) transitions.push(...node.always)
  for (const transition of transitions) {
    const path = `${here}${placeOf(transition.eventType)}`
    for (const [i, action] of transition.actions.entries()) {
      lintAction(action, `${path}.actions[${i}]`, where, machine)
    }
    lintGuard(transition.guard, `${path}.guard`, where, machine)
  }
  for (const [i, action] of (node.initial?.actions ?? []).entries()) {
    lintAction(action, `${here}initial.actions[${i}]`, where, machine)
  }
  for (const child of Object.values(node.states)) lintNode(child, where, machine)
}

function lintSrc(src: unknown, path: string, where: string, actors: object): void {
  if (typeof src !== 'string') {
    throw fault(where, path, 'is actor logic inline, which cannot be found again after a restart',
      'Name it: setup({ actors: { name: logic } }) and src: "name".') // biome-ignore format: two lines read better
  }
  if (!(src in actors)) throw fault(where, path, `is the unknown actor '${src}'`, known(actors))
}

function lintAction(action: unknown, path: string, where: string, machine: AnyStateMachine): void {
  const { actors, actions, delays } = machine.implementations
  const name = nameOf(action)
  const resolved = name === undefined ? action : actions[name as keyof typeof actions]
  if (resolved === undefined) throw fault(where, path, `is the unknown action '${name}'`, known(actions))
  const { type, src, delay } = resolved as { type?: string; src?: unknown; delay?: unknown }
  if (type === 'xstate.spawnChild') lintSrc(src, path, where, actors)
  if ((type === 'xstate.raise' || type === 'xstate.sendTo') && typeof delay === 'string' && !(delay in delays)) {
    throw fault(where, path, `has the unknown delay '${delay}'`, known(delays))
  }
}

/** A guard by its name, and those that and(), or() and not() put together. */
function lintGuard(guard: unknown, path: string, where: string, machine: AnyStateMachine): void {
  const { guards } = machine.implementations
  const name = nameOf(guard)
  if (name !== undefined && !(name in guards)) throw fault(where, path, `is the unknown guard '${name}'`, known(guards))
  const parts = name === undefined ? (guard as { guards?: unknown } | undefined)?.guards : undefined
  for (const part of list(parts)) lintGuard(part, path, where, machine)
}

/** Where a transition stands in the config: XState turns `onDone`, `after` and their kin into events. */
function placeOf(eventType: string): string {
  if (eventType === '') return 'always'
  if (eventType.startsWith('xstate.done.actor.')) return 'invoke.onDone'
  if (eventType.startsWith('xstate.error.actor.')) return 'invoke.onError'
  if (eventType.startsWith('xstate.snapshot.')) return 'invoke.onSnapshot'
  if (eventType.startsWith('xstate.done.state.')) return 'onDone'
  return eventType.startsWith('xstate.after.') ? `after.${eventType.split('.')[2]}` : `on.${eventType}`
}

/** The name of a named action or guard; inline functions and combinators (not, and, or) have none. */
function nameOf(named: unknown): string | undefined {
  if (typeof named === 'string') return named
  if (typeof named !== 'object' || named === null) return undefined
  const { type } = named as { type?: unknown }
  return typeof type === 'string' && !type.startsWith('xstate.') ? type : undefined
}

function list(value: unknown): readonly unknown[] {
  return value === undefined ? [] : Array.isArray(value) ? value : [value]
}

function known(implementations: object): string {
  return `Known: ${Object.keys(implementations).join(', ') || 'none'}.`
}

function fault(where: string, path: string, what: string, hint: string): HoldfastError {
  return new HoldfastError('ERR_INVALID_MACHINE', `${where}: ${path} ${what}`, { hint })
}
