import { join } from 'node:path'
import { type Finding, Findings } from './finding.js'
import type { Place, Roots } from './place.js'
import { namesIn, numberOf, textOf } from './system-file.js'

/** From here on a Pi slows down by itself. */
const HOT_CELSIUS = 80
/** What the firmware says of the time since the boot (vcgencmd get_throttled). */
const UNDER_VOLTAGE = 0x1_0000
const THROTTLED = 0x4_0000

const ADVICE = 'Writes get lost and cards break: use the supply that belongs to the board, and a short cable.'

const power = new Findings('power')

/** What a board says of its supply and its heat; one that says nothing is not asked. */
export async function powerCheck({ roots }: Place): Promise<Finding[]> {
  const [low, flags, heat] = await Promise.all([underVoltage(roots), throttled(roots), celsius(roots)])
  return [
    ...(low || (flags & UNDER_VOLTAGE) !== 0 ? [power.warning('the voltage was too low since the boot', ADVICE)] : []),
    ...((flags & THROTTLED) !== 0
      ? [
          power.warning(
            'the processor was slowed down since the boot',
            'Too hot, or too little power: `vcgencmd get_throttled`.',
          ),
        ]
      : []),
    ...(heat === undefined
      ? []
      : heat > HOT_CELSIUS
        ? [power.warning(`the processor has ${heat} °C`, 'Give it air, or a heat sink.')]
        : [power.ok(`the processor has ${heat} °C`)]),
  ]
}

async function underVoltage({ sys }: Roots): Promise<boolean> {
  const directory = join(sys, 'class/hwmon')
  for (const name of await namesIn(directory, /^hwmon\d+$/)) {
    const monitor = join(directory, name)
    if ((await textOf(join(monitor, 'name'))) === 'rpi_volt')
      return (await numberOf(join(monitor, 'in0_lcrit_alarm'))) === 1
  }
  return false
}

/** The place has the address of the firmware in it on some boards. */
async function throttled({ sys }: Roots): Promise<number> {
  const platform = join(sys, 'devices/platform')
  for (const soc of await namesIn(platform, /^soc(@|$)/)) {
    for (const firmware of await namesIn(join(platform, soc), /firmware/)) {
      const flags = Number.parseInt((await textOf(join(platform, soc, firmware, 'get_throttled'))) ?? '', 16)
      if (!Number.isNaN(flags)) return flags
    }
  }
  return 0
}

/** Of the hottest processor. */
async function celsius({ sys }: Roots): Promise<number | undefined> {
  const directory = join(sys, 'class/thermal')
  let hottest: number | undefined
  for (const name of await namesIn(directory, /^thermal_zone\d+$/)) {
    const type = await textOf(join(directory, name, 'type'))
    const milli = await numberOf(join(directory, name, 'temp'))
    if (milli === undefined || !/cpu|soc|pkg/.test(type ?? '')) continue
    hottest = Math.max(hottest ?? Number.NEGATIVE_INFINITY, Math.round(milli / 1000))
  }
  return hottest
}
