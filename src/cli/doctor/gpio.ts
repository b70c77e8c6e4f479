import { constants } from 'node:fs'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { type Finding, Findings } from './finding.js'
import type { Place } from './place.js'
import { may } from './reach.js'
import { namesIn } from './system-file.js'
import { groupOf, joining } from './user.js'

const gpio = new Findings('gpio')

/** The chips with lines, and whether this user may ask for some. */
export async function gpioCheck({ roots, user }: Place): Promise<Finding[]> {
  const chips = (await namesIn(roots.dev, /^gpiochip\d+$/)).map((name) => join(roots.dev, name))
  if (chips.length === 0) return [gpio.note('no GPIO on this machine')]
  const found = await Promise.all(
    chips.map(async (chip) => ((await may(chip, constants.R_OK | constants.W_OK)) ? [] : [chip])),
  )
  const [refused] = found.flat()
  if (refused === undefined) return [gpio.ok(`${chips.join(', ')}: this user may use them`)]
  const { gid } = await stat(refused)
  const group = await groupOf(gid, roots)
  const advice =
    gid === 0
      ? 'They are for root alone: a udev rule gives them to a group, `sudo apt install raspberrypi-sys-mods` has one.'
      : await joining(gid, user, roots)
  return [gpio.warning(`this user may not use ${refused}, of the group ${group?.name ?? gid}`, advice)]
}
