/**
 * An output line: a relay, a lamp. On, off, on for a while (pulse), on and off in turns (blink), and never on for longer
 * than it may be.
 *
 * What is remembered is what was wanted, and since when. A pulse or a blink that a cut goes through ends in off, for
 * nobody is left to end it; and `maxOnMs` counts on over restarts, or a daemon that dies often would never see its end.
 *
 * Pure: times come with the events, and what is driven leaves by the ports. Every state writes its level when entered.
 */
import { setup } from 'xstate'
import {
  type Commanded,
  type DeviceContext,
  type DeviceEvent,
  type DeviceInput,
  type Found,
  type Moment,
  type News,
  RELEASE,
  SEEK,
  WRITE,
} from './device.js'
import { begun, carryOut, type Decide, type DueOf, outer, recovered, retryDue, type Turn, until } from './outer.js'
import type { Now } from './task.js'

export interface OutputOptions {
  /** What it is at a start, and when it is found again: `restore` is on when it was steadily on. */
  readonly initial: 'off' | 'on' | 'restore' | 'as-is'
  /** A clean stop leaves it off, or as it is. */
  readonly onStop: 'safe' | 'keep'
  /** It goes off by itself after this time, however it came on; null: it does not. */
  readonly maxOnMs: number | null
}

export interface OutputMemory {
  readonly on: boolean
  /** Since when it is on, or off. */
  readonly since: Moment
  readonly mode: 'steady' | 'pulse' | 'blink'
}

export type OutputCommand =
  | { readonly type: 'on' | 'off' | 'toggle' }
  | { readonly type: 'pulse'; readonly forMs: number }
  /** `count` flashes; null: until it is told otherwise. */
  | { readonly type: 'blink'; readonly onMs: number; readonly offMs: number; readonly count: number | null }

export interface OutputContext extends DeviceContext<OutputOptions, OutputMemory> {
  /** When the pulse ends, on the steady hand. */
  readonly pulseEnd: number
  readonly blink: { readonly onMs: number; readonly offMs: number; readonly left: number | null } | null
}

export type OutputEvent = DeviceEvent | Found | Commanded<OutputCommand>

const pulseDue = ({ pulseEnd }: OutputContext) => pulseEnd
const maxOnDue = ({ options: { maxOnMs }, memory }: OutputContext) =>
  memory && maxOnMs !== null ? memory.since.steady + maxOnMs : Number.POSITIVE_INFINITY
const onDue = ({ now, blink }: OutputContext) => now.steady + (blink?.onMs ?? 0)
const offDue = ({ now, blink }: OutputContext) => now.steady + (blink?.offMs ?? 0)

/** The level it is asked for with; undefined: as it is. */
function firstLevel(context: OutputContext): boolean | undefined {
  const { options, memory, now } = context
  if (memory?.on && (memory.mode !== 'steady' || maxOnDue(context) <= now.steady)) return false
  if (options.initial === 'as-is') return undefined
  return options.initial === 'restore' ? memory?.on === true : options.initial === 'on'
}

const asked = (event: object, ...types: string[]) =>
  'command' in event && types.includes((event.command as OutputCommand).type)

const base = setup({
  types: {
    context: {} as OutputContext,
    events: {} as OutputEvent,
    input: {} as DeviceInput<OutputOptions, OutputMemory>,
    emitted: {} as News,
  },
  actions: { seek: SEEK, release: RELEASE, write: WRITE },
  guards: {
    foundOn: ({ event }) => event.type === 'found' && event.levels[0] === true,
    on: ({ event }) => asked(event, 'on'),
    off: ({ event }) => asked(event, 'off'),
    toggle: ({ event }) => asked(event, 'toggle'),
    offOrToggle: ({ event }) => asked(event, 'off', 'toggle'),
    pulse: ({ event }) => asked(event, 'pulse'),
    blink: ({ event }) => asked(event, 'blink'),
    lastFlash: ({ context }) => context.blink?.left === 1,
    safe: ({ context }) => context.options.onStop === 'safe',
  },
  delays: {
    retry: ({ context }) => until(context, retryDue(context)),
    pulseEnd: ({ context }) => until(context, pulseDue(context)),
    maxOn: ({ context }) => until(context, maxOnDue(context)),
    lit: ({ context }) => until(context, onDue(context)),
    dark: ({ context }) => until(context, offDue(context)),
  },
})

const does = (decide: Decide<OutputContext, object>, due?: DueOf<OutputContext>) =>
  base.enqueueActions((args) => carryOut(args, decide, due))

type Reason = 'command' | 'pulse' | 'blink' | 'maxOn' | 'start'

