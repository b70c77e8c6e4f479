/** The machines behind the tasks, for whoever draws or explains them. */
import type { FastifyInstance } from 'fastify'
import { machineSchema } from '../../configs/form.js'
import { mermaidOf } from '../../pictures/mermaid.js'
import type { Desk } from '../desk.js'
import { answers, named, shapes } from '../schemas.js'

const { answer, object, text, flag, count } = shapes
const MACHINE = { id: text, kind: text, version: count, own: flag } as const
const NEEDED = ['id', 'own'] as const
const DEFINITION = {
  type: 'object',
  description: 'its outermost state in the words of XState: states in states, transitions, actions and guards by name',
} as const

export function machineEndpoints(app: FastifyInstance, { runtime: { machines } }: Desk): void {
  app.get(
    '/v1/machines',
    {
      schema: {
        operationId: 'machines',
        summary: 'The machines of the kinds, by the names of these, and those that holdfast itself is made of',
        response: answers({
          200: {
            description: 'all',
            ...answer({ items: { type: 'array', items: answer(MACHINE, NEEDED) } }, ['items']),
          },
        }),
      },
    },
    async () => ({ items: await machines.list() }),
  )
  app.get(
    '/v1/machines/:id',
    {
      schema: {
        operationId: 'machine',
        summary: 'A machine with its definition; functions are their names',
        params: named('id'),
        querystring: object({ format: { enum: ['mermaid'], description: 'a state diagram for Markdown instead' } }),
        response: answers({
          200: {
            description: 'the machine',
            content: {
              'application/json': { schema: answer({ ...MACHINE, definition: DEFINITION }, [...NEEDED, 'definition']) },
              'text/plain': { schema: text },
            },
          },
        }),
      },
    },
    async (request, reply) => {
      const machine = await machines.get((request.params as { id: string }).id)
      const { format } = request.query as { format?: 'mermaid' }
      if (format === undefined) return machine
      // Where its boxes go in a picture takes seconds for some dozens of states: whoever looks at one works it out.
      return reply.type('text/plain; charset=utf-8').send(mermaidOf(machine.definition))
    },
  )
  app.get(
    '/v1/schemas/machine',
    {
      schema: {
        operationId: 'machineSchema',
        summary: 'The JSON Schema of a machine in JSON, for editors',
        response: answers({
          200: { description: 'a JSON Schema, draft 2020-12', type: 'object', additionalProperties: true },
        }),
      },
    },
    async () => machineSchema(),
  )
}
