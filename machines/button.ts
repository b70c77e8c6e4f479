/**
 * A button: press, release, click, double click, hold and its repeats. Down is the level high. A gesture is told only
 * when all of it was heard: a button that is down when it is found, or of which edges were lost, is pressed or released
 * and nothing more.
 *
 * Pure: levels and times come with the events. What is remembered is the level; a gesture that a cut goes through is none.
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
import { flooded, isHigh, isLow, type LevelMemory, levelTurn } from './level.js'
import { begun, carryOut, type Decide, type DueOf, outer, retryDue, type Turn, until } from './outer.js'
import type { Now } from './task.js'

export interface ButtonOptions {
  /** Down for this long is a hold, and no click any more; null: there are no holds. */
  readonly holdMs: number | null
  /** A hold is told again so often; null: once. */
  readonly repeatMs: number | null
  /** A click waits this long for a second one; null: it does not wait, and there are no double clicks. */
  readonly doubleClickMs: number | null
}

export interface ButtonContext extends DeviceContext<ButtonOptions, LevelMemory> {
  /** When it last went down or up, as far as that was heard. */
  readonly turnedAt: Moment
  /** Repeats of the hold that is going on. */
  readonly repeats: number
}

export type ButtonEvent = DeviceEvent | LineEvent

const NEVER = Number.POSITIVE_INFINITY
const holdDue = ({ options, turnedAt }: ButtonContext) => turnedAt.steady + (options.holdMs ?? NEVER)
const repeatDue = ({ options, turnedAt, repeats }: ButtonContext) =>
  turnedAt.steady + (options.holdMs ?? 0) + (repeats + 1) * (options.repeatMs ?? NEVER)
const clickDue = ({ options, turnedAt }: ButtonContext) => turnedAt.steady + (options.doubleClickMs ?? 0)

const base = setup({
  types: {
    context: {} as ButtonContext,
    events: {} as ButtonEvent,
    input: {} as DeviceInput<ButtonOptions, LevelMemory>,
    emitted: {} as News,
  },
  actions: { seek: SEEK, release: RELEASE },
  guards: {
    down: isHigh,
    up: isLow,
    upAndDone: ({ context, event }) => isLow({ event }) && context.options.doubleClickMs === null,
  },
  delays: {
    retry: ({ context }) => until(context, retryDue(context)),
    hold: ({ context }) => until(context, holdDue(context)),
    repeat: ({ context }) => until(context, repeatDue(context)),
    doubleClick: ({ context }) => until(context, clickDue(context)),
  },
})

const does = (decide: Decide<ButtonContext, object>, due?: DueOf<ButtonContext>) =>
  base.enqueueActions((args) => carryOut(args, decide, due))

/** What the level tells, with the gestures that are over before it, and those that it completes. */
function turned(
  context: ButtonContext,
  event: object,
  now: Now,
  before: string[],
  after: string[],
): Turn<ButtonContext> {
  const asIs = (memory: LevelMemory) => memory
  const { set, news = [] } = levelTurn(context, event, now, asIs, (level) => (level ? 'press' : 'release'))
  const turnedAt = set?.memory?.since ?? now
  const forMs = turnedAt.steady - context.turnedAt.steady
  const told = news.map((each) => (each.type === 'release' && !each.whileAway ? { ...each, forMs } : each))
  const gesture = (type: string): News => ({ type, at: turnedAt.wall })
  return { set: { ...set, turnedAt, repeats: 0 }, news: [...before.map(gesture), ...told, ...after.map(gesture)] }
}

const turns = (before: string[] = [], after: string[] = []) =>
  does((context, event, now) => turned(context, event, now, before, after))

const { on, faulty, stopped } = outer(does)
const heard = turns()
const clicked = does((_, __, now) => ({ news: [{ type: 'click', at: now.wall }] }), clickDue)
const held = (before: string[]) =>
  does(
    ({ turnedAt }, _, now) => ({
      news: [...before, 'hold'].map((type) => ({
        type,
        at: now.wall,
        ...(type === 'hold' ? { forMs: now.steady - turnedAt.steady } : {}),
      })),
    }),
    holdDue,
  )
const repeated = does(
  ({ repeats, turnedAt }, _, now) => ({
    set: { repeats: repeats + 1 },
    news: [{ type: 'repeat', at: now.wall, count: repeats + 1, forMs: now.steady - turnedAt.steady }],
  }),
  repeatDue,
)
const up = { guard: 'up', target: '#up', actions: heard } as const
/** Edges were lost: it is down, or up, and that is all that is known. A click before that was one. */
const unsure = (before: string[] = []) =>
  [
    { guard: 'down', target: '#muted', actions: turns(before) },
    { guard: 'up', target: '#up', actions: turns(before) },
  ] as const

export const buttonMachine = base.createMachine({
  id: 'button',
  context: ({ input }) => ({ ...begun(input), turnedAt: input.now, repeats: 0 }),
  initial: 'seeking',
  on,
  states: {
    seeking: {
      entry: { type: 'seek', params: {} },
      on: {
        found: [
          { guard: 'down', target: '#muted', actions: heard },
          { guard: 'up', target: 'ready', actions: heard },
        ],
      },
    },
    ready: {
      initial: 'up',
      on: { flood: { actions: does(flooded) }, resync: unsure() },
      states: {
        up: { id: 'up', on: { edge: { guard: 'down', target: 'down', actions: heard } } },
        clicked: {
          id: 'clicked',
          after: { doubleClick: { target: 'up', actions: clicked } },
          on: { edge: { guard: 'down', target: 'down.second', actions: heard }, resync: unsure(['click']) },
        },
        down: {
          initial: 'first',
          states: {
            first: {
              after: { hold: { target: 'held', actions: held([]) } },
              on: {
                edge: [
                  { guard: 'upAndDone', target: '#up', actions: turns([], ['click']) },
                  { guard: 'up', target: '#clicked', actions: heard },
                ],
              },
            },
            second: {
              after: { hold: { target: 'held', actions: held(['click']) } },
              on: {
                edge: { guard: 'up', target: '#up', actions: turns([], ['doubleClick']) },
                resync: unsure(['click']),
              },
            },
            held: {
              after: { repeat: { target: 'held', reenter: true, actions: repeated } },
              on: { edge: up },
            },
            muted: { id: 'muted', on: { edge: up } },
          },
        },
      },
    },
    faulty,
    stopped,
  },
})
