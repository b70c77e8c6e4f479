/** The world outside, where it is simulated: what `simulate` does to the lines and sensors of a device. */
import type { Clock } from '../kernel/clock.js'
import { type Duration, durationMs } from '../model/duration.js'
import { HoldfastError, shown } from '../model/errors.js'
import type { DeviceCommand } from '../runtime/devices.js'
import type { CheckedDevice } from './definition.js'
import { decodeDevice } from './record.js'
import type { SimulatedBackend } from './simulated.js'
import type { SimulatedSources } from './sources/simulated.js'

export interface Simulation {
  readonly board: SimulatedBackend
  readonly sources: SimulatedSources
  readonly clock: Clock
}

const OPTIONS = ['type', 'to', 'for', 'bounces', 'value', 'fault']
/** The level of a line at which a device is in a state, as the device sees it. */
const STATES: Readonly<Record<string, boolean>> = {
  high: true,
  low: false,
  pressed: true,
  released: false,
  motion: true,
  clear: false,
}
const MOST_BOUNCES = 1_000

/**
 * `{ to: 'open' }` moves an input, `bounces` times before it stays there, and back after `for`; `{ value: 21.5 }` is what a
 * sensor reads from now on, `{ fault: 'broken' }` what it fails with, and null ends that.
 * @throws ERR_INVALID_COMMAND
 */
export async function simulate(
  { board, sources, clock }: Simulation,
  name: string,
  { options, lines, source }: CheckedDevice,
  command: DeviceCommand,
): Promise<void> {
  const unknown = Object.keys(command).find((option) => !OPTIONS.includes(option))
  if (unknown !== undefined) throw wrong(`'simulate' has no option '${unknown}'`)
  const { to, bounces = 0, value, fault } = command
  if (source) {
    if (fault !== undefined) sources.fail(source, fault === null ? null : String(fault))
    if (value !== undefined) sources.set(source, finite(value))
    else if (fault === undefined) throw wrong(`${name} is a sensor: expected \`value\` or \`fault\``)
    return
  }
  const [address] = lines?.addresses ?? []
  if (address === undefined || lines?.direction !== 'input') throw wrong(`${name} has no input to be simulated`)
  if (fault !== undefined) {
    const error = fault === null ? null : new HoldfastError('ERR_LINE', `simulated: ${String(fault)}`)
    board.fail(address, error)
    if (to === undefined) return
  }
  const active = levelFor(to, options, name)
  const level = lines.activeLow ? !active : active
  if (typeof bounces !== 'number' || !Number.isInteger(bounces) || bounces < 0 || bounces > MOST_BOUNCES)
    throw wrong(`bounces: expected a whole number from 0 to ${MOST_BOUNCES}, found ${shown(bounces)}`)
  const backAfter = command.for === undefined ? undefined : durationMs(command.for as Duration, 'for')
  board.bounce(address, level, bounces)
  if (backAfter !== undefined) clock.alarm('steady', clock.steady() + backAfter, () => board.pull(address, !level))
}

/**
 * A world in memory ends with its process. What is outside did not move meanwhile, or each restart would be a change: an
 * input is pulled to the level that its device remembers.
 */
export function asItWas({ board }: Simulation, name: string, { type, lines }: CheckedDevice, kept?: string): void {
  const [address] = lines?.addresses ?? []
  if (kept === undefined || address === undefined || lines?.direction !== 'input') return
  try {
    const record = decodeDevice(name, kept)
    const { level, active } = (record.memory ?? {}) as { level?: unknown; active?: unknown }
    const was = level ?? active
    if (record.type === type && typeof was === 'boolean') board.pull(address, lines.activeLow ? !was : was)
  } catch {
    // Its keeper says what is wrong with it, and begins anew.
  }
}

function levelFor(to: unknown, options: CheckedDevice['options'], name: string): boolean {
  if (typeof to === 'boolean') return to
  const { closed } = options as { closed?: 'high' | 'low' }
  const own = closed === undefined ? {} : { closed: closed === 'high', open: closed === 'low' }
  const states: Readonly<Record<string, boolean>> = { ...STATES, ...own }
  const level = typeof to === 'string' ? states[to] : undefined
  if (level !== undefined) return level
  throw wrong(`${name}: expected \`to\` as one of ${Object.keys(states).join(', ')}, found ${shown(to)}`)
}

function finite(value: unknown): number {
  if (typeof value === 'number' && Number.isFinite(value)) return value
  throw wrong(`value: expected a number, found ${shown(value)}`)
}

const wrong = (message: string) => new HoldfastError('ERR_INVALID_COMMAND', message)
