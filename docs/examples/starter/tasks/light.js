import { defineTask } from 'holdfast'
import { assign, setup } from 'xstate'

/**
 * A machine: a light that stays on while somebody moves. Pull the plug while it is on: it goes on where it was.
 *
 *     npx holdfast enqueue light --id porch
 *     npx holdfast send porch motion
 *     npx holdfast show porch
 */
const machine = setup({
  types: { context: /** @type {{ moved: number }} */ ({}), events: /** @type {{ type: 'motion' }} */ ({}) },
  delays: { idle: 60_000 },
}).createMachine({
  context: { moved: 0 },
  initial: 'on',
  states: {
    on: {
      on: { motion: { target: 'on', reenter: true, actions: assign({ moved: ({ context }) => context.moved + 1 }) } },
      after: { idle: 'off' },
    },
    off: { type: 'final' },
  },
  output: ({ context }) => ({ moved: context.moved }),
})

export default defineTask({ kind: 'light', machine })
