/** Inputs of about forty bytes, as the peers' own benchmarks use. */
export const inputs = (count, first = 0) =>
  Array.from({ length: count }, (_, index) => ({ i: first + index, m: 'hello from the porch camera' }))

const CHUNK = 1000

/** The same, in the portions that are enqueued by one call. */
export function* chunks(count) {
  for (let first = 0; first < count; first += CHUNK) yield inputs(Math.min(CHUNK, count - first), first)
}
