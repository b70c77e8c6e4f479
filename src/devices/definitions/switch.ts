/** Outputs that are on or off: a relay, a lamp. They differ by their names alone. */
import { outputMachine } from '../../../machines/index.js'
import type { CheckedDevice } from '../definition.js'
import { ANY, type AnyBindings, type Bound, bindingsOf } from './bound.js'
import { FLOOD_LIMIT, OUTPUT, type OutputLineOptions, outputLines } from './line.js'
import { Sheet } from './sheet.js'

export interface SwitchOptions extends OutputLineOptions, AnyBindings {
  readonly onOn?: Bound
  readonly onOff?: Bound
}

export type RelayDefinition = SwitchOptions & { readonly type: 'relay' }
export type LedDefinition = SwitchOptions & { readonly type: 'led' }

const BINDINGS = ['onOn', 'onOff', ...ANY]
const OPTIONS = [...OUTPUT, ...BINDINGS]

/**
 * A relay: `on`, `off`, or `blinking`. It is checked by createRuntime.
 * @example devices: { pump: relay({ line: 'GPIO27', activeLow: true, maxOn: '10m' }) }
 */
export function relay(options: SwitchOptions): RelayDefinition {
  return { ...options, type: 'relay' }
}

/**
 * A lamp: `on`, `off`, or `blinking`. It is checked by createRuntime.
 * @example devices: { lamp: led({ line: 'GPIO18' }) }
 */
export function led(options: SwitchOptions): LedDefinition {
  return { ...options, type: 'led' }
}

/** @throws ERR_INVALID_DEVICE */
export function checkSwitch(name: string, given: RelayDefinition | LedDefinition): CheckedDevice {
  const sheet = new Sheet(name, given, OPTIONS)
  const options = {
    initial: sheet.oneOf('initial', ['off', 'on', 'restore', 'as-is'], 'off'),
    onStop: sheet.oneOf('onStop', ['safe', 'keep'], 'safe'),
    maxOnMs: sheet.maybeDuration('maxOn'),
  }
  return {
    type: given.type,
    machine: outputMachine,
    options,
    ...outputLines(sheet, { line: given.line }),
    bindings: bindingsOf(sheet, BINDINGS),
    floodLimit: FLOOD_LIMIT,
  }
}