/** It is on, or off, from now on; one that was so already only changes how. To blink is neither, for those who listen. */
function became(
  context: OutputContext,
  now: Now,
  on: boolean,
  mode: OutputMemory['mode'],
  reason: Reason,
): Turn<OutputContext> {
  const { memory } = context
  if (memory?.on === on && memory.mode === mode) return {}
  const since = memory?.on === on ? memory.since : now
  const asBefore = mode === 'blink' || (memory?.on === on && memory.mode !== 'blink')
  const news = asBefore ? [] : [{ type: on ? 'on' : 'off', at: now.wall, reason }]
  return { set: { memory: { on, since, mode } }, news }
}

/** It is driven. What it is told to be at a start is no change while away; what it was found to be is one. */
function foundSo(context: OutputContext, event: object, now: Now): Turn<OutputContext> {
  const back = recovered(context, now)
  const on = 'levels' in event && (event.levels as readonly boolean[])[0] === true
  const first = context.memory === null
  const overdue = context.memory?.on && context.memory.mode === 'steady' && maxOnDue(context) <= now.steady
  const { set, news = [] } = became(context, now, on, 'steady', overdue ? 'maxOn' : 'start')
  const asIs = firstLevel(context) === undefined
  const told = news.flatMap((each) =>
    first && (asIs || !on) ? [] : [asIs ? { ...each, whileAway: true as const } : each],
  )
  return { set: { ...back.set, ...set }, news: [...back.news, ...told] }
}

const { on, faulty, stopped } = outer(does)
const found = does(foundSo)
const turn = (on: boolean, reason: Reason, due?: DueOf<OutputContext>) =>
  does((context, _, now) => became(context, now, on, 'steady', reason), due)
const pulsed = does((context, event, now) => {
  const { forMs } = (event as Commanded<OutputCommand & { type: 'pulse' }>).command
  const { set, news = [] } = became(context, now, true, 'pulse', 'pulse')
  return { set: { ...set, pulseEnd: now.steady + forMs }, news }
})
const blinks = does((context, event, now) => {
  const { onMs, offMs, count } = (event as Commanded<OutputCommand & { type: 'blink' }>).command
  const { set } = became(context, now, true, 'blink', 'blink')
  const news = [{ type: 'blink', at: now.wall, onMs, offMs, count }]
  return { set: { ...set, blink: { onMs, offMs, left: count } }, news }
})
const flashed = does(({ blink }) => {
  const left = blink?.left ?? null
  return { set: { blink: blink && { ...blink, left: left === null ? null : left - 1 } } }
}, onDue)
const driveOn = { type: 'write', params: { levels: [true] } } as const
const driveOff = { type: 'write', params: { levels: [false] } } as const
const tooLong = { target: '#off', actions: turn(false, 'maxOn', maxOnDue) } as const
const switchOff = { guard: 'offOrToggle', target: '#off', actions: turn(false, 'command') } as const

export const outputMachine = base.createMachine({
  id: 'output',
  context: ({ input }) => ({ ...begun(input), pulseEnd: 0, blink: null }),
  initial: 'seeking',
  on,
  states: {
    seeking: {
      entry: {
        type: 'seek',
        params: ({ context }) => {
          const level = firstLevel(context)
          return level === undefined ? {} : { levels: [level] }
        },
      },
      on: {
        found: [
          { guard: 'foundOn', target: 'ready.on', actions: found },
          { target: 'ready.off', actions: found },
        ],
      },
    },
    ready: {
      initial: 'off',
      on: {
        command: [
          { guard: 'on', target: '#steady', actions: turn(true, 'command') },
          { guard: 'pulse', target: '#pulsing', actions: pulsed },
          { guard: 'blink', target: '#blinking', actions: blinks },
        ],
        stop: { guard: 'safe', target: '#stopped', actions: driveOff },
      },
      states: {
        off: {
          id: 'off',
          entry: driveOff,
          on: {
            command: [
              { guard: 'toggle', target: '#steady', actions: turn(true, 'command') },
              // It is driven again, in case that something else turned it.
              { guard: 'off', actions: driveOff },
            ],
          },
        },
        on: {
          entry: driveOn,
          initial: 'steady',
          after: { maxOn: tooLong },
          on: { command: switchOff },
          states: {
            steady: { id: 'steady', on: { command: { guard: 'on', actions: driveOn } } },
            pulsing: {
              id: 'pulsing',
              after: { pulseEnd: { target: '#off', actions: turn(false, 'pulse', pulseDue) } },
            },
          },
        },
        blinking: {
          id: 'blinking',
          initial: 'lit',
          after: { maxOn: tooLong },
          on: { command: switchOff },
          states: {
            lit: {
              entry: driveOn,
              after: {
                lit: [
                  { guard: 'lastFlash', target: '#off', actions: turn(false, 'blink', onDue) },
                  { target: 'dark', actions: flashed },
                ],
              },
            },
            dark: { entry: driveOff, after: { dark: { target: 'lit', actions: does(() => ({}), offDue) } } },
          },
        },
      },
    },
    faulty,
    stopped,
  },
})
