/** Devices as they are plugged into a runtime: checked at once, and loaded with the start. */
import { HoldfastError } from '../model/errors.js'
import { type Devices, NO_DEVICES } from '../runtime/devices.js'
import { GateDefinition } from '../runtime/gates/condition.js'
import { DeviceGate } from '../runtime/gates/device.js'
import type { RuntimeOptions } from '../runtime/options.js'
import type { Part } from '../runtime/part.js'
import type { PartDesk } from '../runtime/part-desk.js'
import type { CheckedDevice } from './definition.js'
import { checkDevices, type DeviceDefinitions } from './definitions.js'
import { checkGpio, type GpioOptions } from './gpio.js'
import type { Hardware } from './hardware.js'

/** The options of a runtime that its devices are made of. */
export interface DeviceOptions {
  /** Lines and sensors, by their names: contact(), button(), relay(), sensor() … */
  readonly devices?: DeviceDefinitions | undefined
  /** Where lines and sensors are. Default: the kernel's, or simulated ones where there are none. */
  readonly gpio?: GpioOptions | undefined
}

/** What hardware there is; left out, it is found out. */
type Open = (devices: ReadonlyMap<string, CheckedDevice>, desk: PartDesk) => Promise<Hardware>

/**
 * The part, and what it lets others do.
 * @throws ERR_INVALID_DEVICE, ERR_INVALID_OPTION, each naming the device and the option
 */
export function pluggedDevices(
  { devices = {}, gpio }: DeviceOptions,
  gates: RuntimeOptions['gates'],
  open?: Open,
): Part & Devices {
  const checked = checkDevices(devices)
  const where = checkGpio(gpio)
  checkDeviceGates(gates, checked)
  let begin!: () => void
  // A machine that goes on after a restart tells its devices before they are there.
  const begun = new Promise<void>((resolve) => {
    begin = resolve
  })
  let part: Part & Devices = {
    ...NO_DEVICES,
    name: 'devices',
    start: async () => undefined,
    stop: async () => undefined,
  }
  return {
    name: 'devices',
    async start(runtime, desk) {
      const { DevicesPart } = await import('./part.js')
      const { openHardware } = await import('./hardware.js')
      part = new DevicesPart(checked, () => (open ? open(checked, desk) : openHardware(where, checked, desk)))
      await part.start(runtime, desk)
      begin()
    },
    resume: async () => part.resume?.(),
    stop: () => part.stop(),
    list: () => part.list(),
    get: (id) => part.get(id),
    command: (id, command, key) => begun.then(() => part.command(id, command, key)),
    read: (id, signal) => begun.then(() => part.read(id, signal)),
  }
}

/** Gates are of devices that there are, those that a gate is made of too. @throws ERR_INVALID_OPTION that names the gate */
export function checkDeviceGates(gates: RuntimeOptions['gates'], devices: ReadonlyMap<string, unknown>): void {
  const check = (name: string, gate: unknown): void => {
    if (gate instanceof DeviceGate && !devices.has(gate.device))
      throw new HoldfastError('ERR_INVALID_OPTION', `gates.${name}: there is no device '${gate.device}'`)
    if (gate instanceof GateDefinition) for (const part of gate.parts) check(name, part)
  }
  for (const [name, gate] of Object.entries(gates ?? {})) check(name, gate)
}
