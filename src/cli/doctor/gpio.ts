import { constants } from 'node:fs'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { type Finding, Findings } from './finding.js'
import type { Place, Roots } from './place.js'
import { may } from './reach.js'
import { namesIn, textOf } from './system-file.js'
import { groupOf, joining } from './user.js'

const gpio = new Findings('gpio')

/** The drivers of a Raspberry Pi that can do either, by their modules. */
const DRIVERS = ['pinctrl_rp1', 'pinctrl_bcm2835']
const STRICT =
  '`dtparam=strict_gpiod` in config.txt lets go of them then; docs/guides/is-all-well.md says what is better when.'

/** The chips with lines, whether this user may ask for some, and what becomes of outputs that nobody has any more. */
export async function gpioCheck({ roots, user }: Place): Promise<Finding[]> {
  const chips = (await namesIn(roots.dev, /^gpiochip\d+$/)).map((name) => join(roots.dev, name))
  if (chips.length === 0) return [gpio.note('no GPIO on this machine')]
  const found = await Promise.all(
    chips.map(async (chip) => ((await may(chip, constants.R_OK | constants.W_OK)) ? [] : [chip])),
  )
  const [refused] = found.flat()
  if (refused === undefined) {
    return [gpio.ok(`${chips.join(', ')}: this user may use them`), ...(await outputsCheck(roots))]
  }
  const { gid } = await stat(refused)
  const group = await groupOf(gid, roots)
  const advice =
    gid === 0
      ? 'They are for root alone: a udev rule gives them to a group, `sudo apt install raspberrypi-sys-mods` has one.'
      : await joining(gid, user, roots)
  return [gpio.warning(`this user may not use ${refused}, of the group ${group?.name ?? gid}`, advice)]
}

async function outputsCheck({ sys }: Roots): Promise<Finding[]> {
  const settings = DRIVERS.map((driver) => textOf(join(sys, 'module', driver, 'parameters/persist_gpio_outputs')))
  if (!(await Promise.all(settings)).includes('Y')) return []
  return [gpio.note('outputs stay at their level when the daemon dies, until it is there again', STRICT)]
}
