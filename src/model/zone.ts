/**
 * The clock on the wall of a time zone, and when it is put forward or back.
 *
 * Local times are milliseconds as Date.UTC counts them: 09:30 on a wall is 09:30 whatever the zone. Instants and local
 * times meet in two questions that are each other's mirror and never look at "the offset" alone:
 * - shown(t): the latest local time the clock has shown up to t. In a repeated hour that is the end of its first pass.
 * - instant(l): the first instant at which the clock shows l or a later time. A time that does not exist gives the
 *   moment after the gap, one that exists twice gives its first.
 * So instant(l) > t exactly when l > shown(t), and a list of local times in order is a list of instants in order.
 */
import { HoldfastError, shown } from './errors.js'

const HOUR = 3_600_000
/** Two changes of a zone were never closer (Freetown, 1939: 3.99 days); a stretch so long has one at most. */
const STRETCH = 3 * 24 * HOUR
/** Farther than any clock is from UTC, and farther than any was put back at once (a whole day, at the date line). */
const FAR = 36 * HOUR
/** The change of a stretch without one: before all time, so that its `after` holds throughout. */
const NEVER = Number.NEGATIVE_INFINITY
const MOST_STRETCHES = 1024
const MOST_ZONES = 64

/** The offset of a zone over one stretch of time: `before` until `at`, `after` from then on. */
interface Stretch {
  readonly before: number
  readonly at: number
  readonly after: number
}

export interface Zone {
  readonly name: string
  /** What the clock shows at `t`. */
  local(t: number): number
  /** The latest local time the clock has shown up to `t`, in whole milliseconds. */
  shown(t: number): number
  /** The first instant at which the clock shows `local` or later. */
  instant(local: number): number
}

const UTC: Zone = { name: 'UTC', local: (t) => t, shown: (t) => t, instant: (local) => local }

const zones = new Map<string, Zone>()

/**
 * The zone of an IANA name.
 * @throws ERR_INVALID_SCHEDULE when Intl knows no such zone, naming `option`.
 */
export function zoneOf(name: string, option = 'timezone'): Zone {
  const known = zones.get(name)
  if (known) return known
  const zone = madeZone(name, option)
  if (zones.size >= MOST_ZONES) zones.delete(zones.keys().next().value as string)
  zones.set(name, zone)
  return zone
}

function madeZone(name: string, option: string): Zone {
  // Offsets such as '+02:00' are zones to some versions of Node only, and know no summer time to any.
  if (typeof name === 'string' && name.length <= 64 && /^[A-Za-z]/.test(name)) {
    if (/^(etc\/)?utc$/i.test(name)) return UTC
    try {
      return new WallClock(name)
    } catch {}
  }
  throw new HoldfastError('ERR_INVALID_SCHEDULE', `${option}: ${shown(name)} is not a time zone`, {
    hint: "Use an IANA name such as 'Europe/Rome', 'America/New_York' or 'UTC'.",
  })
}

class WallClock implements Zone {
  readonly name: string
  readonly #format: Intl.DateTimeFormat
  readonly #stretches = new Map<number, Stretch>()

  constructor(name: string) {
    this.name = name
    this.#format = new Intl.DateTimeFormat('en-US', {
      timeZone: name,
      calendar: 'gregory',
      numberingSystem: 'latn',
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    })
  }

  local(t: number): number {
    const { before, at, after } = this.#stretch(Math.floor(t / STRETCH))
    return t + (t < at ? before : after)
  }

  shown(t: number): number {
    const place = Math.floor(t / STRETCH)
    const now = this.local(t)
    const here = this.#stretch(place)
    const earlier = t - place * STRETCH > FAR ? here : this.#stretch(place - 1)
    // A clock that was put back has shown more before.
    const then = here.at <= t && here.at !== NEVER ? here : earlier
    return then.at <= t ? Math.max(now, then.at + then.before - 1) : now
  }

  instant(local: number): number {
    for (let place = Math.floor((local - FAR) / STRETCH); ; place++) {
      const { before, at, after } = this.#stretch(place)
      const end = (place + 1) * STRETCH
      const early = Math.max(place * STRETCH, local - before)
      if (early < Math.min(at, end)) return early
      const late = Math.max(at, place * STRETCH, local - after)
      if (late < end) return late
    }
  }

  #stretch(place: number): Stretch {
    const known = this.#stretches.get(place)
    if (known) return known
    const found = this.#looked(place * STRETCH, (place + 1) * STRETCH)
    if (this.#stretches.size >= MOST_STRETCHES) this.#stretches.clear()
    this.#stretches.set(place, found)
    return found
  }

  #looked(from: number, to: number): Stretch {
    const before = this.#offset(from)
    const after = this.#offset(to)
    if (before === after) return { before, at: NEVER, after }
    let [low, high] = [from, to]
    while (high - low > 1000) {
      const middle = low + Math.floor((high - low) / 2000) * 1000
      if (this.#offset(middle) === before) low = middle
      else high = middle
    }
    return { before, at: high, after }
  }

  /** Local time less UTC, in milliseconds. Asking Intl costs microseconds: the stretches remember. */
  #offset(t: number): number {
    const [month, day, year, hour, minute, second] = this.#format.format(t).match(/\d+/g)!.map(Number)
    return Date.UTC(year!, month! - 1, day!, hour!, minute!, second!) - Math.floor(t / 1000) * 1000
  }
}
