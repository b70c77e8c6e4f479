import { type EventObject, fromCallback } from 'xstate'
import type { GateDefinition } from '../runtime/gates/condition.js'
import { gate } from '../runtime/gates/logic.js'

/** A gate in the hands of a test. */
export interface Door {
  /** For `gates` of a runtime. */
  readonly definition: GateDefinition
  /** True while somebody listens at it: a gate is asked only while tasks wait for it. */
  readonly watched: boolean
  set(open: boolean): void
}

/**
 * A gate that is open or closed as the test says.
 * @example
 * const network = door(false)
 * const board = await testRuntime({ tasks, gates: { online: network.definition }, routes: { uplink: { gates: ['online'] } } })
 * network.set(true)
 */
export function door(open: boolean): Door {
  let is = open
  let tell: ((error?: unknown) => void) | undefined
  const logic = fromCallback(({ emit }) => {
    const say = () => emit((is ? { type: 'open' } : { type: 'closed', reason: 'shut by hand' }) as EventObject)
    tell = say
    say()
    return () => {
      if (tell === say) tell = undefined
    }
  })
  return {
    definition: gate(logic),
    /** True while somebody listens at it. */
    get watched() {
      return tell !== undefined
    },
    set(open: boolean) {
      is = open
      tell?.()
    },
  }
}
