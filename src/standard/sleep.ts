/** `sleep`: a wait on disk. A timer of a machine keeps its due time over a restart; a promise would begin anew. */
import { setup } from 'xstate'
import { durationMs } from '../model/duration.js'
import type { StandardActor } from './actor.js'
import { duration } from './formats.js'
import { accepted, type JsonSchema } from './input.js'
import type { SleepInput } from './shapes.js'

const INPUT: JsonSchema = {
  title: 'sleep',
  description: 'Waits on disk, in no slot of its route, on the clock that never steps. Ends with null.',
  type: 'object',
  required: ['for'],
  additionalProperties: false,
  properties: { for: duration("a duration: '10m', or milliseconds") },
}

const logic = setup({
  types: { context: {} as { ms: number }, input: {} as unknown },
  delays: { time: ({ context }) => context.ms },
}).createMachine({
  id: 'sleep',
  context: ({ input }) => ({ ms: durationMs(accepted<SleepInput>(INPUT, input).for, 'sleep.for') }),
  initial: 'asleep',
  states: { asleep: { after: { time: 'awake' } }, awake: { type: 'final' } },
  output: null,
})

export const sleep: StandardActor = { logic, input: INPUT }
