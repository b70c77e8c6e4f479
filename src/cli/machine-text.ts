/** A statechart as an indented tree: states, what happens in them, and what leaves them. */
import type { NamedPart, StateView, TransitionView } from '../runtime/machine-view.js'
import { plain, type Terminal } from './terminal.js'
import { lengthOf } from './words.js'

const INDENT = '  '

/** `value` is where a machine is: those states are lit. */
export function machineText(terminal: Terminal, root: StateView, value?: unknown): string {
  return [...inside(terminal, root), ...children(terminal, root, 0, value)].join('\n')
}

function children(terminal: Terminal, parent: StateView, depth: number, value: unknown): string[] {
  const { colors } = terminal
  const initial = parent.initial?.target
  const lit = litIn(value)
  return Object.values(parent.states)
    .sort((a, b) => a.order - b.order)
    .flatMap((state) => {
      const begins = parent.type === 'parallel' || initial?.includes(`#${state.id}`) === true
      const name = plain(state.key)
      const active = lit.has(state.key)
      const head = `${active ? colors.green('▶') : begins ? '●' : '○'} ${active ? colors.inverse(` ${name} `) : colors.bold(name)}${kindOf(terminal, state)}`
      const lines = [
        head,
        ...inside(terminal, state).map((line) => INDENT + line),
        ...children(terminal, state, depth + 1, lit.get(state.key)),
      ]
      return lines.map((line) => (depth === 0 ? line : INDENT + line))
    })
}

/** The states in which a machine is on one level, each with where it is within. */
function litIn(value: unknown): ReadonlyMap<string, unknown> {
  if (typeof value === 'string') return new Map([[value, undefined]])
  return new Map(typeof value === 'object' && value !== null ? Object.entries(value) : [])
}

function kindOf({ colors }: Terminal, { type, history, description }: StateView): string {
  const word = type === 'atomic' || type === 'compound' ? '' : ` ${history ? `${history} ` : ''}${type}`
  return colors.dim(word + (description === undefined ? '' : `  ${plain(description)}`))
}

/** What happens in a state, and what leaves it. */
function inside(terminal: Terminal, { entry, exit, invoke, on, always }: StateView): string[] {
  const { colors } = terminal
  const transitions = [...Object.values(on).flat(), ...always]
  return [
    ...entry.map((action) => `${colors.dim('entry')} ${nameOf(action)}`),
    ...invoke.map(({ src }) => `${colors.dim('invoke')} ${plain(src)}`),
    ...transitions.map((each) => transitionText(terminal, each)),
    ...exit.map((action) => `${colors.dim('exit')} ${nameOf(action)}`),
  ]
}

function transitionText({ colors }: Terminal, transition: TransitionView): string {
  const { target, guard, actions, reenter } = transition
  return [
    colors.cyan(eventOf(transition)),
    ...(guard === undefined ? [] : [colors.yellow(`[${guardText(guard)}]`)]),
    ...(target === undefined ? [] : [`${reenter ? '↻' : '→'} ${target.map(plain).join(', ')}`]),
    ...(actions.length === 0 ? [] : [colors.dim(`/ ${actions.map(nameOf).join(', ')}`)]),
  ].join(' ')
}

/** XState's own names of events, in the words of a config. */
function eventOf({ eventType, delay }: TransitionView): string {
  if (delay !== undefined) return `after ${typeof delay === 'number' ? lengthOf(delay) : plain(delay)}`
  if (eventType === '') return 'always'
  const [, kind, source] = /^xstate\.(done|error|snapshot)\.(?:actor|state)\.(.*)$/.exec(eventType) ?? []
  return kind === undefined ? plain(eventType) : `${kind} ${plain(source)}`
}

function guardText(guard: NamedPart): string {
  const { type, guards } = guard
  return guards === undefined ? nameOf(guard) : `${plain(type)}(${guards.map(guardText).join(', ')})`
}

function nameOf({ type }: NamedPart): string {
  return plain(type.replace(/^xstate\./, ''))
}
