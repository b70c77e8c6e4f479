/** Routes, gates and kinds: what decides whether tasks start. */
import type { FastifyInstance } from 'fastify'
import { HoldfastError } from '../../model/errors.js'
import type { Desk } from '../desk.js'
import { answers, named, shapes } from '../schemas.js'

const { answer, text, flag, count, time } = shapes

const names = { type: 'array', items: text } as const
const rateLimit = answer({ limit: count, perMs: count, burst: count, tokens: { type: 'number' } })
const ROUTE = answer(
  {
    name: text,
    concurrency: count,
    queueLimit: count,
    queued: count,
    running: count,
    paused: flag,
    held: names,
    rateLimit,
  },
  ['name', 'concurrency', 'queued', 'running', 'paused', 'held'],
)
const GATE = answer(
  {
    name: text,
    open: flag,
    state: { enum: ['asleep', 'asking', 'open', 'wavering', 'closed'] },
    since: time,
    reason: text,
    changes: count,
    flapping: flag,
    routes: names,
    kinds: names,
    gates: names,
  },
  ['name', 'open', 'state'],
)
const KIND = { description: 'the kind', $ref: 'Kind#' } as const

const list = (items: object) => ({ description: 'all', ...answer({ items: { type: 'array', items } }, ['items']) })

export function laneEndpoints(app: FastifyInstance, desk: Desk): void {
  const { runtime } = desk
  app.get(
    '/v1/routes',
    {
      schema: {
        operationId: 'routes',
        summary: 'The routes: their load, and why they start nothing',
        response: answers({ 200: list(ROUTE) }),
      },
    },
    async () => ({ items: await runtime.routes.list() }),
  )
  for (const [verb, summary] of [
    ['pause', 'Nothing more starts in it until it is resumed, over restarts too; what runs goes on'],
    ['resume', 'Tasks of it start again'],
  ] as const) {
    app.post(
      `/v1/routes/:route/${verb}`,
      {
        schema: {
          operationId: `${verb}Route`,
          summary,
          params: named('route'),
          response: answers({ 204: { description: 'done, and on disk', type: 'null' } }),
        },
      },
      async (request, reply) => {
        await runtime.routes[verb]((request.params as { route: string }).route)
        return reply.code(204).send()
      },
    )
  }
  app.get(
    '/v1/gates',
    {
      schema: {
        operationId: 'gates',
        summary: 'The gates: whether they are open, since when, and why not',
        response: answers({ 200: list(GATE) }),
      },
    },
    async () => ({ items: await runtime.gates.list() }),
  )
  kindEndpoints(app, desk)
}

function kindEndpoints(app: FastifyInstance, { runtime: { kinds } }: Desk): void {
  const nameOf = (request: { params: unknown }) => (request.params as { kind: string }).kind
  /** In a path a kind that there is none of is nothing found, and not a request that is wrong. */
  const found = <T>(looked: Promise<T>): Promise<T> =>
    looked.catch((error) => {
      if (!(error instanceof HoldfastError) || error.code !== 'ERR_UNKNOWN_KIND') throw error
      throw new HoldfastError('ERR_NOT_FOUND', error.message, { hint: error.hint })
    })
  app.get(
    '/v1/kinds',
    {
      schema: {
        operationId: 'kinds',
        summary: 'The kinds of tasks',
        response: answers({ 200: list({ $ref: 'Kind#' }) }),
      },
    },
    async () => ({ items: await kinds.list() }),
  )
  app.get(
    '/v1/kinds/:kind',
    {
      schema: {
        operationId: 'kind',
        summary: 'A kind, by its name or one it had before',
        params: named('kind'),
        response: answers({ 200: KIND }),
      },
    },
    (request) => found(kinds.get(nameOf(request))),
  )
  app.patch(
    '/v1/kinds/:kind',
    {
      schema: {
        operationId: 'setKind',
        summary: 'Lays a patch over its settings: null takes one away; runs that begin from now on see it',
        params: named('kind'),
        body: {
          type: 'object',
          properties: { settings: { type: 'object' } },
          required: ['settings'],
          additionalProperties: false,
        },
        response: answers({ 200: KIND }),
      },
    },
    (request) => found(kinds.set(nameOf(request), (request.body as { settings: object }).settings)),
  )
  app.delete(
    '/v1/kinds/:kind',
    {
      schema: {
        operationId: 'retireKind',
        summary: 'It takes no new tasks; those that are there go on',
        params: named('kind'),
        response: answers({ 200: KIND }),
      },
    },
    (request) => found(kinds.retire(nameOf(request))),
  )
  app.post(
    '/v1/kinds/:kind/restore',
    {
      schema: {
        operationId: 'restoreKind',
        summary: 'It takes new tasks again',
        params: named('kind'),
        response: answers({ 200: KIND }),
      },
    },
    (request) => found(kinds.restore(nameOf(request))),
  )
}
