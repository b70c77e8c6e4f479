/** Commands as users write them, made into those of the machines. */
import { type Duration, durationMs } from '../model/duration.js'
import { HoldfastError, shown } from '../model/errors.js'
import type { DeviceCommand } from '../runtime/devices.js'

type Reader = (command: DeviceCommand) => object
/** A lamp that flashes for longer than a month has been forgotten. */
const LONGEST_MS = 31 * 86_400_000
const MOST_FLASHES = 1_000_000

const plain: Reader = () => ({})
const SWITCH: Readonly<Record<string, Reader>> = {
  on: plain,
  off: plain,
  toggle: plain,
  pulse: ({ for: length }) => ({ forMs: ms(length, 'for') }),
  blink: ({ on = 500, off, count }) => ({
    onMs: ms(on, 'on'),
    offMs: ms(off ?? on, 'off'),
    count: count === undefined || count === null ? null : whole(count, 'count'),
  }),
}
const BY_TYPE: Readonly<Record<string, Readonly<Record<string, Reader>>>> = {
  relay: SWITCH,
  led: SWITCH,
  interlock: { on: ({ output }) => ({ output: text(output, 'output') }), off: plain },
  pwm: {
    on: plain,
    off: plain,
    toggle: plain,
    set: ({ duty, value }) => ({ duty: part(duty ?? value, 'duty') }),
    fade: ({ to, over }) => ({ to: part(to, 'to'), overMs: ms(over, 'over') }),
  },
}
const OPTIONS: Readonly<Record<string, readonly string[]>> = {
  pulse: ['for'],
  blink: ['on', 'off', 'count'],
  on: ['output'],
  set: ['duty', 'value'],
  fade: ['to', 'over'],
}

/** The names of the commands that a type of device takes. */
export function commandsOf(type: string): readonly string[] {
  return Object.keys(BY_TYPE[type] ?? {})
}

/** A command for the machine of a type of device. @throws ERR_INVALID_COMMAND */
export function commandFor(device: string, type: string, command: DeviceCommand): { readonly type: string } {
  const name = (command as Partial<DeviceCommand> | null)?.type
  const reader = typeof name === 'string' ? BY_TYPE[type]?.[name] : undefined
  if (typeof name !== 'string' || !reader) {
    const known = commandsOf(type)
    const takes = known.length === 0 ? 'takes no commands' : `takes ${known.join(', ')}`
    throw wrong(`${device} is a ${type} and ${takes}, not ${shown(name)}`)
  }
  const unknown = Object.keys(command).find((option) => option !== 'type' && !OPTIONS[name]?.includes(option))
  if (unknown !== undefined) throw wrong(`'${name}' has no option '${unknown}'`)
  try {
    return { type: name, ...reader(command) }
  } catch (error) {
    throw error instanceof HoldfastError && error.code !== 'ERR_INVALID_COMMAND' ? wrong(error.message, error) : error
  }
}

function ms(value: unknown, option: string): number {
  const length = durationMs(value as Duration, option)
  if (length > 0 && length <= LONGEST_MS) return length
  throw wrong(`${option}: expected a duration from 1 ms to 31 days, found ${shown(value)}`)
}

function whole(value: unknown, option: string): number {
  if (typeof value === 'number' && Number.isInteger(value) && value > 0 && value <= MOST_FLASHES) return value
  throw wrong(`${option}: expected a whole number from 1 to ${MOST_FLASHES}, found ${shown(value)}`)
}

function part(value: unknown, option: string): number {
  if (typeof value === 'number' && value >= 0 && value <= 1) return value
  throw wrong(`${option}: expected a number from 0 to 1, found ${shown(value)}`)
}

function text(value: unknown, option: string): string {
  if (typeof value === 'string' && value !== '') return value
  throw wrong(`${option}: expected the name of an output, found ${shown(value)}`)
}

const wrong = (message: string, cause?: unknown) => new HoldfastError('ERR_INVALID_COMMAND', message, { cause })
