/** What happens: as a stream, as a list, and of one task. */
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { HoldfastError } from '../../model/errors.js'
import { type Desk, shownTask } from '../desk.js'
import type { EventHub } from '../event-hub.js'
import { answers, named, shapes } from '../schemas.js'

const { object, answer, text, count, time } = shapes

interface Asked {
  readonly task?: string
  readonly type?: 'emitted' | 'task' | 'device'
  readonly after?: number
  readonly limit?: number
}

export function eventEndpoints(app: FastifyInstance, desk: Desk, hub: EventHub): void {
  app.get(
    '/v1/events',
    {
      schema: {
        operationId: 'events',
        summary:
          'Server-sent events: what tasks emit, from Last-Event-ID on; their transitions and the news of devices as they happen',
        description:
          'With `Accept: application/json` a list of emitted events instead. Transitions (event: task) and news of devices (event: device) are told live only.',
        headers: { type: 'object', properties: { 'last-event-id': { type: 'string', pattern: '^[0-9]{1,15}$' } } },
        querystring: object({
          task: { ...text, description: 'only of this task' },
          type: { enum: ['emitted', 'task', 'device'] },
          after: { ...count, description: 'like Last-Event-ID; 0 begins with the oldest that is kept' },
          limit: { ...count, description: 'of the list: 1 to 10,000; 1,000 unless told' },
        }),
        response: answers({
          200: {
            description: 'the stream, or the list',
            content: {
              'text/event-stream': { schema: { type: 'string' } },
              'application/json': {
                schema: answer({ items: { type: 'array', items: { $ref: 'EmittedEvent#' } } }, ['items']),
              },
            },
          },
        }),
      },
    },
    async (request, reply) => {
      const { task, type, limit, after = lastId(request) } = request.query as Asked
      if (/^application\/json/i.test(request.headers.accept ?? '')) {
        const query = {
          ...(task === undefined ? {} : { taskId: task }),
          ...(after === undefined ? {} : { after }),
          ...(limit === undefined ? {} : { limit }),
        }
        return { items: await desk.runtime.events(query) }
      }
      if (limit !== undefined)
        throw new HoldfastError('ERR_BAD_REQUEST', 'query: limit is for `Accept: application/json`')
      // Reading is what a stream begins with: it says now when nothing can be read.
      await desk.runtime.events({ limit: 1 })
      const query = { task, type, after }
      const cursor = await hub.begin(query)
      reply.hijack()
      const headers = {
        ...reply.getHeaders(),
        'content-type': 'text/event-stream',
        'cache-control': 'no-store',
        'last-event-id': String(cursor),
      }
      reply.raw.writeHead(200, headers as Record<string, string>)
      void hub.send(reply.raw, query, cursor)
      return reply
    },
  )
  app.get(
    '/v1/tasks/:id/log',
    {
      schema: {
        operationId: 'log',
        summary: 'What happened to one task: the states it entered and the events it emitted, as far as they are kept',
        params: named('id'),
        response: answers({
          200: {
            description: 'the oldest first',
            ...answer(
              {
                items: {
                  type: 'array',
                  items: answer({ at: time, state: text, event: { type: 'object' }, seq: count, runId: text }, ['at']),
                },
              },
              ['items'],
            ),
          },
        }),
      },
    },
    async (request) => {
      const { id } = request.params as { id: string }
      const { history } = shownTask(id, await desk.runtime.get(id))
      const emitted = await desk.runtime.events({ taskId: id, limit: 10_000 })
      const events = emitted.map(({ at, seq, runId, event }) => ({ at, seq, runId, event }))
      // Of the same millisecond the state comes first: sorting keeps the order of equals.
      return { items: [...history, ...events].sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0)) }
    },
  )
}

function lastId({ headers }: FastifyRequest): number | undefined {
  const given = headers['last-event-id']
  return typeof given === 'string' ? Number(given) : undefined
}
