/** A line as it is. */
import { inputMachine } from '../../../machines/index.js'
import type { Duration } from '../../model/duration.js'
import type { CheckedDevice } from '../definition.js'
import { ANY, type AnyBindings, type Bound, bindingsOf, EDGES, type EdgeBindings } from './bound.js'
import { holdOf } from './hold.js'
import { INPUT, type InputLineOptions, inputLine } from './line.js'
import { Sheet } from './sheet.js'

export interface InputOptions extends InputLineOptions, EdgeBindings, AnyBindings {
  /** High for this long is a hold. Default: there is none. */
  readonly hold?: Duration | false
  /** A hold is told again so often. Default: it is told once. */
  readonly repeat?: Duration | false
  readonly onHold?: Bound
}

export type InputDefinition = InputOptions & { readonly type: 'input' }

const BINDINGS = ['onHold', ...EDGES, ...ANY]
const OPTIONS = [...INPUT, 'hold', 'repeat', ...BINDINGS]

/**
 * An input: `high` or `low`. It is checked by createRuntime.
 * @example devices: { meter: input({ line: 'GPIO6', debounce: 0, onRise: { kind: 'count' } }) }
 */
export function input(options: InputOptions): InputDefinition {
  return { ...options, type: 'input' }
}

/** @throws ERR_INVALID_DEVICE */
export function checkInput(name: string, given: InputDefinition): CheckedDevice {
  const sheet = new Sheet(name, given, OPTIONS, 'an input')
  const options = { ...holdOf(sheet, false) }
  return { type: 'input', machine: inputMachine, options, ...inputLine(sheet), bindings: bindingsOf(sheet, BINDINGS) }
}
