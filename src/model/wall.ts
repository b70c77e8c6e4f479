/**
 * Local times on the clock of a zone. A pattern such as `30 2 * * *` speaks of what a clock on the wall shows, and
 * knows nothing of summer time: it is asked in local time, and its answer is put on the zone's clock. Because the
 * clock's two questions mirror each other (see zone.ts), each local time gives one instant, whatever the clock does:
 * the moment after the gap for one that does not exist, the first for one that exists twice.
 */
import type { Recurrence } from './recurrence.js'
import type { Zone } from './zone.js'

/** Patterns are read from 1900 to the end of 9999; before and after it nothing happens. */
export const FIRST = Date.UTC(1900, 0, 1)
export const LATEST = Date.UTC(10_000, 0, 1) - 1

/** The first instant after `after` at which the clock of `zone` shows one of the local `times`. */
export function nextOn(zone: Zone, times: Recurrence, after: number): number | undefined {
  if (after > LATEST) return undefined
  const local = times.next(zone.shown(Math.max(after, FIRST)))
  return local === undefined ? undefined : zone.instant(local)
}

/** The last such instant at or before `at`. */
export function lastOn(zone: Zone, times: Recurrence, at: number): number | undefined {
  if (at < FIRST) return undefined
  const local = times.last(zone.shown(Math.min(at, LATEST)))
  return local === undefined ? undefined : zone.instant(local)
}
