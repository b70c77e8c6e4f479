/** Sessions: a browser exchanges its token for a cookie that its scripts cannot read. */
import type { FastifyInstance } from 'fastify'
import { HoldfastError } from '../../model/errors.js'
import type { Access } from '../access.js'
import { bearerOf, type Caller, cookieFor, sessionOf } from '../callers.js'
import type { Desk } from '../desk.js'
import { answers, shapes } from '../schemas.js'

const { answer, text, time } = shapes

const SESSION = answer(
  {
    scope: { enum: ['read', 'write', 'admin'] },
    by: { enum: ['socket', 'token', 'session'] },
    name: { ...text, description: 'of the token' },
    until: time,
  },
  ['scope', 'by'],
)

export function sessionEndpoints(app: FastifyInstance, desk: Desk, access: Access): void {
  const { tokens } = desk.runtime
  app.get(
    '/v1/session',
    {
      schema: {
        operationId: 'session',
        summary: 'Who is asking, and what he may',
        response: answers({ 200: { description: 'who', ...SESSION } }),
      },
    },
    async (request, reply) => {
      reply.header('cache-control', 'no-store')
      return viewOf(access.caller(request.raw))
    },
  )
  app.post(
    '/v1/session',
    {
      config: { scope: 'read' },
      schema: {
        operationId: 'beginSession',
        summary: 'Exchanges a bearer token for a cookie that is as good, for pages of this host',
        response: answers({ 200: { description: 'the session; set-cookie has its secret', ...SESSION } }),
      },
    },
    async ({ raw }, reply) => {
      const { token } = access.caller(raw)
      if (!token || bearerOf(raw) === undefined) {
        throw new HoldfastError('ERR_BAD_REQUEST', 'a session is got for a token: authorization: Bearer ...')
      }
      const { session, until } = await tokens.sessions.begin(token)
      reply.header('set-cookie', cookieFor(raw, session, until)).header('cache-control', 'no-store')
      return viewOf({ by: 'session', scope: token.scope, token, until })
    },
  )
  app.delete(
    '/v1/session',
    {
      config: { scope: 'none' },
      schema: {
        operationId: 'endSession',
        summary: 'Ends the session of the cookie',
        response: answers({ 204: { description: 'there is none any more', type: 'null' } }),
      },
    },
    async ({ raw }, reply) => {
      const session = sessionOf(raw)
      if (session !== undefined) await tokens.sessions.end(session)
      return reply.code(204).header('set-cookie', cookieFor(raw, undefined)).send()
    },
  )
}

function viewOf({ by, scope, token, until }: Caller): object {
  return { scope, by, ...(token ? { name: token.name } : {}), ...(until === undefined ? {} : { until }) }
}
