import { fromPromise } from 'xstate'
import { gate, type LogicOptions } from '../../src/runtime/gates/logic.js'

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
