/** Which GPIO a runtime has: the kernel's, or one in memory. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { HoldfastError } from '../model/errors.js'
import { invalid, onlyKnown } from '../runtime/checks.js'

/** Where lines and sensors are. */
export interface GpioOptions {
  /**
   * `chardev`: the lines of the kernel, and nothing else will do; `simulated`: lines in memory. Default `auto`: the kernel's
   * on a Raspberry Pi, and wherever the lines of the devices are found; else simulated ones, and the log says so.
   */
  readonly backend?: 'auto' | 'chardev' | 'simulated'
  /** Where the chips are. Default `/dev`. */
  readonly dev?: string
  /** Where sensors and PWM are. Default `/sys`. */
  readonly sysfs?: string
  /** The simulated board: more lines by their names, and lines that are wired to each other. */
  readonly simulated?: {
    readonly lines?: readonly string[]
    readonly wires?: readonly (readonly [string, string])[]
  }
}

export type CheckedGpio = Required<Omit<GpioOptions, 'simulated'>> & Required<NonNullable<GpioOptions['simulated']>>

/** @throws ERR_INVALID_OPTION */
export function checkGpio(options: GpioOptions = {}): CheckedGpio {
  onlyKnown(options, ['backend', 'dev', 'sysfs', 'simulated'], 'gpio')
  const { backend = 'auto', dev = '/dev', sysfs = '/sys', simulated = {} } = options
  if (!['auto', 'chardev', 'simulated'].includes(backend))
    throw invalid('gpio.backend', "'auto', 'chardev' or 'simulated'", backend)
  for (const [name, path] of Object.entries({ dev, sysfs }))
    if (typeof path !== 'string' || !path.startsWith('/')) throw invalid(`gpio.${name}`, 'an absolute path', path)
  onlyKnown(simulated, ['lines', 'wires'], 'gpio.simulated')
  const { lines = [], wires = [] } = simulated
  if (!texts(lines)) throw invalid('gpio.simulated.lines', 'a list of names', lines)
  if (!Array.isArray(wires) || !wires.every((pair) => texts(pair) && pair.length === 2))
    throw invalid('gpio.simulated.wires', 'a list of pairs of names', wires)
  return { backend, dev, sysfs, lines, wires }
}

/** True where the kernel has chips at all. */
export function hasChips(dev: string): boolean {
  try {
    return readdirSync(dev).some((name) => /^gpiochip\d+$/.test(name))
  } catch {
    return false
  }
}

/** True on a Raspberry Pi, by what its firmware says. */
export function isPi(model = '/proc/device-tree/model'): boolean {
  try {
    return existsSync(model) && readFileSync(model, 'latin1').includes('Raspberry Pi')
  } catch {
    return false
  }
}

export function noLines(dev: string): HoldfastError {
  return new HoldfastError('ERR_NO_LINES', `gpio.backend is 'chardev', but there is no ${dev}/gpiochip*`)
}

const texts = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((each) => typeof each === 'string' && each !== '')
