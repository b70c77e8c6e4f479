/**
 * Rate limits as arithmetic: the token bucket kept as one number, the moment at which the bucket is full again ("tat",
 * the theoretical arrival time of https://en.wikipedia.org/wiki/Generic_cell_rate_algorithm). A bucket that was not
 * touched for long costs nothing to bring up to date, and one number is all that has to survive a restart.
 */

/** A token comes each `intervalMs`; up to `burst` of them are kept. In a window of W ms at most W / intervalMs + burst are spent. */
export interface Rate {
  readonly intervalMs: number
  readonly burst: number
}

/** Times are near 2^41 ms: to 1024ths of one, sums are exact, and a bucket does not drift however long it is used. */
const GRAIN = 1024

/** `limit` tokens each `perMs`; the interval is rounded up, so the pace is never above what was asked. */
export function rateOf(limit: number, perMs: number, burst: number): Rate {
  return { intervalMs: Math.ceil((perMs / limit) * GRAIN) / GRAIN, burst }
}

/** How many tokens there are at `now`, a whole number of milliseconds. */
export function tokens(rate: Rate, tat: number, now: number): number {
  if (tat <= now) return rate.burst
  const next = nextTokenAt(rate, tat)
  return now < next ? 0 : Math.min(rate.burst, Math.floor((now - next) / rate.intervalMs) + 1)
}

/** The bucket after one token was spent at `now`. */
export function spent(rate: Rate, tat: number, now: number): number {
  return Math.max(tat, now) + rate.intervalMs
}

/** The moment from which on there is a token. */
export function nextTokenAt({ intervalMs, burst }: Rate, tat: number): number {
  return tat - (burst - 1) * intervalMs
}

/** What a bucket that was read back can be at most, whatever limit it was written under: empty. */
export function atMostEmpty({ intervalMs, burst }: Rate, tat: number, now: number): number {
  return Math.min(tat, now + burst * intervalMs)
}
