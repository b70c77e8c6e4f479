import { constants } from 'node:fs'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { isPi } from '../../devices/gpio.js'
import { type Finding, Findings } from './finding.js'
import { linesCheck, linesThere, wantedOf } from './gpio-lines.js'
import type { Place, Roots } from './place.js'
import { may } from './reach.js'
import { namesIn, textOf } from './system-file.js'
import { groupOf, joining } from './user.js'

const gpio = new Findings('gpio')

/** The drivers of a Raspberry Pi that can do either, by their modules. */
const DRIVERS = ['pinctrl_rp1', 'pinctrl_bcm2835']
const STRICT =
  '`dtparam=strict_gpiod` in config.txt lets go of them then; docs/guides/is-all-well.md says what is better when.'

/**
 * The chips with lines, whether this user may ask for some, what becomes of outputs that nobody has any more, and whether
 * the devices of the config find their lines.
 */
export async function gpioCheck(place: Place): Promise<Finding[]> {
  const { roots, user } = place
  const chips = (await namesIn(roots.dev, /^gpiochip\d+$/)).map((name) => join(roots.dev, name))
  if (chips.length === 0) return [none(place)]
  const found = await Promise.all(
    chips.map(async (chip) => ((await may(chip, constants.R_OK | constants.W_OK)) ? [] : [chip])),
  )
  const [refused] = found.flat()
  if (refused === undefined) {
    const usable = gpio.ok(`${chips.join(', ')}: this user may use them`)
    return [usable, ...(await outputsCheck(roots)), ...(await devicesCheck(place))]
  }
  const { gid } = await stat(refused)
  const group = await groupOf(gid, roots)
  const advice =
    gid === 0
      ? 'They are for root alone: a udev rule gives them to a group, `sudo apt install raspberrypi-sys-mods` has one.'
      : await joining(gid, user, roots)
  return [gpio.warning(`this user may not use ${refused}, of the group ${group?.name ?? gid}`, advice)]
}

function none({ options }: Place): Finding {
  const says = 'no GPIO on this machine'
  if (wantedOf(options).length === 0) return gpio.note(says)
  if (options?.gpio?.backend !== 'chardev') return gpio.note(`${says}: the devices of the config are simulated`)
  return gpio.fault(`${says}, and the config asks for it`, "`gpio: { backend: 'simulated' }` runs without hardware.")
}

async function devicesCheck({ options, roots }: Place): Promise<Finding[]> {
  const wanted = wantedOf(options)
  const { backend = 'auto', dev = roots.dev } = options?.gpio ?? {}
  if (wanted.length === 0) return []
  const simulated = gpio.note('the devices of the config are simulated')
  if (backend === 'simulated') return [simulated]
  // What calls the kernel is loaded where there is something to ask.
  const { chardev } = await import('../../devices/chardev.js')
  const lines = await chardev({ directory: dev })
  try {
    const chips = lines.chips()
    const real = backend === 'chardev' || isPi() || wanted.some(({ address }) => linesThere(chips, address))
    return real ? linesCheck(chips, wanted) : [simulated]
  } finally {
    lines.close()
  }
}

async function outputsCheck({ sys }: Roots): Promise<Finding[]> {
  const settings = DRIVERS.map((driver) => textOf(join(sys, 'module', driver, 'parameters/persist_gpio_outputs')))
  if (!(await Promise.all(settings)).includes('Y')) return []
  return [gpio.note('outputs stay at their level when the daemon dies, until it is there again', STRICT)]
}
