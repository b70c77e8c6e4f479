import leven from 'leven'

/** Further from every known name than this, a name is no slip of the pen. */
const NEAR = 3

/** The known name that is so near to another that it was a slip of the pen. */
export function nearest(name: string, known: readonly string[]): string | undefined {
  const distances = known
    // At least by so much they differ, and whoever asks may have sent a very long one.
    .filter((each) => Math.abs(each.length - name.length) < NEAR)
    .map((each) => ({ each, distance: leven(name.toLowerCase(), each.toLowerCase()) }))
  const [first] = distances.sort((a, b) => a.distance - b.distance)
  return first && first.distance < Math.min(NEAR, first.each.length) ? first.each : undefined
}

/** What a hint begins with where somebody will have meant another name, which may be none at all; empty else. */
export function didYouMean(name: unknown, known: readonly string[]): string {
  const near = typeof name === 'string' ? nearest(name, known) : undefined
  return near === undefined ? '' : `Did you mean '${near}'? `
}
