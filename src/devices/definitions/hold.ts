/** The options of what lasts. */
import type { HoldOptions } from '../../../machines/index.js'
import type { Duration } from '../../model/duration.js'
import type { Sheet } from './sheet.js'

/** `onHold` needs a length, and `repeat` a hold. @throws ERR_INVALID_DEVICE */
export function holdOf(sheet: Sheet, otherwise: Duration | false): HoldOptions {
  const holdMs = sheet.maybeDuration('hold', otherwise)
  const repeatMs = sheet.maybeDuration('repeat')
  if (holdMs === null && sheet.has('onHold')) throw sheet.refuse('onHold', 'needs `hold`: how long it has to last')
  if (holdMs === null && repeatMs !== null) throw sheet.refuse('repeat', 'needs `hold`: what is repeated')
  return { holdMs, repeatMs }
}
