/** Tokens for TCP: over the socket, or with the scope admin. */
import type { FastifyInstance } from 'fastify'
import type { Scope } from '../../runtime/tokens.js'
import type { Desk } from '../desk.js'
import { answers, named, shapes } from '../schemas.js'

const { object, answer, text, time, name } = shapes

const scope = { enum: ['read', 'write', 'admin'] } as const
const TOKEN = { id: text, name: text, scope, createdAt: time } as const
const REQUIRED = ['id', 'name', 'scope', 'createdAt']

export function tokenEndpoints(app: FastifyInstance, desk: Desk): void {
  const { tokens } = desk.runtime
  const config = { scope: 'admin' } as const
  app.get(
    '/v1/tokens',
    {
      config,
      schema: {
        operationId: 'tokens',
        summary: 'The tokens, without their secrets',
        response: answers({
          200: {
            description: 'all',
            ...answer({ items: { type: 'array', items: answer(TOKEN, REQUIRED) } }, ['items']),
          },
        }),
      },
    },
    async () => ({ items: await tokens.list() }),
  )
  app.post(
    '/v1/tokens',
    {
      config,
      schema: {
        operationId: 'createToken',
        summary: 'Makes a token; it is shown this once and never again',
        body: object({ name, scope }, ['name', 'scope']),
        response: answers({
          201: { description: 'made', ...answer({ ...TOKEN, token: text }, [...REQUIRED, 'token']) },
        }),
      },
    },
    async (request, reply) => {
      reply.code(201).header('cache-control', 'no-store')
      return tokens.create(request.body as { name: string; scope: Scope })
    },
  )
  app.delete(
    '/v1/tokens/:id',
    {
      config,
      schema: {
        operationId: 'revokeToken',
        summary: 'From now on it is refused',
        params: named('id'),
        response: answers({ 204: { description: 'revoked', type: 'null' } }),
      },
    },
    async (request, reply) => {
      await tokens.revoke((request.params as { id: string }).id)
      return reply.code(204).send()
    },
  )
}
