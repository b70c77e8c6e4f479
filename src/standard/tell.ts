/** `enqueue`, `emit` and `log`: what a machine tells its runtime. */
import { actor, type StandardActor } from './actor.js'
import type { EmitInput, EnqueueInput, LogInput } from './shapes.js'

const LEVELS = ['debug', 'info', 'warn', 'error'] as const

export const enqueue: StandardActor = actor<EnqueueInput>(
  {
    title: 'enqueue',
    description:
      'Makes a task in the commit of the step in which it ends, exactly once. Ends with { id, created }; what enqueue() refuses is its error.',
    type: 'object',
    required: ['kind'],
    additionalProperties: false,
    properties: {
      kind: { type: 'string', minLength: 1, maxLength: 128 },
      input: { description: 'the input of the task; default null' },
      options: { type: 'object', description: 'the options of enqueue(): key, in, priority, group …' },
    },
  },
  ({ input, services, active, end }) =>
    services.enqueue(input.kind, input.input, input.options ?? {}, { wanted: active, done: end }),
)

export const emit: StandardActor = actor<EmitInput>(
  {
    title: 'emit',
    description: 'Emits an event for whoever watches, in the commit of the step in which it ends, exactly once.',
    type: 'object',
    required: ['event'],
    additionalProperties: false,
    properties: {
      event: {
        type: 'object',
        required: ['type'],
        properties: { type: { type: 'string', minLength: 1, maxLength: 255 } },
        description: 'a type, and whatever else belongs to it',
      },
    },
  },
  ({ input, services, active, end }) => services.emit(input.event, { wanted: active, done: () => end(null) }),
)

export const log: StandardActor = actor<LogInput>(
  {
    title: 'log',
    description: 'Writes a line to the log of the runtime, with the task it is of. At least once.',
    type: 'object',
    required: ['message'],
    additionalProperties: false,
    properties: {
      message: { type: 'string', maxLength: 4096 },
      level: { enum: [...LEVELS], description: 'default info' },
      data: { type: 'object' },
    },
  },
  ({ input: { message, level = 'info', data }, services }) => {
    services.log[level](message, data)
    return null
  },
)
