/**
 * When the plug is pulled: a list of cases out of one seed, so that a failure can be played again.
 *
 * first     during the very first open on a fresh file system, or just after it; half of them again during the second
 * busy      while tasks are made and run
 * recovery  twice: while busy, then again during the open that recovers from it
 */
export function plan(seed, cuts, firstCuts) {
  const random = generator(seed)
  return Array.from({ length: cuts }, (_, index) => {
    // Drawn for every case, used or not: the same seed gives the same moments whatever `firstCuts` is.
    const [kind, opening, busy, again] = [random(), random(), random(), random()]
    return {
      number: index + 1,
      kind: index < firstCuts ? 'first' : kind < 0.3 ? 'recovery' : 'busy',
      opening,
      busy,
      again,
    }
  })
}

/** mulberry32: numbers in [0, 1) that are the same on every machine. */
export function generator(seed) {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}
