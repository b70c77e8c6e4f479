/** What the definitions of sensors have in common: how often, how sure, and which values matter. */
import { sensorMachine } from '../../../machines/index.js'
import type { Duration } from '../../model/duration.js'
import type { CheckedDevice } from '../definition.js'
import type { SourceData } from '../sources/shape.js'
import { ANY, type AnyBindings, type Bound, bindingsOf } from './bound.js'
import { FLOOD_LIMIT } from './line.js'
import { Sheet } from './sheet.js'

/** A limit with hysteresis: entered at `at`, left at `clear`. */
export interface Threshold {
  readonly at: number
  readonly clear: number
}

export interface SensorOptions extends AnyBindings {
  /** From one answer to the next question. Default 60 s. */
  readonly interval?: Duration
  /** The value is the median of so many readings; odd, 1 to 99. Default 1: it is the reading. */
  readonly median?: number
  /** So many failed readings in a row are a fault, 1 to 100. Default 3. */
  readonly failures?: number
  /** No good reading for this long is a fault. Default: three intervals. */
  readonly stale?: Duration
  /** `above` from `at` on, until it is no more than `clear`, which is less. */
  readonly above?: Threshold
  /** `below` from `at` on, until it is at least `clear`, which is more. */
  readonly below?: Threshold
  readonly onAbove?: Bound
  readonly onBelow?: Bound
  /** Back between the two. */
  readonly onNormal?: Bound
  /** Each reading: a task each. With `durability: 'lazy'` it costs no commit of its own. */
  readonly onReading?: Bound
}

/** What a type of sensor has of its own. */
export interface SensorKind {
  readonly what?: string
  /** Its options beside those of all sensors. */
  readonly options: readonly string[]
  readonly leastMs: number
  readonly unit?: string
  readonly above?: Threshold
  source(sheet: Sheet): SourceData
}

const BINDINGS = ['onAbove', 'onBelow', 'onNormal', 'onReading', ...ANY]
const OPTIONS = ['interval', 'median', 'failures', 'stale', 'above', 'below', ...BINDINGS]
const MOST = { least: Number.MIN_SAFE_INTEGER, most: Number.MAX_SAFE_INTEGER } as const

/** @throws ERR_INVALID_DEVICE */
export function checkSensor(name: string, given: { readonly type: string }, kind: SensorKind): CheckedDevice {
  const sheet = new Sheet(name, given, [...kind.options, ...OPTIONS], kind.what)
  const intervalMs = sheet.duration('interval', '60s', { least: kind.leastMs, most: 86_400_000 })
  const median = sheet.whole('median', 1, { least: 1, most: 99 })
  if (median % 2 === 0) throw sheet.wrong('median', 'an odd number', median)
  const above = thresholdOf(sheet, 'above') ?? kind.above ?? null
  const below = thresholdOf(sheet, 'below')
  if (above && below && below.clear > above.clear)
    throw sheet.refuse(
      'below',
      `its \`clear\` (${below.clear}) has to be no more than that of \`above\` (${above.clear})`,
    )
  for (const [binding, threshold] of Object.entries({ onAbove: above, onBelow: below }))
    if (sheet.has(binding) && !threshold)
      throw sheet.refuse(binding, `needs \`${binding.slice(2).toLowerCase()}\`: from which value on, and until which`)
  if (sheet.has('onNormal') && !above && !below) throw sheet.refuse('onNormal', 'needs `above` or `below`')
  const options = {
    intervalMs,
    median,
    failures: sheet.whole('failures', 3, { least: 1, most: 100 }),
    staleMs: sheet.duration('stale', 3 * intervalMs, { least: intervalMs + 1 }),
    above,
    below,
  }
  const unit = sheet.text('unit', 16) ?? kind.unit
  return {
    type: given.type,
    ...(unit === undefined ? {} : { unit }),
    machine: sensorMachine,
    options,
    source: kind.source(sheet),
    bindings: bindingsOf(sheet, BINDINGS),
    optional: true,
    floodLimit: FLOOD_LIMIT,
  }
}

function thresholdOf(sheet: Sheet, option: 'above' | 'below'): Threshold | null {
  const given = sheet.get(option)
  if (given === undefined) return null
  const expected = `{ at, clear } with \`clear\` ${option === 'above' ? 'less' : 'more'} than \`at\``
  const { at, clear, ...more } = (typeof given === 'object' && given !== null ? given : {}) as Partial<Threshold>
  if (typeof at !== 'number' || typeof clear !== 'number' || Object.keys(more).length > 0)
    throw sheet.wrong(option, expected, given)
  const apart = option === 'above' ? at - clear : clear - at
  if (!(Math.abs(at) <= MOST.most && Math.abs(clear) <= MOST.most && apart > 0))
    throw sheet.refuse(option, `expected ${expected}, found at: ${at}, clear: ${clear}`)
  return { at, clear }
}
