/** A button. */
import { buttonMachine } from '../../../machines/index.js'
import type { Duration } from '../../model/duration.js'
import type { CheckedDevice } from '../definition.js'
import { ANY, type AnyBindings, type Bound, bindingsOf, EDGES, type EdgeBindings } from './bound.js'
import { holdOf } from './hold.js'
import { INPUT, type InputLineOptions, inputLine } from './line.js'
import { Sheet } from './sheet.js'

export interface ButtonOptions extends InputLineOptions, EdgeBindings, AnyBindings {
  /** Low is pressed. Default: with `bias: 'pull-up'`, which is for a button to ground. */
  readonly activeLow?: boolean
  /** Down for this long is a hold, and no click any more; false: there are none. Default 1 s. */
  readonly hold?: Duration | false
  /** A hold is told again so often, as `repeat`. Default: it is not. */
  readonly repeat?: Duration | false
  /** A click waits this long for a second one. Default: 300 ms with `onDoubleClick`, else it does not wait. */
  readonly doubleClick?: Duration | false
  readonly onPress?: Bound
  readonly onRelease?: Bound
  readonly onClick?: Bound
  readonly onDoubleClick?: Bound
  readonly onHold?: Bound
  readonly onRepeat?: Bound
}

export type ButtonDefinition = ButtonOptions & { readonly type: 'button' }

const BINDINGS = ['onPress', 'onRelease', 'onClick', 'onDoubleClick', 'onHold', 'onRepeat', ...EDGES, ...ANY]
const OPTIONS = [...INPUT, 'hold', 'repeat', 'doubleClick', ...BINDINGS]

/**
 * A button: press, release, click, double click, hold. It is checked by createRuntime.
 * @example devices: { bell: button({ line: 'GPIO4', bias: 'pull-up', onClick: { kind: 'ring' } }) }
 */
export function button(options: ButtonOptions): ButtonDefinition {
  return { ...options, type: 'button' }
}

/** @throws ERR_INVALID_DEVICE */
export function checkButton(name: string, given: ButtonDefinition): CheckedDevice {
  const sheet = new Sheet(name, given, OPTIONS)
  const doubleClickMs = sheet.maybeDuration('doubleClick', sheet.has('onDoubleClick') ? 300 : false)
  if (doubleClickMs === null && sheet.has('onDoubleClick'))
    throw sheet.refuse('onDoubleClick', 'needs `doubleClick`: how long a click waits for a second one')
  const options = { ...holdOf(sheet, '1s'), doubleClickMs }
  if (options.repeatMs === null && sheet.has('onRepeat'))
    throw sheet.refuse('onRepeat', 'needs `repeat`: how often a hold is told again')
  const checked = inputLine(sheet, given.bias === 'pull-up')
  return { type: 'button', machine: buttonMachine, options, ...checked, bindings: bindingsOf(sheet, BINDINGS) }
}
