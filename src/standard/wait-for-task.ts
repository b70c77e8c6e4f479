/**
 * `waitForTask`: the end of another task. It looks, and when there is no end yet its task waits on disk, in no slot of
 * its route: an edge in the store leads from the one to the other, and the end nudges it to look again.
 */
import { assign, setup } from 'xstate'
import { NUDGED } from '../kernel/stage.js'
import { actor, type StandardActor } from './actor.js'
import { accepted, type JsonSchema } from './input.js'
import type { WaitInput } from './shapes.js'

const INPUT: JsonSchema = {
  title: 'waitForTask',
  description:
    'Waits until a task has come to its end, good or bad. Ends with { id, state, result?, error?, reason? }; a task that is not there is ERR_NOT_FOUND.',
  type: 'object',
  required: ['id'],
  additionalProperties: false,
  properties: { id: { type: 'string', minLength: 1, maxLength: 128, description: 'the id of a task' } },
}

const look = actor<WaitInput>(INPUT, ({ input, services, active, end }) =>
  services.look(input.id, { wanted: active, done: (found) => end(found ?? null) }),
)

const logic = setup({
  types: {
    context: {} as { id: string; end: unknown },
    events: {} as { type: typeof NUDGED; id?: string },
    input: {} as unknown,
  },
  actors: { look: look.logic },
}).createMachine({
  id: 'waitForTask',
  context: ({ input }) => ({ id: accepted<WaitInput>(INPUT, input).id, end: null }),
  initial: 'looking',
  states: {
    looking: {
      invoke: {
        src: 'look',
        input: ({ context }: { context: { id: string } }) => ({ id: context.id }),
        onDone: [
          {
            guard: ({ event }) => event.output !== null,
            target: 'over',
            actions: assign({ end: ({ event }) => event.output }),
          },
          { target: 'waiting' },
        ],
      },
    },
    waiting: {
      tags: [NUDGED],
      on: { [NUDGED]: { guard: ({ context, event }) => (event.id ?? context.id) === context.id, target: 'looking' } },
    },
    over: { type: 'final' },
  },
  output: ({ context }) => context.end,
})

export const waitForTask: StandardActor = { logic, input: INPUT }
