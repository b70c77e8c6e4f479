/** Readings as arithmetic: the median of the latest ones, and the zone of a value, with hysteresis. */

export type Zone = 'normal' | 'above' | 'below'

/** Entered at `at`, left at `clear`. */
export interface Threshold {
  readonly at: number
  readonly clear: number
}

/** The zone of a value that comes out of a zone: between `at` and `clear` it stays where it was. */
export function zoneOf(value: number, was: Zone, above: Threshold | null, below: Threshold | null): Zone {
  if (above && (value >= above.at || (was === 'above' && value > above.clear))) return 'above'
  if (below && (value <= below.at || (was === 'below' && value < below.clear))) return 'below'
  return 'normal'
}

/** The median of values; of an even number, the one of the two in the middle that is nearer to the value before. */
export function medianOf(values: readonly number[], before: number | null): number {
  const sorted = [...values].sort((a, b) => a - b)
  const upper = sorted[Math.floor(sorted.length / 2)] as number
  const lower = sorted[Math.floor((sorted.length - 1) / 2)] as number
  return before !== null && Math.abs(upper - before) < Math.abs(lower - before) ? upper : lower
}
