/** What a statechart is lit by: where something is, how many are there, where time is spent. By the ids of states. */
import type { StateView } from '../runtime/machine-view.js'

export interface Lights {
  /** States that something is in: they stand out, and so do the arrows that lead on from them. */
  readonly active?: ReadonlySet<string>
  /** How many are in a state. */
  readonly counts?: ReadonlyMap<string, number>
  /** How warm a state is, 0 to 1. */
  readonly heat?: ReadonlyMap<string, number>
}

/**
 * The states that the value of a machine's snapshot names, those around them included; what the machine does not have is
 * passed over.
 * @example svgOf(definition, { active: activeStates(definition, task.machine.value) })
 */
export function activeStates(machine: StateView, value: unknown): Set<string> {
  const found = new Set<string>()
  const enter = (state: StateView, inside: unknown): void => {
    found.add(state.id)
    if (typeof inside === 'string') {
      const child = childOf(state, inside)
      if (child) enter(child, undefined)
      return
    }
    if (typeof inside !== 'object' || inside === null) return
    for (const [key, deeper] of Object.entries(inside)) {
      const child = childOf(state, key)
      if (child) enter(child, deeper)
    }
  }
  enter(machine, value)
  return found
}

function childOf({ states }: StateView, key: string): StateView | undefined {
  return Object.hasOwn(states, key) ? states[key] : undefined
}
