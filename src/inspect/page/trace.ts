/** How the level of a device went: of a line what it was at from each edge on, of a sensor its readings. Bounded. */
import type { DeviceNews, DeviceView } from '../../runtime/devices.js'

/** What is told of a device as an actor: all but what happened to it, which are its events. */
export type Seen = Omit<DeviceView, 'id' | 'news'>

const MOST = 2_000
/** What a line is at from then on. */
const LEVELS: Readonly<Record<string, number | null>> = {
  open: 1,
  close: 0,
  press: 1,
  release: 0,
  motion: 1,
  clear: 0,
  rise: 1,
  fall: 0,
  on: 1,
  off: 0,
  fault: null,
}

interface Point {
  readonly at: number
  readonly level: number | null
}

export class Trace {
  #points: Point[] = []

  /** Milliseconds since 1970. What was before is told later, and may be told again. */
  put(at: number, level: number | null): void {
    const points = this.#points
    const place = points.findLastIndex((point) => point.at <= at) + 1
    const [before, last] = [points[place - 2], points[place - 1]]
    if (last?.at === at && last.level === level) return
    const goesOn = place === points.length && before?.level === level && last?.level === level
    points.splice(goesOn ? place - 1 : place, goesOn ? 1 : 0, { at, level })
    if (points.length > MOST) points.shift()
  }

  /** When something was heard last. */
  get latest(): number {
    return this.#points.at(-1)?.at ?? 0
  }

  /** Seconds since 1970, and the level at each, from edge to edge of what is looked at; `now` is how it is. */
  between(from: number, to: number, now: number | null): [times: number[], levels: (number | null)[]] {
    const inside = this.#points.filter(({ at }) => at > from && at <= to)
    const before = this.#points.findLast(({ at }) => at <= from)
    const all = [{ at: from, level: before?.level ?? null }, ...inside, { at: to, level: now }]
    return [all.map(({ at }) => at / 1000), all.map(({ level }) => level)]
  }
}

/** What a piece of news says of the level; undefined when it says nothing of it. */
export function levelTold({ type, value, duty, output }: DeviceNews): number | null | undefined {
  const told = duty ?? value
  if (typeof told === 'number') return told
  // Which of several outputs it is, the device itself says.
  return output === undefined && Object.hasOwn(LEVELS, type) ? LEVELS[type] : undefined
}

/** What it is at: 0 and 1 of a line, the place of an output, a duty, a reading; null while that is not known. */
export function levelNow({ type, link, state, value, outputs = [] }: Seen): number | null {
  if (link !== 'ready') return null
  if (type === 'contact') return state === 'open' ? 1 : 0
  if (type === 'interlock') return value === null ? 0 : outputs.indexOf(String(value)) + 1
  return typeof value === 'boolean' ? Number(value) : typeof value === 'number' ? value : null
}

/** What its levels are called, from 0 on; none for what is measured. */
export function namesOf({ type, value, unit, outputs = [] }: Seen): readonly string[] | undefined {
  if (type === 'contact') return ['closed', 'open']
  if (type === 'button') return ['up', 'down']
  if (type === 'motion') return ['clear', 'motion']
  if (type === 'input') return ['low', 'high']
  if (type === 'interlock') return ['off', ...outputs]
  if (type === 'relay' || type === 'led') return ['off', 'on']
  return unit === undefined && typeof value === 'boolean' ? ['off', 'on'] : undefined
}
