/** The level of an input line, as it is remembered: found, changed, read again, and how long it has been what it is. */
import type { DeviceContext, LineEvent, Moment, News } from './device.js'
import { recovered, type Turn } from './outer.js'
import type { Now } from './task.js'

export interface LevelMemory {
  readonly level: boolean
  /** Since when; for one that was found so, since it was found. */
  readonly since: Moment
}

/** The level that an event is about, or none. */
export function levelOf(event: object): boolean | undefined {
  if ('levels' in event) return (event.levels as readonly boolean[])[0]
  return 'level' in event ? (event.level as boolean) : undefined
}

export const isHigh = ({ event }: { event: object }) => levelOf(event) === true
export const isLow = ({ event }: { event: object }) => levelOf(event) === false

/** The moment of a change: edges carry the kernel's time, which lies before that of the event. */
export function momentOf(event: object, now: Now): Moment {
  if (!('at' in event)) return now
  const at = event.at as number
  return { wall: at, steady: now.steady - Math.max(0, now.wall - at) }
}

/** The news of a level: its type is what the device calls it. */
export function levelNews(type: string, level: boolean, at: number, more: object = {}): News {
  return { type, at, edge: level ? 'rise' : 'fall', ...more }
}

/** That edges were lost is told once, before what became of the line. */
export function resyncNews(event: object, now: Now): News[] {
  return 'missed' in event ? [{ type: 'resync', at: now.wall, missed: event.missed }] : []
}

/** A broken switch, told as it is. */
export function flooded(_: unknown, event: LineEvent | object, now: Now): { news: News[] } {
  return { news: 'edges' in event ? [{ type: 'flood', at: now.wall, edges: event.edges }] : [] }
}

type Levelled<Memory extends LevelMemory> = DeviceContext<unknown, Memory>

/**
 * What an event about the level makes of a device that remembers it; `fresh` completes a new memory, `nameOf` gives the
 * type of the news. What is found for the very first time is no change; what is found otherwise than it was left is one,
 * whileAway.
 */
export function levelTurn<Memory extends LevelMemory>(
  context: Levelled<Memory>,
  event: LineEvent | object,
  now: Now,
  fresh: (memory: LevelMemory) => Memory,
  nameOf: (level: boolean) => string,
): Turn<Levelled<Memory>> {
  const level = levelOf(event) as boolean
  const found = 'levels' in event
  const { memory } = context
  const back = found ? recovered(context, now) : { set: {}, news: resyncNews(event, now) }
  if (memory?.level === level) return back
  const since = momentOf(event, now)
  const set = { ...back.set, memory: fresh({ level, since }) }
  if (memory === null) return { set, news: back.news }
  return {
    set,
    news: [...back.news, levelNews(nameOf(level), level, since.wall, found ? { whileAway: true } : {})],
  }
}

/** How a level that lasts is told: after `holdMs`, then every `repeatMs`; null: not. */
export interface HoldOptions {
  readonly holdMs: number | null
  readonly repeatMs: number | null
}

export interface HoldMemory extends LevelMemory {
  /** The holds that are told or past since the level began. */
  readonly holds: number
}

type Holding = DeviceContext<HoldOptions, HoldMemory>

/** When the next hold is due, on the steady hand. */
export function holdDue({ options: { holdMs, repeatMs }, memory }: Holding): number {
  if (memory === null || holdMs === null) return Number.POSITIVE_INFINITY
  if (memory.holds === 0) return memory.since.steady + holdMs
  return repeatMs === null ? Number.POSITIVE_INFINITY : memory.since.steady + holdMs + memory.holds * repeatMs
}

/** A hold is told. Those that passed while nobody looked are counted, and not told one by one. */
export function heldTurn(context: Holding, now: Now): Turn<Holding> {
  const { options, memory } = context
  if (memory === null || options.holdMs === null) return {}
  const forMs = now.steady - memory.since.steady
  const more = options.repeatMs === null ? 0 : Math.floor((forMs - options.holdMs) / options.repeatMs)
  const holds = Math.max(memory.holds, more) + 1
  return { set: { memory: { ...memory, holds } }, news: [{ type: 'hold', at: now.wall, count: holds, forMs }] }
}
