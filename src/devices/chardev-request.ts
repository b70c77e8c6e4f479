/** Lines asked for: all of them are had, or it is said who has one, or what the chip cannot do. */
import { closeSync } from 'node:fs'
import { HoldfastError } from '../model/errors.js'
import type { InputRequest, LineRequest, OutputRequest } from './backend.js'
import { type Chip, linesOf } from './chardev-chip.js'
import { codeOf, isBusy, isUnable, lineFault } from './chardev-fault.js'
import { CALL, configOf, readFd, readLevels, requestOf, valuesOf } from './chardev-layout.js'
import type { Port } from './chardev-port.js'

/** Gives the descriptor of the lines. @throws what Backend.request() does */
export function requestLines(port: Port, chip: Chip, request: LineRequest): number {
  try {
    return request.direction === 'output' && request.levels === undefined
      ? asTheyAre(port, chip, request)
      : ask(port, chip, request)
  } catch (error) {
    if (isBusy(error)) throw busy(port, chip, request, error)
    if (isUnable(error)) throw unable(port, chip, request, error)
    throw lineFault(error, `${nameOf(chip, request)} cannot be had`, chip.label)
  }
}

function ask(port: Port, { fd }: Chip, request: LineRequest): number {
  const buffer = requestOf(request)
  port.ioctl(fd, CALL.getLines, buffer)
  return readFd(buffer)
}

/** They are had, looked at, and then made outputs at the levels that they have: nobody downstream notices. */
function asTheyAre(port: Port, chip: Chip, request: OutputRequest): number {
  const fd = ask(port, chip, request)
  try {
    const count = request.offsets.length
    const values = valuesOf(count)
    port.ioctl(fd, CALL.getValues, values)
    port.ioctl(fd, CALL.setConfig, configOf({ ...request, levels: readLevels(values, count) }))
    return fd
  } catch (error) {
    closeSync(fd)
    throw error
  }
}

function busy(port: Port, chip: Chip, request: LineRequest, cause: unknown): HoldfastError {
  const line = linesOf(port, chip)?.find(({ offset, used }) => used && request.offsets.includes(offset))
  if (!line) return new HoldfastError('ERR_LINE_BUSY', `${nameOf(chip, request)} was just held by somebody`, { cause })
  const named = line.name === '' ? '' : ` (${line.name})`
  const holder = line.consumer === '' ? 'somebody who gives no name' : `"${line.consumer}"`
  const message = `line ${line.offset}${named} of ${chip.label} is held by ${holder}`
  return new HoldfastError('ERR_LINE_BUSY', message, { cause })
}

/**
 * The kernel says "invalid" of a request as a whole. An input is asked for again with less, which nobody downstream
 * notices, until it is had: what was left out is what the chip cannot do.
 */
function unable(port: Port, chip: Chip, request: LineRequest, cause: unknown): HoldfastError {
  const option = request.direction === 'input' ? refusedOption(port, chip, request) : undefined
  const what = option ? `cannot do \`${option}\`` : 'refuses the request'
  const message = `${chip.label} ${what} for line ${request.offsets.join(', ')}: the kernel says ${codeOf(cause)}`
  const hint = HINTS[option ?? 'other']
  return new HoldfastError('ERR_LINE_UNSUPPORTED', message, { cause, hint })
}

const HINTS = {
  debounce:
    'Say `debounce: 0`; every edge counts then. The kernel debounces for chips that cannot, if they have interrupts.',
  bias: "Say `bias: 'as-is'`, and solder a resistor.",
  edges: 'The chip has no interrupts for this line, so nothing says when it changes: take another one.',
  other: 'See `cause`: it has what the kernel said.',
} as const

function refusedOption(port: Port, chip: Chip, request: InputRequest): 'debounce' | 'bias' | 'edges' | undefined {
  const without = {
    debounce: { debounceUs: 0 },
    bias: { bias: 'as-is' },
    edges: { edges: false, debounceUs: 0 },
  } as const
  for (const option of ['debounce', 'bias', 'edges'] as const) {
    try {
      closeSync(ask(port, chip, { ...request, ...without[option] }))
      return option
    } catch {
      // Not this one, or not this one alone.
    }
  }
  return undefined
}

const nameOf = ({ label }: Chip, { offsets }: LineRequest) =>
  `${offsets.length === 1 ? 'line' : 'lines'} ${offsets.join(', ')} of ${label}`
