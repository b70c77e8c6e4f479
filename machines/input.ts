/**
 * An input line as it is: high or low. One that is high for long is told. What it was is remembered, as of a contact.
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
import { flooded, type HoldMemory, type HoldOptions, heldTurn, holdDue, isHigh, isLow, levelTurn } from './level.js'
import { begun, carryOut, type Decide, type DueOf, outer, retryDue, until } from './outer.js'

/** `holdMs` and `repeatMs` count while it is high. */
export type InputOptions = HoldOptions
export type InputContext = DeviceContext<InputOptions, HoldMemory>
export type InputEvent = DeviceEvent | LineEvent

const base = setup({
  types: {
    context: {} as InputContext,
    events: {} as InputEvent,
    input: {} as DeviceInput<InputOptions, HoldMemory>,
    emitted: {} as News,
  },
  actions: { seek: SEEK, release: RELEASE },
  guards: { high: isHigh, low: isLow },
  delays: {
    retry: ({ context }) => until(context, retryDue(context)),
    hold: ({ context }) => until(context, holdDue(context)),
  },
})

const does = (decide: Decide<InputContext, object>, due?: DueOf<InputContext>) =>
  base.enqueueActions((args) => carryOut(args, decide, due))

const { on, faulty, stopped } = outer(does)
const heard = does((context, event, now) =>
  levelTurn(
    context,
    event,
    now,
    (memory) => ({ ...memory, holds: 0 }),
    (level) => (level ? 'rise' : 'fall'),
  ),
)
const held = does((context, _, now) => heldTurn(context, now), holdDue)
const rises = { guard: 'high', target: 'high', actions: heard } as const
const falls = { guard: 'low', target: 'low', actions: heard } as const

export const inputMachine = base.createMachine({
  id: 'input',
  context: ({ input }) => begun(input),
  initial: 'seeking',
  on,
  states: {
    seeking: {
      entry: { type: 'seek', params: {} },
      on: {
        found: [
          { guard: 'high', target: 'ready.high', actions: heard },
          { guard: 'low', target: 'ready.low', actions: heard },
        ],
      },
    },
    ready: {
      initial: 'low',
      on: { flood: { actions: does(flooded) }, resync: { actions: heard } },
      states: {
        low: { on: { edge: rises, resync: rises } },
        high: {
          after: { hold: { target: 'high', reenter: true, actions: held } },
          on: { edge: falls, resync: falls },
        },
      },
    },
    faulty,
    stopped,
  },
})
