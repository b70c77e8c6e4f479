import ms from 'ms'
import { HoldfastError, shown } from './errors.js'

/** Milliseconds, or text such as `'250ms'`, `'10s'`, `'2m'`, `'1.5h'`, `'7d'`, `'2w'`, as the `ms` package reads it. */
export type Duration = number | string

const LONGEST_MS = 100 * 365 * 86_400_000

/**
 * A duration in whole milliseconds, 0 to 100 years.
 * @throws ERR_INVALID_DURATION when it is anything else, naming `option`.
 * @example durationMs('1.5h', 'timeout') === 5_400_000
 */
export function durationMs(value: Duration, option: string): number {
  const length =
    typeof value === 'number'
      ? value
      : typeof value === 'string' && value !== '' && value.length < 100
        ? ms(value as ms.StringValue)
        : Number.NaN
  if (length === undefined || !(length >= 0 && length <= LONGEST_MS)) {
    throw new HoldfastError('ERR_INVALID_DURATION', `${option}: ${shown(value)} is not a duration`)
  }
  return Math.round(length)
}

export function isDuration(value: unknown): value is Duration {
  try {
    durationMs(value as Duration, '')
    return true
  } catch {
    return false
  }
}

/** A point in time: a Date, milliseconds since 1970, or ISO 8601 text with a zone. */
export type Instant = Date | number | string

const ISO = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})$/

/**
 * A point in time in milliseconds since 1970.
 * @throws ERR_INVALID_DATE when it is not one, naming `option`.
 */
export function instantMs(value: Instant, option: string): number {
  const ms =
    value instanceof Date
      ? value.getTime()
      : typeof value === 'number'
        ? value
        : typeof value === 'string' && ISO.test(value)
          ? Date.parse(value)
          : Number.NaN
  if (!Number.isFinite(ms) || Math.abs(ms) > 8.64e15) {
    throw new HoldfastError('ERR_INVALID_DATE', `${option}: ${shown(value)} is not a point in time`)
  }
  return Math.round(ms)
}

/** Milliseconds since 1970 as ISO 8601 text. */
export function isoTime(ms: number): string {
  return new Date(ms).toISOString()
}
