/** What a board is made of: the options of its runtime, and where it stands in time. */
import type { DeviceOptions } from '../devices/plug.js'
import { type Instant, instantMs } from '../model/duration.js'
import { zoneOf } from '../model/zone.js'
import type { AnyDefinition } from '../runtime/define.js'
import type { TaskLog } from '../runtime/log.js'
import type { RuntimeOptions } from '../runtime/options.js'

/** Options of a runtime, without its path: the store is in memory. Devices are simulated. */
export type BoardOptions<Tasks extends readonly AnyDefinition[] = readonly AnyDefinition[]> = Omit<
  RuntimeOptions<Tasks>,
  'path'
> &
  DeviceOptions

/** Where a board stands in time. */
export interface BoardTime {
  /** What its clock shows at first. Default 2026-01-01T00:00:00Z. */
  readonly now?: Instant
  /** With it, `now` is the time on a wall there: `{ now: '2026-03-29T01:30', zone: 'Europe/Rome' }`. Default UTC. */
  readonly zone?: string
}

/** What the runtime and its tasks logged. */
export interface LogLine {
  readonly level: keyof TaskLog
  readonly message: string
  readonly data: object | undefined
}

const KEPT = { age: false, count: false } as const
const FOR_EVER = { finished: KEPT, failed: KEPT, terminated: KEPT }

const LOCAL = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?)?$/

/** The options with what makes a test calm: nothing is swept away, and no delay is drawn by lot, unless they say so. */
export function withCalm<Options extends BoardOptions>(options: Options) {
  return { retention: FOR_EVER, ...options, retry: { jitter: 0, ...options.retry } }
}

/** The beginning of a board's clock. @throws ERR_INVALID_DATE, ERR_INVALID_SCHEDULE when there is no such zone */
export function startOf(now: Instant, zone: string | undefined): number {
  if (typeof now !== 'string' || !LOCAL.test(now)) return instantMs(now, 'now')
  const shown = instantMs(Date.parse(now.length === 10 ? now : `${now}Z`), 'now')
  return zone === undefined ? shown : zoneOf(zone, 'zone').instant(shown)
}
