/** A door, a window, a float. */
import { contactMachine } from '../../../machines/index.js'
import type { Duration } from '../../model/duration.js'
import type { CheckedDevice } from '../definition.js'
import { ANY, type AnyBindings, type Bound, bindingsOf, EDGES, type EdgeBindings } from './bound.js'
import { holdOf } from './hold.js'
import { INPUT, type InputLineOptions, inputLine } from './line.js'
import { Sheet } from './sheet.js'

export interface ContactOptions extends InputLineOptions, EdgeBindings, AnyBindings {
  /**
   * The level of the line at which it is closed, after `activeLow`. Default: that of a contact to ground with `pull-up`, of
   * one to 3.3 V with `pull-down`, and `low` without either.
   */
  readonly closed?: 'low' | 'high'
  /** Open for this long is a hold. Default: there is none. */
  readonly hold?: Duration | false
  /** A hold is told again so often. Default: it is told once. */
  readonly repeat?: Duration | false
  readonly onOpen?: Bound
  readonly onClose?: Bound
  readonly onHold?: Bound
}

export type ContactDefinition = ContactOptions & { readonly type: 'contact' }

const BINDINGS = ['onOpen', 'onClose', 'onHold', ...EDGES, ...ANY]
const OPTIONS = [...INPUT, 'closed', 'hold', 'repeat', ...BINDINGS]

/**
 * A contact: `open` or `closed`. It is checked by createRuntime.
 * @example devices: { door: contact({ line: 'GPIO17', bias: 'pull-up', onOpen: { kind: 'snapshot' } }) }
 */
export function contact(options: ContactOptions): ContactDefinition {
  return { ...options, type: 'contact' }
}

/** @throws ERR_INVALID_DEVICE */
export function checkContact(name: string, given: ContactDefinition): CheckedDevice {
  const sheet = new Sheet(name, given, OPTIONS)
  const checked = inputLine(sheet)
  const { bias, activeLow } = checked.lines
  const lowIsClosed = (bias === 'pull-down') === activeLow
  const closed = sheet.oneOf('closed', ['low', 'high'], lowIsClosed ? 'low' : 'high')
  const options = { closed, ...holdOf(sheet, false) }
  return { type: 'contact', machine: contactMachine, options, ...checked, bindings: bindingsOf(sheet, BINDINGS) }
}
