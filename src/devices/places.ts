/** Whether the lines of the devices are there, once at a start: a line that there is none of is a mistake, and no fault. */
import { HoldfastError } from '../model/errors.js'
import type { TaskLog } from '../runtime/log.js'
import { addressText, type LineAddress, placeOf } from './addresses.js'
import type { Backend, ChipInfo } from './backend.js'
import type { CheckedDevice } from './definition.js'

/** @throws ERR_INVALID_DEVICE that names the device and the option */
export function checkPlaces(devices: ReadonlyMap<string, CheckedDevice>, backend: Backend, log: TaskLog): void {
  const wanted = [...devices].flatMap(([name, { lines, optional }]) =>
    (lines?.addresses ?? []).map((address, i) => ({ name, address, optional, option: lines?.options[i] ?? 'line' })),
  )
  if (wanted.length === 0) return
  let chips: readonly ChipInfo[]
  try {
    chips = backend.chips()
  } catch (error) {
    // Rights can be given while it runs: each device says so, and is found then.
    log.error((error as Error).message, { hint: (error as HoldfastError).hint })
    return
  }
  const taken = new Map<string, string>()
  for (const { name, address, optional, option } of wanted) {
    const place = placed(chips, address, `devices.${name}.${option}`, optional)
    if (!place) continue
    const key = `${place.chip} ${place.offset}`
    const by = taken.get(key)
    if (by !== undefined) {
      throw new HoldfastError(
        'ERR_INVALID_DEVICE',
        `devices.${name}.${option}: ${by} has ${addressText(address)} already`,
      )
    }
    taken.set(key, `devices.${name}.${option}`)
  }
}

function placed(chips: readonly ChipInfo[], address: LineAddress, where: string, optional: boolean) {
  try {
    return placeOf(chips, address)
  } catch (cause) {
    if (optional || !(cause instanceof HoldfastError)) return undefined
    const hint = `${cause.hint} A device that may be absent says \`optional: true\`.`
    throw new HoldfastError('ERR_INVALID_DEVICE', `${where}: ${cause.message}`, { hint, cause })
  }
}
