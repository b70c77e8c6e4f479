/** A motion sensor: a PIR, a radar. */
import { motionMachine } from '../../../machines/index.js'
import type { Duration } from '../../model/duration.js'
import type { CheckedDevice } from '../definition.js'
import { ANY, type AnyBindings, type Bound, bindingsOf, EDGES, type EdgeBindings } from './bound.js'
import { INPUT, type InputLineOptions, inputLine } from './line.js'
import { Sheet } from './sheet.js'

export interface MotionOptions extends InputLineOptions, EdgeBindings, AnyBindings {
  /** No sign of motion for this long is none. Default 30 s. */
  readonly offDelay?: Duration
  readonly onMotion?: Bound
  readonly onClear?: Bound
}

export type MotionDefinition = MotionOptions & { readonly type: 'motion' }

const BINDINGS = ['onMotion', 'onClear', ...EDGES, ...ANY]
const OPTIONS = [...INPUT, 'offDelay', ...BINDINGS]

/**
 * A motion sensor, high at motion: `detected` or `clear`. It is checked by createRuntime.
 * @example devices: { hall: motion({ line: 'GPIO5', offDelay: '2m', onMotion: { kind: 'record' } }) }
 */
export function motion(options: MotionOptions): MotionDefinition {
  return { ...options, type: 'motion' }
}

/** @throws ERR_INVALID_DEVICE */
export function checkMotion(name: string, given: MotionDefinition): CheckedDevice {
  const sheet = new Sheet(name, given, OPTIONS)
  const options = { offDelayMs: sheet.duration('offDelay', '30s') }
  return { type: 'motion', machine: motionMachine, options, ...inputLine(sheet), bindings: bindingsOf(sheet, BINDINGS) }
}
