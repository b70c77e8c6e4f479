/** The chips of this machine, by their device files. */
import { closeSync, existsSync, fstatSync, openSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { HoldfastError } from '../model/errors.js'
import type { LineInfo, LineRequest } from './backend.js'
import { isGone, isRefused, lineFault, refusal } from './chardev-fault.js'
import { CALL, emptyChipInfo, lineInfoOf, readChipInfo, readLineInfo } from './chardev-layout.js'
import type { Port } from './chardev-port.js'

/** A chip that is open. */
export interface Chip {
  readonly fd: number
  readonly path: string
  readonly name: string
  readonly label: string
  readonly lineCount: number
}

interface Found {
  readonly chips: readonly Chip[]
  /** Device files that this user may not open. */
  readonly refused: readonly string[]
}

export const CHIP_FILE = /^gpiochip\d+$/

/** Opens all chips for the length of a call. A device is there once, however many links lead to it. */
export function withChips<Result>(port: Port, directory: string, use: (found: Found) => Result): Result {
  const chips: Chip[] = []
  const refused: string[] = []
  const devices = new Set<number>()
  try {
    for (const path of filesIn(directory)) {
      try {
        const chip = open(port, path, devices)
        if (chip) chips.push(chip)
      } catch (error) {
        if (isRefused(error)) refused.push(path)
        else if (!isGone(error)) throw lineFault(error, `${path} cannot be opened`, path)
      }
    }
    return use({ chips, refused })
  } finally {
    for (const { fd } of chips) closeSync(fd)
  }
}

function filesIn(directory: string): string[] {
  const names = existsSync(directory) ? readdirSync(directory).filter((name) => CHIP_FILE.test(name)) : []
  return names.sort((a, b) => a.localeCompare(b, 'en', { numeric: true })).map((name) => join(directory, name))
}

function open(port: Port, path: string, devices: Set<number>): Chip | undefined {
  const fd = openSync(path, 'r+')
  let chip: Chip | undefined
  try {
    const stats = fstatSync(fd)
    if (stats.isCharacterDevice() && !devices.has(stats.rdev)) {
      devices.add(stats.rdev)
      const info = emptyChipInfo()
      port.ioctl(fd, CALL.chipInfo, info)
      chip = { fd, path, ...readChipInfo(info) }
    }
    return chip
  } finally {
    if (!chip) closeSync(fd)
  }
}

function lineOf(port: Port, { fd }: Chip, offset: number): LineInfo {
  const info = lineInfoOf(offset)
  port.ioctl(fd, CALL.lineInfo, info)
  return readLineInfo(info)
}

/** All of a chip; `undefined` when it was unplugged since it was opened. */
export function linesOf(port: Port, chip: Chip): LineInfo[] | undefined {
  try {
    return Array.from({ length: chip.lineCount }, (_, offset) => lineOf(port, chip, offset))
  } catch (error) {
    if (isGone(error)) return undefined
    throw lineFault(error, `the lines of ${chip.label} cannot be listed`, chip.label)
  }
}

/** The one that a request means. */
export function chipOf({ chips, refused }: Found, { chip: label, offsets }: LineRequest): Chip {
  const [chip, second] = chips.filter((each) => each.label === label)
  if (!chip) {
    if (refused[0] !== undefined) throw refusal(refused[0])
    const there = chips.map((each) => each.label).join(', ') || 'none'
    throw new HoldfastError('ERR_LINE_UNKNOWN', `there is no chip ${label}; there are: ${there}`)
  }
  // Rather no relay than the wrong one.
  if (second) {
    const message = `two chips are called ${label}, ${chip.name} and ${second.name}: nobody can tell which is meant`
    throw new HoldfastError('ERR_LINE_UNKNOWN', message, { hint: 'Unplug one of them.' })
  }
  const beyond = offsets.find((offset) => offset >= chip.lineCount)
  if (beyond === undefined) return chip
  throw new HoldfastError(
    'ERR_LINE_UNKNOWN',
    `${label} has no line ${beyond}: its lines are 0 to ${chip.lineCount - 1}`,
  )
}
