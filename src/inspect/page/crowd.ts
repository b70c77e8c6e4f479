/** Where many actors of one machine are: how many in each state, and for how long. */
import { activeStates, type StateView } from '../../pictures/index.js'
import type { Message } from './messages.js'

/** Adds up how long each state was held by somebody. */
export class Heat {
  /** Milliseconds by the ids of states. */
  readonly spent = new Map<string, number>()
  readonly #machine: StateView
  readonly #since = new Map<string, { readonly states: readonly string[]; readonly at: number }>()

  constructor(machine: StateView) {
    this.#machine = machine
  }

  /** An actor is in a state from now on. */
  enter(actor: string, value: unknown, at: number): void {
    this.leave(actor, at)
    this.#since.set(actor, { states: leavesOf(this.#machine, value), at })
  }

  leave(actor: string, at: number): void {
    const before = this.#since.get(actor)
    if (!before) return
    this.#since.delete(actor)
    for (const state of before.states) this.#add(state, at - before.at)
  }

  /** Spent in a state by somebody who was not watched. */
  add(value: unknown, ms: number): void {
    for (const state of leavesOf(this.#machine, value)) this.#add(state, ms)
  }

  /** 0 to 1, the state in which most time was spent being 1; those that are still in one count until now. */
  degrees(now: number): Map<string, number> {
    const whole = new Map(this.spent)
    for (const { states, at } of this.#since.values())
      for (const state of states) whole.set(state, (whole.get(state) ?? 0) + Math.max(0, now - at))
    const most = Math.max(0, ...whole.values())
    return new Map([...whole].filter(([, ms]) => ms > 0).map(([state, ms]) => [state, ms / most]))
  }

  hear(message: Message, mine: (id: string) => boolean): void {
    const at = Date.parse(message.at)
    if (message.type === 'actor' && mine(message.id)) this.enter(message.id, message.snapshot.value, at)
    if (message.type === 'snapshot' && mine(message.of) && !message.past) {
      if (message.snapshot.status === 'active') this.enter(message.of, message.snapshot.value, at)
      else this.leave(message.of, at)
    }
    if (message.type === 'gone') this.leave(message.id, at)
  }

  #add(state: string, ms: number): void {
    if (ms > 0) this.spent.set(state, (this.spent.get(state) ?? 0) + ms)
  }
}

/** How many are in each state, those around it included; the machine itself is left out. */
export function crowdOf(machine: StateView, values: Iterable<unknown>): Map<string, number> {
  const counts = new Map<string, number>()
  for (const value of values) {
    for (const state of activeStates(machine, value)) {
      if (state !== machine.id) counts.set(state, (counts.get(state) ?? 0) + 1)
    }
  }
  return counts
}

/** The innermost states. */
function leavesOf(machine: StateView, value: unknown): string[] {
  const active = activeStates(machine, value)
  const leaves: string[] = []
  const look = (state: StateView): void => {
    const inside = Object.values(state.states).filter(({ id }) => active.has(id))
    if (inside.length === 0 && state !== machine) leaves.push(state.id)
    for (const each of inside) look(each)
  }
  look(machine)
  return leaves
}
