/** The lines that the devices of a config want, on the chips that there are. */
import { addressText, type LineAddress, placeOf } from '../../devices/addresses.js'
import type { ChipInfo } from '../../devices/backend.js'
import { checkDevices } from '../../devices/definitions.js'
import type { RuntimeOptions } from '../../index.js'
import type { HoldfastError } from '../../model/errors.js'
import { type Finding, Findings } from './finding.js'

/** A line, and the device that wants it. */
export interface WantedLine {
  readonly device: string
  readonly address: LineAddress
  /** The name under which the daemon has it, when it runs. */
  readonly consumer: string
}

const gpio = new Findings('gpio')

/** The lines of a config; of one that is wrong there are none, and its own check says why. */
export function wantedOf(options: RuntimeOptions | undefined): WantedLine[] {
  try {
    return [...checkDevices(options?.devices ?? {})].flatMap(([device, { lines }]) =>
      (lines?.addresses ?? []).map((address) => ({ device, address, consumer: lines?.consumer ?? '' })),
    )
  } catch {
    return []
  }
}

export function linesThere(chips: readonly ChipInfo[], address: LineAddress): boolean {
  try {
    return placeOf(chips, address) !== undefined
  } catch {
    return false
  }
}

/** Says which of them are not there, and which somebody else has; nothing of those that are free, or with the daemon. */
export function linesCheck(chips: readonly ChipInfo[], wanted: readonly WantedLine[]): Finding[] {
  return wanted.flatMap((each) => {
    try {
      return heldCheck(chips, each)
    } catch (error) {
      const { message, hint } = error as HoldfastError
      return [gpio.warning(`${each.device}: ${message}`, hint)]
    }
  })
}

/** @throws ERR_LINE_UNKNOWN */
function heldCheck(chips: readonly ChipInfo[], { device, address, consumer }: WantedLine): Finding[] {
  const place = placeOf(chips, address)
  const line = chips.find(({ label }) => label === place.chip)?.lines.find(({ offset }) => offset === place.offset)
  if (!line?.used || line.consumer === consumer) return []
  const holder = line.consumer === '' ? 'somebody who gives no name' : `"${line.consumer}"`
  const advice = 'End that program, or take its overlay out of config.txt; or give the device another line.'
  return [gpio.warning(`${device}: ${addressText(address)} is held by ${holder}`, advice)]
}
