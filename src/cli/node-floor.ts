import { HoldfastError } from '../model/errors.js'
import { ownPackage } from '../model/own-package.js'

/** The oldest Node that holdfast runs on, out of a range such as `>=20.19`. */
export const floorOf = (range: string) => range.replace(/^>=/, '')

export const adviceOf = (floor: string) =>
  `Install Node ${floor} or newer: \`sudo apt install nodejs\`, or https://nodejs.org.`

/** Whether the `version` of a Node is below `floor`, which may be shorter. */
export function isOlder(version: string, floor: string): boolean {
  const [has, needs] = [version, floor].map((text) => text.split('.').map(Number))
  for (const [i, need] of needs?.entries() ?? []) {
    const part = has?.[i] ?? 0
    if (part !== need) return part < need
  }
  return false
}

/** What an older one lacks would be missed somewhere on the way, in the middle of a task. @throws ERR_NODE_TOO_OLD */
export function assertNode(version: string, range: string = ownPackage().engines.node): void {
  const floor = floorOf(range)
  if (!isOlder(version, floor)) return
  throw new HoldfastError('ERR_NODE_TOO_OLD', `this is Node ${version}, and holdfast needs ${floor}`, {
    hint: adviceOf(floor),
  })
}
