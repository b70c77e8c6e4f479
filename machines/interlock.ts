/**
 * Outputs of which never two are on: the two ways of a shutter, the two windings of a motor. To switch from one to the
 * other is off, a wait, and on. All of them are one request, and each write sets them all at once.
 *
 * It begins with all of them off, and waits before the first of them is on: what was driven a moment ago is not known.
 * One that is restored is off for that wait, which is not told. What is remembered is which one is on; a switch that a
 * cut goes through in its pause ends in off.
 *
 * Pure: times come with the events, and what is driven leaves by the ports. Every state writes its levels when entered.
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

export interface InterlockOptions {
  /** Their names, in the order of their levels. */
  readonly outputs: readonly string[]
  /** The shortest time between one that goes off and another that goes on. */
  readonly waitMs: number
  /** One goes off by itself after this time; null: it does not. */
  readonly maxOnMs: number | null
  /** What it is after a start: all off, or, after the wait, the one that was on. */
  readonly initial: 'off' | 'restore'
  readonly onStop: 'safe' | 'keep'
}

export interface InterlockMemory {
  readonly output: string | null
  readonly since: Moment
}

export type InterlockCommand = { readonly type: 'on'; readonly output: string } | { readonly type: 'off' }

export interface InterlockContext extends DeviceContext<InterlockOptions, InterlockMemory> {
  /** The one that is to be on. */
  readonly wanted: string | null
  /** When the latest one went off, on the steady hand. */
  readonly offAt: number
}

export type InterlockEvent = DeviceEvent | Found | Commanded<InterlockCommand>

type Reason = 'command' | 'maxOn' | 'start'

const waitDue = ({ offAt, options }: InterlockContext) => offAt + options.waitMs
const maxOnDue = ({ options: { maxOnMs }, memory }: InterlockContext) =>
  memory?.output != null && maxOnMs !== null ? memory.since.steady + maxOnMs : Number.POSITIVE_INFINITY
/** When the latest one went off, for whoever wants one on: a line may have gone off later than it was told to. */
const offSince = (context: InterlockContext, event: object) =>
  Math.max(context.offAt, 'offAt' in event ? (event.offAt as number) : context.offAt)
const asked = (event: object, type: string) => 'command' in event && (event.command as InterlockCommand).type === type
const outputOf = (event: object) => (event as Commanded<InterlockCommand & { type: 'on' }>).command.output
const levelsOf = ({ options }: InterlockContext, on: string | null) => options.outputs.map((each) => each === on)
/** One that is no output any more is not restored. */
const restores = ({ options, memory }: InterlockContext) =>
  options.initial === 'restore' && memory?.output != null && options.outputs.includes(memory.output)

const base = setup({
  types: {
    context: {} as InterlockContext,
    events: {} as InterlockEvent,
    input: {} as DeviceInput<InterlockOptions, InterlockMemory>,
    emitted: {} as News,
  },
  actions: { seek: SEEK, release: RELEASE, write: WRITE },
  guards: {
    restores: ({ context, event }) =>
      event.type === 'found' && restores(context) && maxOnDue(context) > event.now.steady,
    off: ({ event }) => asked(event, 'off'),
    known: ({ context, event }) => asked(event, 'on') && context.options.outputs.includes(outputOf(event)),
    wanted: ({ context, event }) => asked(event, 'on') && outputOf(event) === context.wanted,
    rested: ({ context, event }) =>
      'now' in event &&
      asked(event, 'on') &&
      context.options.outputs.includes(outputOf(event)) &&
      event.now.steady >= waitDue({ ...context, offAt: offSince(context, event) }),
    safe: ({ context }) => context.options.onStop === 'safe',
  },
  delays: {
    retry: ({ context }) => until(context, retryDue(context)),
    wait: ({ context }) => until(context, waitDue(context)),
    maxOn: ({ context }) => until(context, maxOnDue(context)),
  },
})

const does = (decide: Decide<InterlockContext, object>, due?: DueOf<InterlockContext>) =>
  base.enqueueActions((args) => carryOut(args, decide, due))

