/** Leases: tasks for processors in other processes and on other hosts. */
import type { FastifyInstance } from 'fastify'
import type { LeaseFailure, LeaseRequest } from '../../runtime/lease-request.js'
import { type Desk, gone, waitMs } from '../desk.js'
import { answers, named, shapes } from '../schemas.js'

const { object, answer, text, flag, count, time, duration, anything } = shapes

const GONE = { description: 'taken', type: 'null' } as const
const WORKER = answer(
  {
    worker: text,
    kinds: { type: 'array', items: text },
    state: { enum: ['waiting', 'working', 'idle', 'gone'] },
    leases: count,
    seenAt: time,
  },
  ['worker', 'kinds', 'state', 'leases', 'seenAt'],
)

export function leaseEndpoints(app: FastifyInstance, desk: Desk): void {
  const { leases } = desk.runtime
  app.post(
    '/v1/leases',
    {
      schema: {
        operationId: 'lease',
        summary: 'Tasks for a worker, RUNNING from now on; waits when there are none',
        body: object(
          {
            worker: { ...text, description: 'the name it is listed by' },
            kinds: { type: 'array', items: text, description: 'what it can do, what it prefers first' },
            max: { type: 'integer', description: '1 to 100; 1 unless told' },
            wait: { ...duration, description: 'at most 60s' },
          },
          ['worker', 'kinds'],
        ),
        response: answers({
          200: {
            description: 'what it got; an empty list when nothing came in time',
            ...answer({ items: { type: 'array', items: { $ref: 'LeasedTask#' } } }, ['items']),
          },
        }),
      },
    },
    async (request, reply) => {
      const { wait = 0, ...rest } = request.body as LeaseRequest
      const signal = gone(reply, desk)
      return { items: await leases.take({ ...rest, wait: waitMs(wait) }, signal) }
    },
  )
  app.post(
    '/v1/leases/:lease/heartbeat',
    {
      schema: {
        operationId: 'heartbeat',
        summary: 'The worker lives and works on it; 409 tells it to stop',
        params: named('lease'),
        body: object({ progress: anything }),
        response: answers({ 204: GONE }),
      },
    },
    async (request, reply) => {
      const { lease } = request.params as { lease: string }
      leases.heartbeat(lease, (request.body as { progress?: unknown }).progress)
      return reply.code(204).send()
    },
  )
  app.post(
    '/v1/leases/:lease/success',
    {
      schema: {
        operationId: 'success',
        summary: 'The result; answered when it is on disk',
        params: named('lease'),
        body: object({ result: anything }),
        response: answers({ 204: GONE }),
      },
    },
    async (request, reply) => {
      const { lease } = request.params as { lease: string }
      await leases.success(lease, (request.body as { result?: unknown }).result)
      return reply.code(204).send()
    },
  )
  app.post(
    '/v1/leases/:lease/failure',
    {
      schema: {
        operationId: 'failure',
        summary: 'It could not be done; retried while attempts are left',
        params: named('lease'),
        body: object(
          {
            error: object({ message: text, name: text, code: text }, ['message']),
            retryIn: duration,
            terminal: { ...flag, description: 'no retry can help' },
          },
          ['error'],
        ),
        response: answers({ 204: GONE }),
      },
    },
    async (request, reply) => {
      await leases.failure((request.params as { lease: string }).lease, request.body as LeaseFailure)
      return reply.code(204).send()
    },
  )
  app.get(
    '/v1/workers',
    {
      schema: {
        operationId: 'workers',
        summary: 'The workers that asked for work since the start, and which of them are gone',
        response: answers({
          200: { description: 'all', ...answer({ items: { type: 'array', items: WORKER } }, ['items']) },
        }),
      },
    },
    async () => ({ items: leases.workers() }),
  )
}
