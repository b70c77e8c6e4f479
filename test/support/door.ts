/** Gates in the hands of a test. */
import { type EventObject, fromCallback, fromPromise } from 'xstate'
import { gate, type LogicOptions } from '../../src/runtime/gates/logic.js'

/** A gate that tells by itself what the test says of it. */
export function door(open: boolean) {
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

/** A gate that has to be asked; each question waits for its answer, `asked` is how many there were. */
export function oracle(options: LogicOptions<ReturnType<typeof logicOf>> = {}) {
  const state = { asked: 0, answer: (): unknown => true as unknown }
  return { definition: gate(logicOf(state), options), state }
}

function logicOf(state: { asked: number; answer: () => unknown }) {
  return fromPromise(async () => {
    state.asked++
    return state.answer()
  })
}
