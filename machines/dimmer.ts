/**
 * An output between off and on: a lamp that is dimmed, a fan, by pulse width. Duties are 0 to 1.
 *
 * What is remembered is where it is to be, and what it was when it was last on. A fade moves memory once, when it begins:
 * a commit a step would wear the card, and a cut only shortens the way to what was asked for.
 *
 * Pure: times come with the events, and what is driven leaves by the ports.
 */
import { setup } from 'xstate'
import {
  type Commanded,
  type DeviceContext,
  type DeviceEvent,
  type DeviceInput,
  DIAL,
  type Found,
  type Moment,
  type News,
  RELEASE,
  SEEK,
} from './device.js'
import { begun, carryOut, type Decide, type DueOf, outer, recovered, retryDue, type Turn, until } from './outer.js'
import type { Now } from './task.js'

export interface DimmerOptions {
  /** What it is at a start, and when it is found again. `on` is its latest duty, 1 at first. */
  readonly initial: 'off' | 'on' | 'restore' | 'as-is'
  /** A clean stop leaves it off, or as it is. */
  readonly onStop: 'safe' | 'keep'
}

export interface DimmerMemory {
  readonly duty: number
  /** What `on` brings back; never 0. */
  readonly lastOn: number
  readonly since: Moment
}

export type DimmerCommand =
  | { readonly type: 'on' | 'off' | 'toggle' }
  | { readonly type: 'set'; readonly duty: number }
  | { readonly type: 'fade'; readonly to: number; readonly overMs: number }

export interface DimmerContext extends DeviceContext<DimmerOptions, DimmerMemory> {
  /** What is driven; null while nothing is. */
  readonly duty: number | null
  readonly fade: {
    readonly from: number
    readonly to: number
    readonly beganAt: number
    readonly overMs: number
  } | null
}

export type DimmerEvent = DeviceEvent | Found | Commanded<DimmerCommand>

/** Milliseconds between two steps of a fade. */
const STEP_MS = 20
type Reason = 'command' | 'start'

const stepDue = ({ now }: DimmerContext) => now.steady + STEP_MS
const asked = (event: object, ...types: string[]) =>
  'command' in event && types.includes((event.command as DimmerCommand).type)

/** The duty it is asked for with; undefined: as it is. */
function firstDuty({ options: { initial }, memory }: DimmerContext): number | undefined {
  if (initial === 'as-is') return undefined
  if (initial === 'restore') return memory?.duty ?? 0
  return initial === 'on' ? (memory?.lastOn ?? 1) : 0
}

/** The duty a command leads to. */
function dutyAsked({ memory }: DimmerContext, event: object): number {
  const { command } = event as Commanded<DimmerCommand>
  const lastOn = memory?.lastOn ?? 1
  switch (command.type) {
    case 'set':
      return command.duty
    case 'fade':
      return command.to
    case 'toggle':
      return (memory?.duty ?? 0) > 0 ? 0 : lastOn
    default:
      return command.type === 'on' ? lastOn : 0
  }
}

const base = setup({
  types: {
    context: {} as DimmerContext,
    events: {} as DimmerEvent,
    input: {} as DeviceInput<DimmerOptions, DimmerMemory>,
    emitted: {} as News,
  },
  actions: { seek: SEEK, release: RELEASE, dial: DIAL },
  guards: {
    set: ({ event }) => asked(event, 'on', 'off', 'toggle', 'set'),
    fade: ({ event }) => asked(event, 'fade'),
    lastStep: ({ context }) => context.fade !== null && stepDue(context) >= context.fade.beganAt + context.fade.overMs,
    safe: ({ context }) => context.options.onStop === 'safe',
  },
  delays: { retry: ({ context }) => until(context, retryDue(context)), step: STEP_MS },
})

const does = (decide: Decide<DimmerContext, object>, due?: DueOf<DimmerContext>) =>
  base.enqueueActions((args) => carryOut(args, decide, due))

/** It is to be at a duty from now on: on when it leaves 0, off when it comes there, `set` in between. */
function became({ memory }: DimmerContext, now: Now, duty: number, reason: Reason): Turn<DimmerContext> {
  if (memory?.duty === duty) return {}
  const was = memory?.duty ?? 0
  const lastOn = duty > 0 ? duty : (memory?.lastOn ?? 1)
  const since = memory && was > 0 === duty > 0 ? memory.since : now
  const type = duty === 0 ? 'off' : was === 0 ? 'on' : 'set'
  const news = { type, at: now.wall, duty, reason }
  return { set: { memory: { duty, lastOn, since } }, news: was === duty ? [] : [news] }
}

/** What it is told to be at a start is no change while away; what it was found to be is one. */
function foundSo(context: DimmerContext, event: object, now: Now): Turn<DimmerContext> {
  const back = recovered(context, now)
  const first = firstDuty(context)
  const duty = first ?? ('duty' in event ? (event.duty as number) : 0)
  const { set, news = [] } = became(context, now, duty, 'start')
  const told = first === undefined ? news.map((each) => ({ ...each, whileAway: true as const })) : news
  const known = first === undefined && context.memory === null ? [] : told
  return { set: { ...back.set, ...set, duty, fade: null }, news: [...back.news, ...known] }
}

const { on, faulty, stopped } = outer(does)
const found = does(foundSo)
const sets = does((context, event, now) => {
  const duty = dutyAsked(context, event)
  const { set, news = [] } = became(context, now, duty, 'command')
  return { set: { ...set, duty, fade: null }, news }
})
const fades = does((context, event, now) => {
  const { to, overMs } = (event as Commanded<DimmerCommand & { type: 'fade' }>).command
  const fade = { from: context.duty ?? 0, to, beganAt: now.steady, overMs }
  const { set, news = [] } = became(context, now, to, 'command')
  return { set: { ...set, fade }, news: news.map((each) => ({ ...each, overMs })) }
})
const steps = does(({ fade }, _, now) => {
  if (fade === null) return {}
  const part = Math.min(1, (now.steady - fade.beganAt) / fade.overMs)
  return { set: { duty: fade.from + (fade.to - fade.from) * part } }
}, stepDue)
const arrives = does(({ fade }) => ({ set: { duty: fade?.to ?? 0, fade: null } }), stepDue)
const forget = base.assign({ duty: null, fade: null })
const drive = {
  type: 'dial',
  params: ({ context }: { context: DimmerContext }) => ({ duty: context.duty ?? 0 }),
} as const

export const dimmerMachine = base.createMachine({
  id: 'dimmer',
  context: ({ input }) => ({ ...begun(input), duty: null, fade: null }),
  initial: 'seeking',
  on,
  states: {
    seeking: {
      entry: {
        type: 'seek',
        params: ({ context }) => {
          const duty = firstDuty(context)
          return duty === undefined ? {} : { duty }
        },
      },
      on: { found: { target: 'ready', actions: found } },
    },
    ready: {
      initial: 'steady',
      on: {
        command: [
          { guard: 'set', target: '.steady', actions: [sets, drive] },
          { guard: 'fade', target: '.fading', actions: fades },
        ],
        stop: { guard: 'safe', target: '#stopped', actions: { type: 'dial', params: { duty: 0 } } },
      },
      states: {
        steady: {},
        fading: {
          after: {
            step: [
              { guard: 'lastStep', target: 'steady', actions: [arrives, drive] },
              { target: 'fading', reenter: true, actions: [steps, drive] },
            ],
          },
        },
      },
    },
    faulty: { ...faulty, entry: ['release', forget] },
    stopped,
  },
})
