/**
 * A contact: a door, a window, a float, which is open or closed. One that is left open for long is told. What it was is
 * remembered: a change while nobody looked is told as one, and a restart is none.
 *
 * Pure: levels and times come with the events.
 */
import { setup } from 'xstate'
import {
  type DeviceContext,
  type DeviceEvent,
  type DeviceInput,
  type LineEvent,
  type News,
  RELEASE,
  SEEK,
} from './device.js'
import { flooded, type HoldMemory, type HoldOptions, heldTurn, holdDue, levelOf, levelTurn } from './level.js'
import { begun, carryOut, type Decide, type DueOf, outer, retryDue, until } from './outer.js'

export interface ContactOptions extends HoldOptions {
  /** The level at which it is closed. `holdMs` and `repeatMs` count while it is open. */
  readonly closed: 'low' | 'high'
}

export type ContactContext = DeviceContext<ContactOptions, HoldMemory>
export type ContactEvent = DeviceEvent | LineEvent

const isOpen = (options: ContactOptions, level: boolean) => level === (options.closed === 'low')

const base = setup({
  types: {
    context: {} as ContactContext,
    events: {} as ContactEvent,
    input: {} as DeviceInput<ContactOptions, HoldMemory>,
    emitted: {} as News,
  },
  actions: { seek: SEEK, release: RELEASE },
  guards: {
    opens: ({ context, event }) => levelOf(event) !== undefined && isOpen(context.options, levelOf(event) as boolean),
    closes: ({ context, event }) => levelOf(event) !== undefined && !isOpen(context.options, levelOf(event) as boolean),
  },
  delays: {
    retry: ({ context }) => until(context, retryDue(context)),
    hold: ({ context }) => until(context, holdDue(context)),
  },
})

const does = (decide: Decide<ContactContext, object>, due?: DueOf<ContactContext>) =>
  base.enqueueActions((args) => carryOut(args, decide, due))

const { on, faulty, stopped } = outer(does)
const heard = does((context, event, now) =>
  levelTurn(
    context,
    event,
    now,
    (memory) => ({ ...memory, holds: 0 }),
    (level) => (isOpen(context.options, level) ? 'open' : 'close'),
  ),
)
const held = does((context, _, now) => heldTurn(context, now), holdDue)
const opens = { guard: 'opens', target: 'open', actions: heard } as const
const closes = { guard: 'closes', target: 'closed', actions: heard } as const

export const contactMachine = base.createMachine({
  id: 'contact',
  context: ({ input }) => begun(input),
  initial: 'seeking',
  on,
  states: {
    seeking: {
      entry: { type: 'seek', params: {} },
      on: {
        found: [
          { guard: 'opens', target: 'ready.open', actions: heard },
          { guard: 'closes', target: 'ready.closed', actions: heard },
        ],
      },
    },
    ready: {
      initial: 'closed',
      on: { flood: { actions: does(flooded) }, resync: { actions: heard } },
      states: {
        closed: { on: { edge: opens, resync: opens } },
        open: {
          after: { hold: { target: 'open', reenter: true, actions: held } },
          on: { edge: closes, resync: closes },
        },
      },
    },
    faulty,
    stopped,
  },
})
