/** What a device's machine has done: each of its ports, by whatever is behind the device. */
import type { DeviceError, Now } from '../../machines/index.js'
import type { Clock } from '../kernel/clock.js'
import { HoldfastError } from '../model/errors.js'
import type { DeviceView } from '../runtime/devices.js'

/** The machine, as its driver knows it. */
export interface DriverHost {
  readonly name: string
  readonly clock: Clock
  now(): Now
  /** Tells the machine; what follows of it comes back through the ports, later. */
  tell(event: { readonly type: string; readonly [detail: string]: unknown }): void
}

/** What was counted since the start. */
export interface Counts {
  edges: number
  missed: number
  floods: number
}

/** How an output is to be from the first moment on; as it is, where nothing is said. */
export interface Driven {
  readonly levels?: readonly boolean[]
  readonly duty?: number
}

export interface Driver {
  readonly counts: Counts
  /** Where it is on the board, for people. */
  readonly places: NonNullable<DeviceView['lines']>
  /** Looks for it, and answers `found` or `lost`. What it has already it keeps; what is asked for is set at once. */
  seek(at: Driven): void
  write(levels: readonly boolean[]): void
  dial(duty: number): void
  /** Takes a reading, and answers `reading` or `misread`. */
  read(): void
  /** Gives back what it has; may be called again. */
  release(): void
  /** Drives what it has to where it does no harm: off. */
  calm(): void
  /** Resolves when nothing goes on any more of what was begun. */
  gone(): Promise<void>
}

/** A port that this kind of device does not have. */
export function noPort(): never {
  throw new HoldfastError('ERR_INTERNAL', 'a device was asked for what it cannot do')
}

/** `lost`, as machines hear it. */
export function lost(error: unknown, now: Now) {
  return { type: 'lost', error: deviceError(error), random: Math.random(), now }
}

/** An error as a machine keeps it. */
export function deviceError(error: unknown): DeviceError {
  if (isDeviceError(error)) return { code: error.code, message: error.message, hint: error.hint }
  const { code, hint } = new HoldfastError('ERR_INTERNAL')
  return { code, message: (error as Error | null)?.message ?? String(error), hint }
}

/** What is one already, as HoldfastErrors are. */
function isDeviceError(error: unknown): error is DeviceError {
  const { code, message, hint } = (error ?? {}) as Partial<DeviceError>
  return typeof code === 'string' && typeof message === 'string' && typeof hint === 'string'
}
