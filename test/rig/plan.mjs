/**
 * When the plug is pulled: a list of cases out of one seed, so that a failure can be played again.
 *
 * first      during the very first open on a fresh file system, or just after it; half of them again during the second
 * busy       while tasks are made and run
 * recovery   twice: while busy, then again during the open that recovers from it
 * point      while a daemon stands still at a point of its telemetry
 * full, read-only, failing, dead             while its disk is so, while it takes the mended disk up, or just after
 */
const SHARES = {
  daemon: { recovery: 0.15, point: 0.25, full: 0.12, 'read-only': 0.12, failing: 0.12, dead: 0.08 },
  others: { recovery: 0.3 },
}

/** Of these, and at most so late: a busy daemon comes by each of them within two seconds. */
const POINTS = {
  'store.open': 1,
  'recovery.begin': 1,
  'recovery.end': 1,
  'runtime.ready': 1,
  'commit.begin': 80,
  'commit.end': 80,
  'task.step': 300,
  'task.committed': 300,
  'run.start': 120,
  'run.end': 120,
  'machine.step': 60,
  'machine.effect': 12,
  'task.failed': 8,
  'schedule.ticked': 6,
}

/** The kinds of case that there are. */
export const kindsOf = (workload) => [...Object.keys(SHARES[workload] ?? SHARES.others), 'busy']

/** `only`: these kinds of case, evenly. */
export function plan(seed, cuts, firstCuts, workload, only = []) {
  const random = generator(seed)
  const even = Object.fromEntries(only.map((kind) => [kind, 1 / only.length]))
  const shares = only.length > 0 ? even : (SHARES[workload] ?? SHARES.others)
  return Array.from({ length: cuts }, (_, index) => {
    // Drawn for every case, used or not: the same seed gives the same moments whatever `firstCuts` is.
    const [kind, opening, busy, again, name, nth] = Array.from({ length: 6 }, random)
    const points = Object.entries(POINTS)
    const [point, most] = points[Math.floor(name * points.length)]
    return {
      number: index + 1,
      kind: index < firstCuts && only.length === 0 ? 'first' : kindAt(kind, shares),
      opening,
      busy,
      again,
      point: `${point}:${1 + Math.floor(nth * most)}`,
    }
  })
}

function kindAt(drawn, shares) {
  let rest = drawn
  for (const [kind, share] of Object.entries(shares)) {
    rest -= share
    if (rest < 0) return kind
  }
  return 'busy'
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
