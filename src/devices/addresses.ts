/** Lines by the names that people know them by: the name of the line, or the label of its chip and its offset. */
import closest from 'leven'
import { HoldfastError } from '../model/errors.js'
import type { ChipInfo, LineInfo } from './backend.js'

export type LineAddress = string | { readonly chip: string; readonly offset: number }

/** A line that there is. */
export interface Place {
  readonly chip: string
  readonly offset: number
  readonly name: string
}

/** @throws ERR_LINE_UNKNOWN, with what it may have meant */
export function placeOf(chips: readonly ChipInfo[], address: LineAddress): Place {
  return typeof address === 'string' ? byName(chips, address) : byOffset(chips, address)
}

export function addressText(address: LineAddress): string {
  return typeof address === 'string' ? `'${address}'` : `line ${address.offset} of chip '${address.chip}'`
}

function byName(chips: readonly ChipInfo[], name: string): Place {
  const found = chips.flatMap(({ label, lines }) =>
    lines.filter((line) => line.name === name).map((line) => placed(label, line)),
  )
  if (found.length === 1) return found[0] as Place
  if (found.length > 1) {
    const where = found.map(({ chip, offset }) => `{ chip: '${chip}', offset: ${offset} }`).join(' or ')
    throw new HoldfastError('ERR_LINE_UNKNOWN', `${found.length} lines have the name '${name}'`, {
      hint: `Say ${where}.`,
    })
  }
  const names = chips.flatMap(({ lines }) => lines.map((line) => line.name)).filter((each) => each !== '')
  throw new HoldfastError('ERR_LINE_UNKNOWN', `no line has the name '${name}'${meant(name, names)}`)
}

function byOffset(chips: readonly ChipInfo[], { chip: label, offset }: Exclude<LineAddress, string>): Place {
  const labels = chips.map((chip) => chip.label)
  const [chip, another] = chips.filter((each) => each.label === label)
  if (!chip) throw new HoldfastError('ERR_LINE_UNKNOWN', `no chip has the label '${label}'${meant(label, labels)}`)
  if (another)
    throw new HoldfastError('ERR_LINE_UNKNOWN', `two chips have the label '${label}'`, {
      hint: 'Unplug one of them: a chip is known by its label alone.',
    })
  const line = chip.lines.find((each) => each.offset === offset)
  if (line) return placed(label, line)
  throw new HoldfastError(
    'ERR_LINE_UNKNOWN',
    `chip '${label}' has the lines 0 to ${chip.lines.length - 1}, and no ${offset}`,
  )
}

const placed = (chip: string, { offset, name }: LineInfo): Place => ({ chip, offset, name })

function meant(name: string, names: readonly string[]): string {
  const near = names
    .map((each) => ({ each, far: closest(each.toLowerCase(), name.toLowerCase()) }))
    .filter(({ each, far }) => far <= Math.max(1, each.length / 3))
    .sort((a, b) => a.far - b.far)
  return near[0] ? `: '${near[0].each}'?` : ''
}
