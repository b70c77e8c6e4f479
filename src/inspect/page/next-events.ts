/** What a machine would take in the state that it is in. */
import type { StateView } from '../../pictures/index.js'

export interface NextEvent {
  readonly type: string
  /** Of the guards that stand before it; none when it is taken for sure. */
  readonly guards: readonly string[]
}

/** Events from outside that some transition waits for, by their names; what XState sends to itself is not among them. */
export function nextEvents(machine: StateView, active: ReadonlySet<string>): NextEvent[] {
  const found = new Map<string, Set<string>>()
  const look = (state: StateView): void => {
    if (!active.has(state.id)) return
    for (const [type, transitions] of Object.entries(state.on)) {
      if (type.startsWith('xstate.') || type === '') continue
      const guards = found.get(type) ?? new Set()
      for (const { guard } of transitions) if (guard) guards.add(guard.type)
      if (transitions.some(({ guard }) => !guard)) guards.clear()
      found.set(type, guards)
    }
    for (const child of Object.values(state.states)) look(child)
  }
  look(machine)
  return [...found].map(([type, guards]) => ({ type, guards: [...guards] }))
}
