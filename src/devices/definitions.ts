/**
 * Devices as users write them: plain data with a `type`, so a config in JSON has them too. All of them are checked
 * together, through and through, before anything starts.
 */
import { HoldfastError, shown } from '../model/errors.js'
import { nearest } from '../model/nearest.js'
import { checkName } from '../runtime/checks.js'
import { addressText } from './addresses.js'
import type { CheckedDevice } from './definition.js'
import { type ButtonDefinition, checkButton } from './definitions/button.js'
import { type ContactDefinition, checkContact } from './definitions/contact.js'
import { checkInput, type InputDefinition } from './definitions/input.js'
import { checkInterlock, type InterlockDefinition } from './definitions/interlock.js'
import { checkMotion, type MotionDefinition } from './definitions/motion.js'
import { checkPwm, type PwmDefinition } from './definitions/pwm.js'
import { checkReadyMade, type SensorDefinition } from './definitions/sensors.js'
import { checkSwitch, type LedDefinition, type RelayDefinition } from './definitions/switch.js'

export type DeviceDefinition =
  | ContactDefinition
  | ButtonDefinition
  | MotionDefinition
  | InputDefinition
  | RelayDefinition
  | LedDefinition
  | InterlockDefinition
  | PwmDefinition
  | SensorDefinition

/** Devices by their names. */
export type DeviceDefinitions = Readonly<Record<string, DeviceDefinition>>

type Check = (name: string, given: never) => CheckedDevice

const CHECKS: Readonly<Record<DeviceDefinition['type'], Check>> = {
  contact: checkContact,
  button: checkButton,
  motion: checkMotion,
  input: checkInput,
  relay: checkSwitch,
  led: checkSwitch,
  interlock: checkInterlock,
  pwm: checkPwm,
  dht: checkReadyMade,
  ds18b20: checkReadyMade,
  cpuTemperature: checkReadyMade,
  underVoltage: checkReadyMade,
  throttling: checkReadyMade,
  sysfs: checkReadyMade,
}
const TYPES = Object.keys(CHECKS)
const MOST = 256

/** @throws ERR_INVALID_DEVICE, ERR_INVALID_ID, each naming the device and the option */
export function checkDevices(given: DeviceDefinitions): ReadonlyMap<string, CheckedDevice> {
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw new HoldfastError('ERR_INVALID_DEVICE', `devices: expected devices by their names, found ${shown(given)}`)
  const names = Object.keys(given)
  if (names.length > MOST)
    throw new HoldfastError('ERR_INVALID_DEVICE', `devices: ${names.length}, the limit is ${MOST}`)
  const checked = new Map(names.map((name) => [checkName(name, `devices.${name}`), checkDevice(name, given[name])]))
  checkShared(checked)
  return checked
}

function checkDevice(name: string, given: unknown): CheckedDevice {
  const { type } = (typeof given === 'object' && given !== null ? given : {}) as { type?: unknown }
  if (typeof type === 'string' && Object.hasOwn(CHECKS, type))
    return CHECKS[type as DeviceDefinition['type']](name, given as never)
  const meant = typeof type === 'string' ? nearest(type, TYPES) : undefined
  const message =
    typeof type === 'string'
      ? `devices.${name}.type: there are no devices of type ${shown(type)}`
      : `devices.${name}: expected a device, such as contact({ line: 'GPIO17' }), found ${shown(given)}`
  const hint = meant === undefined ? `The types are ${TYPES.join(', ')}.` : `Did you mean '${meant}'?`
  throw new HoldfastError('ERR_INVALID_DEVICE', message, { hint })
}

/** A line, or a channel, belongs to one device, once. Two ways to name one line are found out at the start. */
function checkShared(devices: ReadonlyMap<string, CheckedDevice>): void {
  const taken = new Map<string, string>()
  const take = (thing: string, key: string, where: string) => {
    const by = taken.get(key)
    if (by !== undefined) throw new HoldfastError('ERR_INVALID_DEVICE', `${where}: ${by} has ${thing} already`)
    taken.set(key, where)
  }
  for (const [name, { lines, dial }] of devices) {
    for (const [i, address] of (lines?.addresses ?? []).entries()) {
      const key = typeof address === 'string' ? address : `${address.chip} ${address.offset}`
      take(addressText(address), key, `devices.${name}.${lines?.options[i]}`)
    }
    if (dial) take(`channel ${dial.channel}`, `pwm ${dial.chip ?? ''} ${dial.channel}`, `devices.${name}.channel`)
  }
}
