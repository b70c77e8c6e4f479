/** What the definitions of devices with lines have in common. */
import { HoldfastError } from '../../model/errors.js'
import type { LineAddress } from '../addresses.js'
import type { Bias, Drive } from '../backend.js'
import type { CheckedDevice } from '../definition.js'
import type { Sheet } from './sheet.js'

export interface LineOptions {
  /** The name of the line, `'GPIO17'`; or the label of its chip and its offset. Never the number of a chip: it changes. */
  readonly line: LineAddress
  /** Low is on, pressed, motion. */
  readonly activeLow?: boolean
  /** What pulls the line while nothing else does. Default `as-is`. */
  readonly bias?: Bias
  /** What others are told who find the line busy; at most 31 bytes. Default `holdfast:NAME`. */
  readonly consumer?: string
  /** The line may be absent at a start, and is looked for then. Default false: a line that there is none of is a mistake. */
  readonly optional?: boolean
}

export interface InputLineOptions extends LineOptions {
  /** A level counts when it has lasted this long; 0: every edge does. Up to 10 s. Default 25 ms. */
  readonly debounce?: number | string
  /** Edges within a second beyond which it is a flood, and not listened to for a second; 1 to 100,000. Default 2,000. */
  readonly floodLimit?: number
}

export interface OutputLineOptions extends LineOptions {
  /** How the line is driven. Default `push-pull`. */
  readonly drive?: Drive
  /**
   * What it is at a start, and when it is found again, from the first moment on; `restore`: on when it was steadily on,
   * `as-is`: whatever it was. Default `off`.
   */
  readonly initial?: 'off' | 'on' | 'restore' | 'as-is'
  /** A clean stop leaves it off (`safe`, the default), or as it is. */
  readonly onStop?: 'safe' | 'keep'
  /** It goes off by itself after this time, however it came on, over restarts. Default: it does not. */
  readonly maxOn?: number | string
}

const LINE = ['line', 'activeLow', 'bias', 'consumer', 'optional'] as const
export const INPUT = [...LINE, 'debounce', 'floodLimit'] as const
export const OUTPUT = [...LINE, 'drive', 'initial', 'onStop', 'maxOn'] as const
export const FLOOD_LIMIT = 2_000
const LONGEST_DEBOUNCE_MS = 10_000
/** The kernel keeps no more of a consumer's name, and no longer names of lines. */
const LONGEST_NAME = 31

type Lines = NonNullable<CheckedDevice['lines']>

/** @throws ERR_INVALID_DEVICE */
export function inputLine(sheet: Sheet, activeLow = false): { lines: Lines; optional: boolean; floodLimit: number } {
  return {
    lines: {
      ...common(sheet, activeLow),
      addresses: [addressOf(sheet, 'line', sheet.get('line'))],
      options: ['line'],
      direction: 'input',
      debounceUs: sheet.duration('debounce', 25, { least: 0, most: LONGEST_DEBOUNCE_MS }) * 1_000,
      edges: true,
    },
    optional: sheet.flag('optional', false),
    floodLimit: sheet.whole('floodLimit', FLOOD_LIMIT, { least: 1, most: 100_000 }),
  }
}

/** The lines of an output: `line`, or those that are given by the options they stand in. @throws ERR_INVALID_DEVICE */
export function outputLines(
  sheet: Sheet,
  given: Readonly<Record<string, unknown>>,
): { lines: Lines; optional: boolean } {
  const options = Object.keys(given)
  return {
    lines: {
      ...common(sheet, false),
      addresses: options.map((option) => addressOf(sheet, option, given[option])),
      options,
      direction: 'output',
      drive: sheet.oneOf('drive', ['push-pull', 'open-drain', 'open-source'], 'push-pull'),
    },
    optional: sheet.flag('optional', false),
  }
}

function common(sheet: Sheet, activeLow: boolean) {
  return {
    activeLow: sheet.flag('activeLow', activeLow),
    bias: sheet.oneOf<Bias>('bias', ['as-is', 'disabled', 'pull-up', 'pull-down'], 'as-is'),
    consumer: consumerOf(sheet),
  }
}

function consumerOf(sheet: Sheet): string {
  const given = sheet.text('consumer', LONGEST_NAME)
  if (given === undefined) return `holdfast:${sheet.where.slice('devices.'.length)}`.slice(0, LONGEST_NAME)
  if (/^[\x20-\x7e]+$/.test(given)) return given
  throw sheet.wrong('consumer', `up to ${LONGEST_NAME} characters of ASCII`, given)
}

function addressOf(sheet: Sheet, option: string, given: unknown): LineAddress {
  const expected = "the name of a line such as 'GPIO17', or { chip: LABEL, offset: NUMBER }"
  if (typeof given === 'string' && given !== '' && given.length <= LONGEST_NAME) return given
  const { chip, offset, ...more } = (typeof given === 'object' && given !== null ? given : {}) as Record<
    string,
    unknown
  >
  if (typeof chip !== 'string' || chip === '' || Object.keys(more).length > 0)
    throw sheet.wrong(option, expected, given)
  if (/^gpiochip\d+$|^\d+$/.test(chip)) {
    const hint = 'The numbers of chips change from boot to boot: `holdfast devices --lines` shows their labels.'
    throw new HoldfastError('ERR_INVALID_DEVICE', `${sheet.where}.${option}: '${chip}' is no label of a chip`, { hint })
  }
  if (typeof offset === 'number' && Number.isInteger(offset) && offset >= 0 && offset < 65_536) return { chip, offset }
  throw sheet.wrong(`${option}.offset`, 'a whole number from 0', offset)
}
