/**
 * A statechart as it is drawn: states in states, and arrows between them. What needs no arrow (an event that stays where
 * it is, or goes to a state around or inside, or to another region) is a line within its state. All names are data of
 * users.
 */
import type { NamedPart, StateView, TransitionView } from '../runtime/machine-view.js'

export interface ChartState {
  readonly id: string
  readonly key: string
  readonly type: StateView['type']
  readonly history: StateView['history']
  /** The keys that lead here from the machine. */
  readonly path: readonly string[]
  readonly parent: ChartState | undefined
  /** What happens in it without leaving it. */
  readonly lines: readonly string[]
  /** Where it begins. */
  initial: ChartState | undefined
  readonly states: readonly ChartState[]
  readonly arrows: readonly Arrow[]
}

/** Transitions from one state to another that differ by their event alone. */
export interface Arrow {
  readonly from: ChartState
  readonly to: ChartState
  readonly events: readonly string[]
  /** `[open]`, or nothing. */
  readonly guard: string
  /** What is done on the way, by name. */
  readonly actions: readonly string[]
}

type Mutable<T> = { -readonly [name in keyof T]: T[name] }

/** `own` says whether a transition is an arrow even though it leads to where it comes from. */
export function chartOf(machine: StateView, own = false): ChartState {
  const states = new Map<string, ChartState>()
  const views = new Map<ChartState, StateView>()
  const root = stateOf(machine, undefined)
  for (const [state, view] of views) connect(state as Mutable<ChartState>, view, states, own)
  return root

  function stateOf(view: StateView, parent: ChartState | undefined): ChartState {
    const { id, key, type, history } = view
    const path = parent ? [...parent.path, key] : []
    const state: Mutable<ChartState> = {
      id, key, type, history, path, parent, lines: [], initial: undefined, states: [], arrows: [],
    } // biome-ignore format: one line reads better
    states.set(id, state)
    views.set(state, view)
    state.states = Object.values(view.states)
      .sort((a, b) => a.order - b.order)
      .map((child) => stateOf(child, state))
    return state
  }
}

function connect(state: Mutable<ChartState>, view: StateView, states: ReadonlyMap<string, ChartState>, own: boolean) {
  const stateAt = (target: string) => states.get(target.slice(1))
  state.initial = view.initial?.target?.map(stateAt)[0]
  const gathered = new Map<string, Mutable<Arrow> & { events: string[]; to: ChartState | undefined }>()
  for (const transition of [...Object.values(view.on).flat(), ...view.always]) {
    const guard = transition.guard ? `[${guardText(transition.guard)}]` : ''
    const actions = portsOf(transition.actions)
    for (const target of transition.target ?? [undefined]) {
      const to = target === undefined ? undefined : stateAt(target)
      const alike = JSON.stringify([target, guard, actions])
      const arrow = gathered.get(alike) ?? { from: state, to: to as ChartState, events: [], guard, actions }
      const event = eventText(transition, view)
      if (!arrow.events.includes(event)) arrow.events.push(event)
      gathered.set(alike, arrow)
    }
  }
  const all = [...gathered.values()]
  const drawn = all.filter(({ to }) => to && (own || meets(state, to)))
  state.arrows = drawn
  state.lines = [
    ...portsOf(view.entry).map((port) => `entry / ${port}`),
    ...view.invoke.map(({ src }) => `invoke ${src}`),
    ...all.filter((arrow) => !drawn.includes(arrow)).map((arrow) => within(arrow)),
    ...portsOf(view.exit).map((port) => `exit / ${port}`),
  ]
}

/** `look [open] / ring`, as one line. */
export function labelOf({ events, guard, actions }: Omit<Arrow, 'from' | 'to'>): string {
  return [events.join(', '), guard, actions.length > 0 ? `/ ${actions.join(', ')}` : ''].filter(Boolean).join(' ')
}

function within(arrow: Arrow & { to: ChartState | undefined }): string {
  const { from, to } = arrow
  return `${labelOf(arrow)}${to === undefined ? '' : to === from ? ' ↻' : ` → ${to.key}`}`
}

/** False where no arrow can be drawn: to a state around or inside, and from one region of a parallel state to the next. */
function meets(from: ChartState, to: ChartState): boolean {
  if (from === to || around(to, from) || around(from, to)) return false
  let outer = from.parent
  while (outer && !around(outer, to)) outer = outer.parent
  return outer?.type !== 'parallel'
}

/** True when one state is around another. */
export function around(outer: ChartState, inner: ChartState): boolean {
  for (let at = inner.parent; at; at = at.parent) if (at === outer) return true
  return false
}

/** Ports are what a machine names; assigns and the like are its own business. A delayed raise is an event to itself. */
function portsOf(actions: readonly NamedPart[]): string[] {
  return actions.flatMap(({ type, event, delay }) => {
    if (type === 'xstate.raise' && event !== undefined && delay !== undefined) return `${event} after ${delay}`
    return type.startsWith('xstate.') || type === '(inline)' ? [] : type
  })
}

function guardText({ type, guards }: NamedPart): string {
  if (guards) return `${type.replace(/^xstate\./, '')}(${guards.map(guardText).join(', ')})`
  return type === '(inline)' ? 'guarded' : type
}

/** XState's own names of events, in the words of a config. */
function eventText({ eventType, delay }: TransitionView, { invoke }: StateView): string {
  if (delay !== undefined) return `after ${typeof delay === 'number' ? spanOf(delay) : delay}`
  if (eventType === '') return 'always'
  const [, kind, of, source] = /^xstate\.(done|error|snapshot)\.(actor|state)\.(.*)$/.exec(eventType) ?? []
  if (kind === undefined || source === '*') return eventType
  return of === 'state' ? kind : `${kind} ${invoke.find(({ id }) => id === source)?.src ?? source}`
}

function spanOf(ms: number): string {
  for (const [unit, size] of [
    ['d', 86_400_000],
    ['h', 3_600_000],
    ['m', 60_000],
    ['s', 1_000],
  ] as const) {
    if (ms >= size && ms % size === 0) return `${ms / size}${unit}`
  }
  return `${ms}ms`
}
