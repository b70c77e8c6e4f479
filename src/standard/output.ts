import { HoldfastError } from '../model/errors.js'

/** What an actor may end with, as JSON: as much as the store takes as a result, unless it is told otherwise. */
export const RESULT_BYTES = 262_144

/** An output that is not too large; a machine can branch on one that is. @throws ERR_TOO_LARGE */
export function fitting<Output>(output: Output): Output {
  const bytes = Buffer.byteLength(JSON.stringify(output) ?? '')
  if (bytes <= RESULT_BYTES) return output
  throw new HoldfastError('ERR_TOO_LARGE', `the output has ${bytes} bytes, the limit is ${RESULT_BYTES}`)
}
