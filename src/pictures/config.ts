/** A statechart as a machine config, functions by their names: what `createMachine` and the import of Stately take. */
import type { NamedPart, StateView, TransitionView } from '../runtime/machine-view.js'

/** A state of a config; the outermost is the machine. JSON. */
export type StateConfig = Readonly<Record<string, unknown>>

/** @example createMachine(configOf((await runtime.machines.get('visit')).definition)) */
export function configOf(machine: StateView): StateConfig {
  return stateConfig(machine, undefined)
}

/** The same as code, to be pasted where Stately Studio says "Import from code". */
export function statelyOf(machine: StateView): string {
  const config = JSON.stringify(configOf(machine), null, 2)
  return `import { createMachine } from 'xstate'\n\nexport const machine = createMachine(${config})\n`
}

function stateConfig(view: StateView, parent: StateView | undefined): StateConfig {
  const { id, key, type, history, initial, entry, exit, always, tags, description, meta, output } = view
  const states = Object.values(view.states)
  const sorted = [...states].sort((a, b) => a.order - b.order)
  return {
    ...(parent === undefined || id !== `${parent.id}.${key}` ? { id } : {}),
    ...(type === 'atomic' || type === 'compound' ? {} : { type }),
    ...(history ? { history } : {}),
    ...(initial?.target ? { initial: initialOf(view, initial) } : {}),
    ...(description === undefined ? {} : { description }),
    ...(tags.length > 0 ? { tags } : {}),
    ...(meta === undefined ? {} : { meta }),
    ...(output === undefined ? {} : { output }),
    ...(entry.length > 0 ? { entry: entry.map(partOf) } : {}),
    ...(exit.length > 0 ? { exit: exit.map(partOf) } : {}),
    ...placed(view),
    ...(always.length > 0 ? { always: always.map(transitionConfig) } : {}),
    ...(sorted.length > 0
      ? { states: Object.fromEntries(sorted.map((each) => [each.key, stateConfig(each, view)])) }
      : {}),
  }
}

function initialOf({ states }: StateView, { target, actions }: TransitionView): unknown {
  const child = Object.values(states).find(({ id }) => target?.[0] === `#${id}`)
  return child && actions.length === 0 ? child.key : { target, actions: actions.map(partOf) }
}

/** XState turns `after`, `onDone` and what becomes of actors into events: here they are what was written. */
function placed({ id, on, invoke }: StateView): StateConfig {
  const events: Record<string, unknown> = {}
  const after: Record<string, unknown> = {}
  const done: unknown[] = []
  const actors = invoke.map((each) => ({ ...each }) as Record<string, unknown>)
  for (const [type, transitions] of Object.entries(on)) {
    const all = transitions.map(transitionConfig)
    const [, kind, actor] = /^xstate\.(done|error|snapshot)\.(?:actor)\.(.*)$/.exec(type) ?? []
    const at = actor === undefined ? -1 : invoke.findIndex((each) => each.id === actor)
    const delay = transitions[0]?.delay
    if (delay !== undefined) after[String(delay)] = all
    else if (type === `xstate.done.state.${id}`) done.push(...all)
    else if (at >= 0)
      (actors[at] as Record<string, unknown>)[
        kind === 'done' ? 'onDone' : kind === 'error' ? 'onError' : 'onSnapshot'
      ] = all
    else events[type] = all
  }
  return {
    ...(actors.length > 0 ? { invoke: actors } : {}),
    ...(Object.keys(events).length > 0 ? { on: events } : {}),
    ...(Object.keys(after).length > 0 ? { after } : {}),
    ...(done.length > 0 ? { onDone: done } : {}),
  }
}

function transitionConfig({ target, guard, actions, reenter, description }: TransitionView): StateConfig {
  return {
    ...(target === undefined ? {} : { target: target.length === 1 ? target[0] : target }),
    ...(guard === undefined ? {} : { guard: partOf(guard) }),
    ...(actions.length > 0 ? { actions: actions.map(partOf) } : {}),
    ...(reenter ? { reenter } : {}),
    ...(description === undefined ? {} : { description }),
  }
}

function partOf({ type, params, event, delay }: NamedPart): StateConfig {
  return {
    type,
    ...(params === undefined ? {} : { params }),
    ...(event === undefined ? {} : { event: { type: event } }),
    ...(delay === undefined ? {} : { delay }),
  }
}
