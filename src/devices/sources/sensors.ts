/**
 * Where a sensor is below the root of sysfs. The numbers in its folders change from boot to boot and from plug to plug, so
 * it is looked for by what it says of itself, before every reading: a path that was right may be another sensor's by now.
 */
import { join } from 'node:path'
import { HoldfastError, shown } from '../../model/errors.js'
import { entriesOf, textOf } from './files.js'
import { decimal, hexadecimal, scaled } from './numbers.js'
import type { SourceData } from './shape.js'

/** How a sensor is found and read. */
export interface Sensor {
  /** Readings of one bus wait for each other. */
  readonly bus: string
  find(root: string): Promise<string>
  /** @throws ERR_READING */
  value(text: string, path: string): number
}

const thousandths = (text: string, path: string) => scaled(decimal(text, path), 0.001, 0, path)
/** A DS18B20 gives this when it had no power during its conversion. */
const POWER_UP = 85_000

/** @throws ERR_INVALID_DEVICE */
export function sensorOf(data: SourceData): Sensor {
  switch (data.source) {
    case 'dht': {
      const file = data.quantity === 'temperature' ? 'in_temp_input' : 'in_humidityrelative_input'
      const find = async (root: string) => join(await dht(root, data.name), file)
      return { bus: 'dht', find, value: thousandths }
    }
    case 'ds18b20': {
      const id = checkedId(data.id)
      return { bus: 'w1', find: (root) => ds18b20(root, id), value: warm }
    }
    case 'cpu-temperature':
      return { bus: 'board', find: processor, value: thousandths }
    case 'under-voltage':
      return { bus: 'board', find: supply, value: decimal }
    case 'throttling':
      return { bus: 'board', find: firmware, value: hexadecimal }
    case 'file': {
      const path = pathBelow(data.path)
      const find = async (root: string) => join(root, path)
      const { scale, offset } = data
      return { bus: path, find, value: (text, at) => scaled(decimal(text, at), scale, offset, at) }
    }
  }
}

/** A path as it is below the root: `/sys/class/x` and `class/x` are the same. @throws ERR_INVALID_DEVICE */
function pathBelow(path: string): string {
  const below = path.replace(/^\/sys\/+/, '')
  const parts = below.split('/')
  if (below === '' || below.startsWith('/') || parts.includes('..') || below.includes('\0'))
    throw new HoldfastError('ERR_INVALID_DEVICE', `path: expected a file below /sys, found ${shown(path)}`)
  return below
}

async function dht(root: string, name: string | undefined): Promise<string> {
  const folder = join(root, 'bus/iio/devices')
  const named = await withTexts(folder, /^iio:device\d+$/, 'name')
  const sensors = named.filter(({ text }) => (name === undefined ? /^dht/.test(text) : text === name))
  const [chosen] = one(sensors, ({ text }) => text, `DHT${name === undefined ? '' : ` with the name ${name}`}`, 'name')
  return join(folder, chosen.entry)
}

async function ds18b20(root: string, id: string | undefined): Promise<string> {
  const folder = join(root, 'bus/w1/devices')
  const entries = await entriesOf(folder, /^28-[\da-f]{12}$/)
  const sensors = id === undefined ? entries : entries.filter((entry) => entry === id)
  const [chosen] = one(sensors, (entry) => entry, `DS18B20${id === undefined ? '' : ` with the id ${id}`}`, 'id')
  return join(folder, chosen, 'temperature')
}

async function processor(root: string): Promise<string> {
  const folder = join(root, 'class/thermal')
  const zones = await withTexts(folder, /^thermal_zone\d+$/, 'type')
  const [zone] = zones.filter(({ text }) => /^cpu[-_]thermal$/.test(text))
  if (!zone) throw gone(`no thermal zone of ${folder} is of the type cpu-thermal`)
  return join(folder, zone.entry, 'temp')
}

async function supply(root: string): Promise<string> {
  const folder = join(root, 'class/hwmon')
  const monitors = await withTexts(folder, /^hwmon\d+$/, 'name')
  const [monitor] = monitors.filter(({ text }) => text === 'rpi_volt')
  if (!monitor) throw gone(`no monitor of ${folder} has the name rpi_volt`)
  return join(folder, monitor.entry, 'in0_lcrit_alarm')
}

/** The kernel of Raspberry Pi OS has it; others have the alarm of the supply alone. */
async function firmware(root: string): Promise<string> {
  const folder = join(root, 'bus/platform/drivers/raspberrypi-firmware')
  const [entry] = await entriesOf(folder, /firmware$/)
  if (entry === undefined) throw gone(`the firmware of a Raspberry Pi is not in ${folder}`)
  return join(folder, entry, 'get_throttled')
}

/** Folders with what a file of theirs says; one that goes meanwhile is none. */
async function withTexts(folder: string, pattern: RegExp, file: string) {
  const found: { readonly entry: string; readonly text: string }[] = []
  for (const entry of await entriesOf(folder, pattern)) {
    const text = await textOf(join(folder, entry, file)).catch(() => undefined)
    if (text !== undefined) found.push({ entry, text })
  }
  return found
}

function one<T>(found: readonly T[], nameOf: (each: T) => string, what: string, option: string): readonly [T] {
  if (found.length === 1) return found as [T]
  if (found.length === 0) throw gone(`there is no ${what}`)
  throw new HoldfastError('ERR_SENSOR_GONE', `there are ${found.length}: ${found.map(nameOf).join(', ')}`, {
    hint: `Say which by \`${option}\`.`,
  })
}

/** @throws ERR_INVALID_DEVICE */
function checkedId(id: string | undefined): string | undefined {
  if (id === undefined || /^28-[\da-f]{12}$/.test(id)) return id
  throw new HoldfastError('ERR_INVALID_DEVICE', `id: expected one like 28-0316a2798ef1, found ${shown(id)}`)
}

function warm(text: string, path: string): number {
  if (decimal(text, path) !== POWER_UP) return thousandths(text, path)
  throw new HoldfastError('ERR_READING', `${path}: 85 °C is what the sensor gives before its first conversion`)
}

const gone = (message: string) => new HoldfastError('ERR_SENSOR_GONE', message)
