/** Small, seeded chance (mulberry32): what it picked once it picks again with the same seed. */

/** Where chance begins: the same place each time, with TORTURE=1 another one. HOLDFAST_SEED tells it. */
export const SEED = Number(
  process.env.HOLDFAST_SEED ?? (process.env.TORTURE ? Math.trunc(Math.random() * 2 ** 31) : 20_261_122),
)

/** Gives whole numbers from 0 up to, and without, the one it is asked for. */
export type Pick = (below: number) => number

export function chance(seed: number): Pick {
  let state = seed >>> 0
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296) * below)
  }
}
