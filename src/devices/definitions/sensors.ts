/** The sensors that are ready-made. Each is a few words for what sources/sensors.ts finds and reads. */
import type { CheckedDevice } from '../definition.js'
import type { SourceData } from '../sources/shape.js'
import { checkSensor, type SensorKind, type SensorOptions } from './sensor.js'
import type { Sheet } from './sheet.js'

export interface DhtOptions extends SensorOptions {
  /** °C, or % of relative humidity. */
  readonly quantity: 'temperature' | 'humidity'
  /** Its name in IIO, `'dht11@11'` for one at GPIO17 (in hexadecimal). Default: the only one that there is. */
  readonly device?: string
}

export interface Ds18b20Options extends SensorOptions {
  /** `'28-0316a2798ef1'`. Default: the only one that there is. */
  readonly id?: string
}

export interface SysfsOptions extends SensorOptions {
  /** Below /sys, with a number in it: `'class/hwmon/hwmon0/in1_input'`. */
  readonly file: string
  /** The reading is number × `scale` + `offset`. Default 1 and 0. */
  readonly scale?: number
  readonly offset?: number
  /** The unit of the reading, for people; up to 16 characters. */
  readonly unit?: string
}

export type DhtDefinition = DhtOptions & { readonly type: 'dht' }
export type Ds18b20Definition = Ds18b20Options & { readonly type: 'ds18b20' }
export type CpuTemperatureDefinition = SensorOptions & { readonly type: 'cpuTemperature' }
export type UnderVoltageDefinition = SensorOptions & { readonly type: 'underVoltage' }
export type ThrottlingDefinition = SensorOptions & { readonly type: 'throttling' }
export type SysfsDefinition = SysfsOptions & { readonly type: 'sysfs' }
export type SensorDefinition =
  | DhtDefinition
  | Ds18b20Definition
  | CpuTemperatureDefinition
  | UnderVoltageDefinition
  | ThrottlingDefinition
  | SysfsDefinition

/**
 * A DHT11 or DHT22 through the kernel (`dtoverlay=dht11,gpiopin=17`); at most every 2 s. One quantity is one device.
 * @example devices: { room: dht({ quantity: 'temperature', above: { at: 30, clear: 28 }, onAbove: { kind: 'alarm' } }) }
 */
export const dht = (options: DhtOptions): DhtDefinition => ({ ...options, type: 'dht' })

/**
 * A DS18B20 on the 1-wire bus (`dtoverlay=w1-gpio`), in °C; at most every second.
 * @example devices: { tank: ds18b20({ id: '28-0316a2798ef1', median: 3 }) }
 */
export const ds18b20 = (options: Ds18b20Options = {}): Ds18b20Definition => ({ ...options, type: 'ds18b20' })

/** The temperature of the processor, in °C. @example devices: { cpu: cpuTemperature({ above: { at: 80, clear: 70 } }) } */
export const cpuTemperature = (options: SensorOptions = {}): CpuTemperatureDefinition => ({
  ...options,
  type: 'cpuTemperature',
})

/**
 * 1 while the power supply of a Raspberry Pi is too weak, else 0; `above` while it is, unless it is told otherwise.
 * @example devices: { power: underVoltage({ interval: '10s', onAbove: { kind: 'warn' } }) }
 */
export const underVoltage = (options: SensorOptions = {}): UnderVoltageDefinition => ({
  ...options,
  type: 'underVoltage',
})

/**
 * What the firmware of a Raspberry Pi holds back, as bits: 1 too little voltage, 2 frequency capped, 4 throttled, 8 soft
 * limit of temperature; 16 bits higher, that it did since the kernel last looked. `above` while any is set, unless it is
 * told otherwise.
 * @example devices: { throttled: throttling({ onAbove: { kind: 'warn' } }) }
 */
export const throttling = (options: SensorOptions = {}): ThrottlingDefinition => ({ ...options, type: 'throttling' })

/**
 * Any file of the kernel with a number in it.
 * @example devices: { battery: sysfs({ file: 'class/power_supply/bat/voltage_now', scale: 1e-6, unit: 'V' }) }
 */
export const sysfs = (options: SysfsOptions): SysfsDefinition => ({ ...options, type: 'sysfs' })

/** As soon as it is not 0. */
const ANYTHING = { at: 1, clear: 0 } as const

/** @throws ERR_INVALID_DEVICE */
export function checkReadyMade(name: string, given: SensorDefinition): CheckedDevice {
  return checkSensor(name, given, kindOf(given))
}

function kindOf(given: SensorDefinition): SensorKind {
  switch (given.type) {
    case 'dht':
      return {
        options: ['quantity', 'device'],
        leastMs: 2_000,
        unit: given.quantity === 'humidity' ? '%' : '°C',
        source: dhtSource,
      }
    case 'ds18b20':
      return { options: ['id'], leastMs: 1_000, unit: '°C', source: ds18b20Source }
    case 'cpuTemperature':
      return { options: [], leastMs: 100, unit: '°C', source: () => ({ source: 'cpu-temperature' }) }
    case 'underVoltage':
      return {
        what: 'an underVoltage',
        options: [],
        leastMs: 100,
        above: ANYTHING,
        source: () => ({ source: 'under-voltage' }),
      }
    case 'throttling':
      return { options: [], leastMs: 100, above: ANYTHING, source: () => ({ source: 'throttling' }) }
    case 'sysfs':
      return { options: ['file', 'scale', 'offset', 'unit'], leastMs: 100, source: fileSource }
  }
}

function dhtSource(sheet: Sheet): SourceData {
  const quantity = sheet.get('quantity')
  if (quantity !== 'temperature' && quantity !== 'humidity')
    throw sheet.wrong('quantity', "'temperature' or 'humidity'", quantity)
  const name = sheet.text('device', 64)
  return { source: 'dht', quantity, ...(name === undefined ? {} : { name }) }
}

function ds18b20Source(sheet: Sheet): SourceData {
  const id = sheet.text('id', 64)
  if (id === undefined) return { source: 'ds18b20' }
  if (/^28-[\da-f]{12}$/.test(id)) return { source: 'ds18b20', id }
  throw sheet.wrong('id', "one like '28-0316a2798ef1'", id)
}

function fileSource(sheet: Sheet): SourceData {
  const path = sheet.text('file', 1_024)
  const below = path?.replace(/^\/sys\/+/, '')
  if (path === undefined || !below || below.startsWith('/') || below.split('/').includes('..') || below.includes('\0'))
    throw sheet.wrong('file', 'a file below /sys', path)
  const bounds = { least: -1e15, most: 1e15 }
  const scale = sheet.number('scale', 1, bounds)
  if (scale === 0) throw sheet.wrong('scale', 'a number that is not 0', scale)
  return { source: 'file', path, scale, offset: sheet.number('offset', 0, bounds) }
}
