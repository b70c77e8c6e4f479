/** How the daemon is: for supervisors, for Prometheus, and for whoever writes a client. */
import type { FastifyInstance } from 'fastify'
import type { Desk } from '../desk.js'
import type { Meter } from '../meter.js'
import { answers, shapes } from '../schemas.js'

const { answer, text } = shapes
const STATE = answer({ state: text }, ['state'])
const open = { scope: 'none' } as const

export function healthEndpoints(app: FastifyInstance, desk: Desk, meter: Meter, describe: () => Promise<string>): void {
  const { runtime } = desk
  app.get(
    '/healthz',
    {
      config: open,
      schema: {
        operationId: 'health',
        summary: 'The process answers',
        response: answers({ 200: { description: 'it does', ...STATE } }),
      },
    },
    async () => ({ state: runtime.state }),
  )
  app.get(
    '/readyz',
    {
      config: open,
      schema: {
        operationId: 'ready',
        summary: 'Work is taken',
        response: answers({
          200: { description: 'it is', ...STATE },
          503: { description: 'not now: starting, degraded or stopping', ...STATE },
        }),
      },
    },
    async (_, reply) => {
      const { state } = runtime
      reply.code(state === 'working' ? 200 : 503)
      return { state }
    },
  )
  app.get(
    '/metrics',
    {
      schema: {
        operationId: 'metrics',
        summary: 'Prometheus text',
        response: answers({
          200: { description: 'the metrics', content: { 'text/plain': { schema: { type: 'string' } } } },
        }),
      },
    },
    async (_, reply) => {
      reply.type(meter.contentType)
      return reply.send(Buffer.from(await meter.text()))
    },
  )
  let document: Promise<string> | undefined
  app.get(
    '/openapi.json',
    {
      schema: {
        operationId: 'openapi',
        summary: 'This description',
        response: answers({ 200: { description: 'OpenAPI 3.1', type: 'object' } }),
      },
    },
    async (_, reply) => {
      document ??= describe()
      return reply.type('application/json').send(Buffer.from(await document))
    },
  )
}
