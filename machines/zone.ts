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

/** The median of values; of an even number, the mean of the two in the middle. */
export function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const half = sorted.length / 2
  const upper = sorted[Math.floor(half)] as number
  return Number.isInteger(half) ? ((sorted[half - 1] as number) + upper) / 2 : upper
}
