/** What can be done to many tasks: by a list of ids, or by a query. Those that cannot be done are passed over. */
import type { FastifyInstance } from 'fastify'
import { HoldfastError } from '../../model/errors.js'
import type { TaskQuery } from '../../runtime/query.js'
import type { Reschedule, Selection } from '../../runtime/verbs.js'
import { type Desk, onceOf } from '../desk.js'
import { answers, EVENT, IDEMPOTENT, RESCHEDULE, shapes } from '../schemas.js'

const { object, answer, count, text, flag, name, state } = shapes

const SELECTION = {
  ids: { type: 'array', items: text, description: 'at most 10,000; or a query instead' },
  query: object(
    {
      state: { anyOf: [state, { type: 'array', items: state }] },
      kind: name,
      route: name,
      group: name,
      schedule: name,
      cause: name,
      paused: flag,
    },
    [],
    { description: 'all that is given must hold; an empty one is refused' },
  ),
} as const
const COUNT = { description: 'how many', ...answer({ count }, ['count']) } as const

const VERBS = {
  pause: 'Holds those that are SPOOLED or QUEUED',
  resume: 'Lets go on those that were paused',
  cancel: 'Ends them TERMINATED, cancelled',
  retry: 'Puts back those that are FAILED or TERMINATED, with all their attempts',
  remove: 'Takes those that have ended out of the store',
} as const

interface Asked {
  readonly ids?: readonly string[]
  readonly query?: TaskQuery
  readonly to: Reschedule
  readonly event: { readonly type: string }
}

export function bulkEndpoints(app: FastifyInstance, { runtime }: Desk): void {
  for (const [verb, summary] of Object.entries(VERBS) as [keyof typeof VERBS, string][]) {
    app.post(
      `/v1/bulk/${verb}`,
      {
        schema: {
          operationId: `${verb}Many`,
          summary,
          body: object(SELECTION),
          response: answers({ 200: COUNT }),
        },
      },
      async (request) => ({ count: await runtime[verb](chosen(request.body as Asked)) }),
    )
  }
  app.post(
    '/v1/bulk/reschedule',
    {
      schema: {
        operationId: 'rescheduleMany',
        summary: 'Changes those that are SPOOLED or QUEUED',
        body: object({ ...SELECTION, to: RESCHEDULE }, ['to']),
        response: answers({ 200: COUNT }),
      },
    },
    async (request) => {
      const body = request.body as Asked
      return { count: await runtime.reschedule(chosen(body), body.to) }
    },
  )
  app.post(
    '/v1/bulk/send',
    {
      schema: {
        operationId: 'sendMany',
        summary: 'An event to the machines of those that have one and have not ended; each handles it exactly once',
        headers: IDEMPOTENT,
        body: object({ ...SELECTION, event: EVENT }, ['event']),
        response: answers({ 200: COUNT }),
      },
    },
    async (request) => {
      const body = request.body as Asked
      return { count: await runtime.send(chosen(body), body.event, onceOf(request)) }
    },
  )
}

/** @throws ERR_BAD_REQUEST unless it is either of the two */
function chosen({ ids, query }: Asked): Selection {
  if (ids !== undefined && query === undefined) return ids
  if (query !== undefined && ids === undefined) return query
  throw new HoldfastError('ERR_BAD_REQUEST', 'body: either `ids` or a `query`')
}
