/** What can be done to one task, and to the tasks of a group. */
import type { FastifyInstance } from 'fastify'
import { type Desk, onceOf, shownTask } from '../desk.js'
import { answers, EVENT, IDEMPOTENT, named, shapes, TASK } from '../schemas.js'

const { answer, count, text } = shapes

const VERBS = {
  pause: 'Holds what is SPOOLED or QUEUED',
  resume: 'Lets go on what was paused',
  cancel: 'Ends it TERMINATED, cancelled',
  retry: 'Puts back what is FAILED or TERMINATED, with all its attempts',
} as const

export function verbEndpoints(app: FastifyInstance, desk: Desk): void {
  const { runtime } = desk
  for (const [verb, summary] of Object.entries(VERBS) as [keyof typeof VERBS, string][]) {
    app.post(
      `/v1/tasks/:id/${verb}`,
      { schema: { operationId: verb, summary, params: named('id'), response: answers({ 200: TASK }) } },
      async (request) => {
        const { id } = request.params as { id: string }
        await runtime[verb](id)
        return shownTask(id, await runtime.get(id))
      },
    )
    app.post(
      `/v1/groups/:group/${verb}`,
      {
        schema: {
          operationId: `${verb}Group`,
          summary: `${summary}: all of a group that can be`,
          params: named('group'),
          response: answers({ 200: { description: 'how many', ...answer({ count }, ['count']) } }),
        },
      },
      async (request) => ({ count: await runtime[verb]({ group: (request.params as { group: string }).group }) }),
    )
  }
  app.post(
    '/v1/tasks/:id/events',
    {
      schema: {
        operationId: 'send',
        summary: 'An event to the machine of a task; accepted means it is handled exactly once',
        params: named('id'),
        headers: IDEMPOTENT,
        body: EVENT,
        response: answers({ 202: { description: 'accepted, and on disk', ...answer({ id: text }, ['id']) } }),
      },
    },
    async (request, reply) => {
      const { id } = request.params as { id: string }
      await runtime.send(id, request.body as { type: string }, onceOf(request))
      reply.code(202)
      return { id }
    },
  )
}
