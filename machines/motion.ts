/**
 * A motion sensor: motion at the first sign of it, clear when there was none for a while. Signs in between tell nothing
 * and change nothing that is kept, so a busy hallway costs no commits.
 *
 * Pure: levels and times come with the events.
 */
import { setup } from 'xstate'
import {
  type DeviceContext,
  type DeviceEvent,
  type DeviceInput,
  type LineEvent,
  type Moment,
  type News,
  RELEASE,
  SEEK,
} from './device.js'
import { flooded, isHigh, isLow, levelNews, levelOf, momentOf, resyncNews } from './level.js'
import { begun, carryOut, type Decide, type DueOf, outer, recovered, retryDue, type Turn, until } from './outer.js'
import type { Now } from './task.js'

export interface MotionOptions {
  /** No sign for this long is no motion. */
  readonly offDelayMs: number
}

export interface MotionMemory {
  readonly active: boolean
  readonly since: Moment
}

export interface MotionContext extends DeviceContext<MotionOptions, MotionMemory> {
  /** When the latest sign ended, or when it was found to be over. */
  readonly quietAt: Moment
}

export type MotionEvent = DeviceEvent | LineEvent

const clearDue = ({ options, quietAt }: MotionContext) => quietAt.steady + options.offDelayMs

const base = setup({
  types: {
    context: {} as MotionContext,
    events: {} as MotionEvent,
    input: {} as DeviceInput<MotionOptions, MotionMemory>,
    emitted: {} as News,
  },
  actions: { seek: SEEK, release: RELEASE },
  guards: {
    high: isHigh,
    low: isLow,
    lowWhileActive: ({ context, event }) => isLow({ event }) && context.memory?.active === true,
  },
  delays: {
    retry: ({ context }) => until(context, retryDue(context)),
    offDelay: ({ context }) => until(context, clearDue(context)),
  },
})

const does = (decide: Decide<MotionContext, object>, due?: DueOf<MotionContext>) =>
  base.enqueueActions((args) => carryOut(args, decide, due))

/** What was found: motion is one whileAway, unless it was known or this is the very first look. */
function foundSo(context: MotionContext, event: object, now: Now): Turn<MotionContext> {
  const { set, news } = recovered(context, now)
  const { memory } = context
  const high = levelOf(event) === true
  const known = { ...set, quietAt: now }
  if (memory?.active || (memory && !high)) return { set: known, news }
  const away = memory ? [levelNews('motion', true, now.wall, { whileAway: true })] : []
  return { set: { ...known, memory: { active: high, since: now } }, news: [...news, ...away] }
}

const { on, faulty, stopped } = outer(does)
const found = does(foundSo)
const noticed = does((_, event, now) => {
  const since = momentOf(event, now)
  const news = [...resyncNews(event, now), levelNews('motion', true, since.wall)]
  return { set: { memory: { active: true, since } }, news }
})
const retriggered = does((_, event, now) => ({ news: resyncNews(event, now) }))
const quiet = does((_, event, now) => ({ set: { quietAt: momentOf(event, now) }, news: resyncNews(event, now) }))
const cleared = does(({ memory }, _, now) => {
  const forMs = now.steady - (memory?.since ?? now).steady
  return { set: { memory: { active: false, since: now } }, news: [levelNews('clear', false, now.wall, { forMs })] }
}, clearDue)

const moves = { guard: 'high', target: 'detected', actions: noticed } as const
const stays = { guard: 'high', target: 'present', actions: retriggered } as const
const leaves = { guard: 'low', target: 'leaving', actions: quiet } as const

export const motionMachine = base.createMachine({
  id: 'motion',
  context: ({ input }) => ({ ...begun(input), quietAt: input.now }),
  initial: 'seeking',
  on,
  states: {
    seeking: {
      entry: { type: 'seek', params: {} },
      on: {
        found: [
          { guard: 'high', target: 'ready.detected', actions: found },
          { guard: 'lowWhileActive', target: 'ready.detected.leaving', actions: found },
          { guard: 'low', target: 'ready.clear', actions: found },
        ],
      },
    },
    ready: {
      initial: 'clear',
      on: { flood: { actions: does(flooded) }, resync: { actions: retriggered } },
      states: {
        clear: { on: { edge: moves, resync: moves } },
        detected: {
          initial: 'present',
          states: {
            present: { on: { edge: leaves, resync: leaves } },
            leaving: {
              after: { offDelay: { target: '#motion.ready.clear', actions: cleared } },
              on: { edge: stays, resync: stays },
            },
          },
        },
      },
    },
    faulty,
    stopped,
  },
})