/** The one that is on goes off. */
function left({ memory }: InterlockContext, now: Now, reason: Reason): Turn<InterlockContext> {
  const nothing = { output: null, since: now }
  if (memory?.output == null) return memory === null ? { set: { memory: nothing } } : {}
  return {
    set: { memory: nothing, offAt: now.steady },
    news: [{ type: 'off', at: now.wall, output: memory.output, reason }],
  }
}

/** The one that is wanted goes on; one that is restored is on since it was. */
function entered({ memory }: InterlockContext, now: Now, wanted: string | null): Turn<InterlockContext> {
  if (memory?.output === wanted) return {}
  return {
    set: { memory: { output: wanted, since: now } },
    news: [{ type: 'on', at: now.wall, output: wanted, reason: 'command' }],
  }
}

/** All of them are off now, whatever they were. */
function foundSo(context: InterlockContext, now: Now): Turn<InterlockContext> {
  const back = recovered(context, now)
  const overdue = maxOnDue(context) <= now.steady
  const again = restores(context) && !overdue
  const { set, news = [] } = again ? {} : left(context, now, overdue ? 'maxOn' : 'start')
  const wanted = again ? (context.memory?.output ?? null) : null
  return { set: { ...back.set, ...set, wanted, offAt: now.steady }, news: [...back.news, ...news] }
}

const { on, faulty, stopped } = outer(does)
const found = does((context, _, now) => foundSo(context, now))
const goOff = (reason: Reason, due?: DueOf<InterlockContext>) =>
  does((context, _, now) => {
    const { set, news = [] } = left(context, now, reason)
    return { set: { ...set, wanted: null }, news }
  }, due)
const goTo = does((context, event, now) => {
  const { set, news = [] } = left(context, now, 'command')
  return { set: { ...set, wanted: outputOf(event) }, news }
})
const goOn = does((context, event, now) => {
  const { set, news = [] } = entered(context, now, outputOf(event))
  return { set: { ...set, wanted: outputOf(event) }, news }
})
const wanted = does((_, event) => ({ set: { wanted: outputOf(event) } }))
const waits = does((context, event) => ({ set: { wanted: outputOf(event), offAt: offSince(context, event) } }))
const waited = does((context, _, now) => entered(context, now, context.wanted), waitDue)
const drive = {
  type: 'write',
  params: ({ context }: { context: InterlockContext }) => ({ levels: levelsOf(context, context.wanted) }),
} as const
const driveNone = {
  type: 'write',
  params: ({ context }: { context: InterlockContext }) => ({ levels: levelsOf(context, null) }),
} as const
const switchOff = { guard: 'off', target: 'idle', actions: goOff('command') } as const

export const interlockMachine = base.createMachine({
  id: 'interlock',
  context: ({ input }) => ({ ...begun(input), wanted: null, offAt: input.now.steady }),
  initial: 'seeking',
  on,
  states: {
    seeking: {
      entry: { type: 'seek', params: ({ context }) => ({ levels: levelsOf(context, null) }) },
      on: {
        found: [
          { guard: 'restores', target: 'ready.pausing', actions: found },
          { target: 'ready.idle', actions: found },
        ],
      },
    },
    ready: {
      initial: 'idle',
      on: { stop: { guard: 'safe', target: '#stopped', actions: driveNone } },
      states: {
        idle: {
          entry: driveNone,
          on: {
            command: [
              { guard: 'rested', target: 'active', actions: goOn },
              { guard: 'known', target: 'pausing', actions: waits },
              { guard: 'off', actions: driveNone },
            ],
          },
        },
        pausing: {
          entry: driveNone,
          after: { wait: { target: 'active', actions: waited } },
          on: { command: [{ guard: 'wanted', actions: wanted }, { guard: 'known', actions: goTo }, switchOff] },
        },
        active: {
          entry: drive,
          after: { maxOn: { target: 'idle', actions: goOff('maxOn', maxOnDue) } },
          on: {
            command: [
              { guard: 'wanted', actions: drive },
              { guard: 'known', target: 'pausing', actions: goTo },
              switchOff,
            ],
          },
        },
      },
    },
    faulty,
    stopped,
  },
})
