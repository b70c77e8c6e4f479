/**
 * A machine as it can be shown elsewhere: its definition as JSON, in the words of XState's own (`machine.definition`),
 * which leaves out `always` and keeps functions. Here every function is its name: source text is never shown.
 */
import type { AnyStateMachine, AnyStateNode, AnyTransitionDefinition } from 'xstate'

const INLINE = '(inline)'
/** A function without a name is called after the member that it is. */
const GIVEN_BY_PLACE = new Set(['', 'actions', 'entry', 'exit', 'guard', 'output', 'params', 'src'])

/** An action or guard by its name; `(inline)` for a function without one. */
export interface NamedPart {
  readonly type: string
  readonly params?: unknown
  /** Of an event that a machine raises for itself: its type, and after how long. */
  readonly event?: string
  readonly delay?: number | string
  /** What a guard is made of: `and`, `or`, `not`. */
  readonly guards?: readonly NamedPart[]
}

export interface TransitionView {
  /** '' for one that is taken at once. */
  readonly eventType: string
  readonly source: string
  /** Ids of states, `#door.open`; none for a transition that stays. */
  readonly target?: readonly string[]
  readonly guard?: NamedPart
  readonly actions: readonly NamedPart[]
  readonly reenter: boolean
  /** Of a transition that waits: milliseconds, or the name of a delay. */
  readonly delay?: number | string
  readonly description?: string
}

/** A state with those in it; the outermost is the machine. */
export interface StateView {
  readonly id: string
  readonly key: string
  readonly type: 'atomic' | 'compound' | 'parallel' | 'final' | 'history'
  readonly order: number
  readonly history?: 'shallow' | 'deep'
  readonly initial?: TransitionView
  readonly entry: readonly NamedPart[]
  readonly exit: readonly NamedPart[]
  readonly invoke: readonly { readonly id: string; readonly src: string }[]
  readonly on: Readonly<Record<string, readonly TransitionView[]>>
  readonly always: readonly TransitionView[]
  readonly tags: readonly string[]
  readonly description?: string
  readonly meta?: unknown
  readonly output?: unknown
  readonly states: Readonly<Record<string, StateView>>
}

/** The definition of a machine, without its context. */
export function definitionOf(machine: AnyStateMachine): StateView {
  return stateOf(machine.root)
}

function stateOf(node: AnyStateNode): StateView {
  const { config, initial, history, description, meta, output } = node
  // Those of the config: XState adds what starts and cancels the timers of `after`.
  const { entry, exit } = config as { entry?: unknown; exit?: unknown }
  return {
    id: node.id,
    key: node.key,
    type: node.type,
    order: node.order,
    ...(history ? { history } : {}),
    ...(initial && node.type === 'compound' ? { initial: transitionOf(initial) } : {}),
    entry: list(entry).map(named),
    exit: list(exit).map(named),
    invoke: node.invoke.map(({ id, src }) => ({ id, src: typeof src === 'string' ? src : INLINE })),
    on: Object.fromEntries([...node.transitions].map(([type, all]) => [type, all.map(transitionOf)])),
    always: (node.always ?? []).map(transitionOf),
    tags: node.tags,
    ...(description === undefined ? {} : { description }),
    ...(meta === undefined ? {} : { meta: plain(meta) }),
    ...(output === undefined ? {} : { output: plain(output) }),
    states: Object.fromEntries(
      Object.entries(node.states as Record<string, AnyStateNode>).map(([key, child]) => [key, stateOf(child)]),
    ),
  }
}

function transitionOf(transition: AnyTransitionDefinition & { readonly delay?: unknown }): TransitionView {
  const { eventType, source, target, guard, actions, reenter, delay, description } = transition
  return {
    eventType: eventType ?? '',
    source: `#${source.id}`,
    ...(target === undefined ? {} : { target: target.map(({ id }) => `#${id}`) }),
    ...(guard === undefined ? {} : { guard: named(guard) }),
    actions: actions.map(named),
    reenter,
    ...(delay === undefined ? {} : { delay: typeof delay === 'number' ? delay : nameOf(delay) }),
    ...(description === undefined ? {} : { description }),
  }
}

/** What XState brings along (assign, raise, and) is a function that carries what it was given. */
function named(part: unknown): NamedPart {
  const { params, guards, event, delay } = part as Record<'params' | 'guards' | 'event' | 'delay', unknown>
  const type = nameOf(part)
  return {
    type,
    ...(params === undefined ? {} : { params: plain(params) }),
    ...(type === 'xstate.raise' ? raised(event, delay) : {}),
    ...(guards === undefined ? {} : { guards: (guards as readonly unknown[]).map(named) }),
  }
}

function raised(event: unknown, delay: unknown): Pick<NamedPart, 'event' | 'delay'> {
  const type = typeof event === 'function' ? nameOf(event) : (event as { type?: unknown } | undefined)?.type
  return {
    ...(typeof type === 'string' ? { event: type } : {}),
    ...(delay === undefined ? {} : { delay: typeof delay === 'number' ? delay : nameOf(delay) }),
  }
}

function nameOf(part: unknown): string {
  if (typeof part === 'string') return part
  const { type, name } = part as { type?: unknown; name?: unknown }
  if (typeof type === 'string') return type
  return typeof name === 'string' && !GIVEN_BY_PLACE.has(name) ? name : INLINE
}

/** As JSON has it, and functions by their names; what JSON cannot hold is left out. */
function plain(value: unknown): unknown {
  try {
    const text = JSON.stringify(value, (_, each) => (typeof each === 'function' ? nameOf(each) : each))
    return text === undefined ? undefined : JSON.parse(text)
  } catch {
    return undefined
  }
}

function list(given: unknown): readonly unknown[] {
  return given === undefined ? [] : Array.isArray(given) ? given : [given]
}
