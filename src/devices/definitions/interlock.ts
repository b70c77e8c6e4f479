/** Outputs of which never two are on. */
import { interlockMachine } from '../../../machines/index.js'
import type { Duration } from '../../model/duration.js'
import { checkName } from '../../runtime/checks.js'
import type { LineAddress } from '../addresses.js'
import type { CheckedDevice } from '../definition.js'
import { ANY, type AnyBindings, type Bound, bindingsOf } from './bound.js'
import { FLOOD_LIMIT, OUTPUT, type OutputLineOptions, outputLines } from './line.js'
import { Sheet } from './sheet.js'

export interface InterlockOptions extends Omit<OutputLineOptions, 'line' | 'initial'>, AnyBindings {
  /** 2 to 8 lines of one chip, by names of their own: `{ up: 'GPIO5', down: 'GPIO6' }`. */
  readonly outputs: Readonly<Record<string, LineAddress>>
  /** Between one that goes off and another that goes on, at least. Default 500 ms. */
  readonly wait?: Duration
  /** After a start all are off; `restore`: after the wait the one that was on is on again. Default `off`. */
  readonly initial?: 'off' | 'restore'
  readonly onOn?: Bound
  readonly onOff?: Bound
}

export type InterlockDefinition = InterlockOptions & { readonly type: 'interlock' }

const BINDINGS = ['onOn', 'onOff', ...ANY]
const OPTIONS = [...OUTPUT.filter((option) => option !== 'line'), 'outputs', 'wait', ...BINDINGS]

/**
 * Outputs of which never two are on: `idle`, `pausing`, `active`. It is checked by createRuntime.
 * @example devices: { shutter: interlock({ outputs: { up: 'GPIO5', down: 'GPIO6' }, wait: '500ms', maxOn: '40s' }) }
 */
export function interlock(options: InterlockOptions): InterlockDefinition {
  return { ...options, type: 'interlock' }
}

/** @throws ERR_INVALID_DEVICE */
export function checkInterlock(name: string, given: InterlockDefinition): CheckedDevice {
  const sheet = new Sheet(name, given, OPTIONS, 'an interlock')
  const outputs = outputsOf(sheet)
  const named = Object.fromEntries(outputs.map(([output, address]) => [`outputs.${output}`, address]))
  const options = {
    outputs: outputs.map(([output]) => output),
    waitMs: sheet.duration('wait', 500, { least: 0, most: 60_000 }),
    maxOnMs: sheet.maybeDuration('maxOn'),
    initial: sheet.oneOf('initial', ['off', 'restore'], 'off'),
    onStop: sheet.oneOf('onStop', ['safe', 'keep'], 'safe'),
  }
  const checked = outputLines(sheet, named)
  const chips = checked.lines.addresses.flatMap((address) => (typeof address === 'string' ? [] : [address.chip]))
  if (new Set(chips).size > 1) throw sheet.refuse('outputs', `the lines are on one chip, not on ${chips.join(' and ')}`)
  const bindings = bindingsOf(sheet, BINDINGS)
  return { type: 'interlock', machine: interlockMachine, options, ...checked, bindings, floodLimit: FLOOD_LIMIT }
}

function outputsOf(sheet: Sheet): [string, unknown][] {
  const given = sheet.get('outputs')
  const outputs = typeof given === 'object' && given !== null && !Array.isArray(given) ? Object.entries(given) : []
  if (outputs.length < 2 || outputs.length > 8) throw sheet.wrong('outputs', '2 to 8 lines by their names', given)
  for (const [output] of outputs) {
    try {
      checkName(output, '')
    } catch {
      throw sheet.refuse('outputs', `'${output}' is not a usable name of an output`)
    }
  }
  return outputs
}
