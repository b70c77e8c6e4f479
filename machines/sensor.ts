/**
 * A sensor: read every so often; the median of the latest readings has a zone, with hysteresis. A value is what was read
 * at its own time. When reading fails too often, or nothing was read for too long, there is none: a fault, never the
 * value before in disguise.
 *
 * What is remembered is the zone: a reading costs no commit. Pure: readings and times come with the events.
 */
import { setup } from 'xstate'
import {
  type Commanded,
  type DeviceContext,
  type DeviceError,
  type DeviceEvent,
  type DeviceInput,
  type Found,
  type Moment,
  type News,
  READ,
  RELEASE,
  SEEK,
} from './device.js'
import { momentOf } from './level.js'
import { begun, carryOut, type Decide, type DueOf, outer, recovered, retryDue, type Turn, until } from './outer.js'
import type { Now } from './task.js'
import { medianOf, type Threshold, type Zone, zoneOf } from './zone.js'

export interface SensorOptions {
  /** From one answer to the next question. */
  readonly intervalMs: number
  /** How many readings the median is of: odd, 1 for none. */
  readonly median: number
  /** So many misreads in a row are a fault; and so is no good reading for `staleMs`. */
  readonly failures: number
  readonly staleMs: number
  readonly above: Threshold | null
  readonly below: Threshold | null
}

export interface SensorMemory {
  readonly zone: Zone
  readonly since: Moment
}

export interface SensorContext extends DeviceContext<SensorOptions, SensorMemory> {
  /** The median of what was read; null while nothing is known. */
  readonly value: number | null
  /** When it was last read well; null since the start, or since the fault. */
  readonly readAt: Moment | null
  /** The latest good readings, as many as the median takes. */
  readonly taken: readonly number[]
  /** Misreads in a row, and the latest of them. */
  readonly misreads: number
  readonly misread: DeviceError | null
  /** Since when it is waited for a first reading. */
  readonly soughtAt: Moment
}

export type SensorEvent =
  | DeviceEvent
  | Found
  | { readonly type: 'reading'; readonly value: number; readonly at: number; readonly now: Now }
  | { readonly type: 'misread'; readonly error: DeviceError; readonly now: Now }
  | Commanded<{ readonly type: 'read' }>

const UNKNOWN = { value: null, readAt: null, taken: [], misreads: 0, misread: null } as const

const staleDue = ({ readAt, soughtAt, options }: SensorContext) => (readAt ?? soughtAt).steady + options.staleMs

/** What a reading makes of the values before it. */
function taking({ options, taken, memory, value: before }: SensorContext, event: object) {
  const values = [...taken, (event as { value: number }).value].slice(-options.median)
  const value = medianOf(values, before)
  return { values, value, zone: zoneOf(value, memory?.zone ?? 'normal', options.above, options.below) }
}

const leadsTo =
  (zone: Zone) =>
  ({ context, event }: { context: SensorContext; event: SensorEvent }) =>
    event.type === 'reading' && taking(context, event).zone === zone

const base = setup({
  types: {
    context: {} as SensorContext,
    events: {} as SensorEvent,
    input: {} as DeviceInput<SensorOptions, SensorMemory>,
    emitted: {} as News,
  },
  actions: { seek: SEEK, release: RELEASE, read: READ },
  guards: {
    above: leadsTo('above'),
    below: leadsTo('below'),
    normal: leadsTo('normal'),
    tooMany: ({ context, event }) =>
      event.type === 'misread' &&
      (context.misreads + 1 >= context.options.failures || event.now.steady >= staleDue(context)),
    read: ({ event }) => event.type === 'command' && event.command.type === 'read',
  },
  delays: {
    retry: ({ context }) => until(context, retryDue(context)),
    interval: ({ context }) => context.options.intervalMs,
    stale: ({ context }) => until(context, staleDue(context)),
  },
})

const does = (decide: Decide<SensorContext, object>, due?: DueOf<SensorContext>) =>
  base.enqueueActions((args) => carryOut(args, decide, due))

/** A reading. The first one since a start or a fault may find that the zone changed while nobody looked. */
function took(context: SensorContext, event: object, now: Now): Turn<SensorContext> {
  const { memory, readAt } = context
  const { values, value, zone } = taking(context, event)
  const at = momentOf(event, now)
  const back = recovered(context, now)
  const known = { ...back.set, value, readAt: at, taken: values, misreads: 0, misread: null }
  const news = [...back.news, { type: 'reading', at: at.wall, value }]
  if (memory?.zone === zone) return { set: known, news }
  const away = readAt === null && memory !== null ? { whileAway: true as const } : {}
  const change: News = { type: zone, at: at.wall, value, ...away }
  return {
    set: { ...known, memory: { zone, since: at } },
    // To be normal at the very first look is no news.
    news: memory === null && zone === 'normal' ? news : [...news, change],
  }
}

/** Nothing can be said of it any more. */
function broke(context: SensorContext, event: object, now: Now): Turn<SensorContext> {
  const { options, fault } = context
  const silent = {
    code: 'ERR_READING',
    message: `no good reading for ${options.staleMs / 1_000} s`,
    hint: 'It is asked again by itself.',
  }
  const error = 'error' in event ? (event.error as DeviceError) : (context.misread ?? silent)
  return {
    set: { ...UNKNOWN, fault: error, faultSince: context.faultSince ?? now.wall },
    news: fault ? [] : [{ type: 'fault', at: now.wall, error }],
  }
}

const { on, faulty, stopped } = outer(does)
// There is something to ask. Whether it is a sensor that answers its first reading says; till then a fault goes on.
const found = does((_, __, now) => ({ set: { ...UNKNOWN, soughtAt: now } }))
const forget = base.assign(UNKNOWN)
const taken = does(took)
const broken = does(broke)
const silent = does(broke, staleDue)
const misread = does(({ misreads }, event) => ({
  set: { misreads: misreads + 1, misread: (event as SensorEvent & { type: 'misread' }).error },
}))

/** It is asked again some time after its latest answer, good or bad, and is stale when no good one came for too long. */
const asking = <const Key extends 'unknown' | Zone>(key: Key) =>
  ({
    after: { interval: { actions: 'read' }, stale: { target: 'stale', actions: silent } },
    on: {
      misread: [
        { guard: 'tooMany', target: 'stale', actions: broken },
        { target: key, reenter: true, actions: misread },
      ],
    },
  }) as const

export const sensorMachine = base.createMachine({
  id: 'sensor',
  context: ({ input }) => ({ ...begun(input), ...UNKNOWN, soughtAt: input.now }),
  initial: 'seeking',
  on,
  states: {
    seeking: { entry: { type: 'seek', params: {} }, on: { found: { target: 'ready', actions: found } } },
    ready: {
      entry: 'read',
      initial: 'unknown',
      on: {
        reading: [
          { guard: 'above', target: '.above', actions: taken },
          { guard: 'below', target: '.below', actions: taken },
          { guard: 'normal', target: '.normal', actions: taken },
        ],
        command: { guard: 'read', actions: 'read' },
      },
      states: {
        unknown: asking('unknown'),
        normal: asking('normal'),
        above: asking('above'),
        below: asking('below'),
        stale: {
          after: { interval: { actions: 'read' } },
          on: { misread: { target: 'stale', reenter: true, actions: broken } },
        },
      },
    },
    faulty: { ...faulty, entry: ['release', forget] },
    stopped,
  },
})
