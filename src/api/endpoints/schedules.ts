/** Schedules: those from code and those made here. */
import type { FastifyInstance } from 'fastify'
import type { Instant } from '../../model/duration.js'
import { HoldfastError } from '../../model/errors.js'
import type { ScheduleDefinition } from '../../runtime/schedule.js'
import { type Desk, sealed, shownTask, unsealed } from '../desk.js'
import { answers, named, shapes, TASK } from '../schemas.js'

const { object, answer, text, count, instant } = shapes

const SCHEDULE = { description: 'the schedule', $ref: 'Schedule#' } as const

const VERBS = {
  pause: 'No ticks until it is resumed, over restarts too',
  resume: 'Ticks again; what passed meanwhile is skipped',
} as const

export function scheduleEndpoints(app: FastifyInstance, desk: Desk): void {
  const { runtime } = desk
  const idOf = (request: { params: unknown }) => (request.params as { id: string }).id
  app.get(
    '/v1/schedules',
    {
      schema: {
        operationId: 'schedules',
        summary: 'A page of schedules',
        querystring: object({ limit: { ...count, description: '1 to 1,000; 100 unless told' }, cursor: text }),
        response: answers({
          200: {
            description: 'the page',
            ...answer({ items: { type: 'array', items: { $ref: 'Schedule#' } }, cursor: text }, ['items']),
          },
        }),
      },
    },
    async (request) => {
      const { cursor, ...rest } = request.query as { limit?: number; cursor?: string }
      const found = await runtime.schedules.list(cursor === undefined ? rest : { ...rest, cursor: unsealed(cursor) })
      return { items: found.items, cursor: sealed(found.cursor) }
    },
  )
  app.put(
    '/v1/schedules/:id',
    {
      schema: {
        operationId: 'putSchedule',
        summary: 'Makes a schedule or changes it; one from code is changed in the code alone',
        params: named('id'),
        body: { $ref: 'NewSchedule#' },
        response: answers({ 200: SCHEDULE }),
      },
    },
    (request) => runtime.schedules.put(idOf(request), request.body as ScheduleDefinition),
  )
  app.get(
    '/v1/schedules/:id',
    {
      schema: {
        operationId: 'schedule',
        summary: 'A schedule: its next tick, its last one, what became of others',
        params: named('id'),
        response: answers({ 200: SCHEDULE }),
      },
    },
    async (request) => {
      const id = idOf(request)
      const found = await runtime.schedules.get(id)
      if (found) return found
      throw new HoldfastError('ERR_NOT_FOUND', `no schedule '${id}'`)
    },
  )
  app.delete(
    '/v1/schedules/:id',
    {
      schema: {
        operationId: 'removeSchedule',
        summary: 'Takes it out; its tasks stay',
        params: named('id'),
        response: answers({ 204: { description: 'removed', type: 'null' } }),
      },
    },
    async (request, reply) => {
      await runtime.schedules.remove(idOf(request))
      return reply.code(204).send()
    },
  )
  for (const [verb, summary] of Object.entries(VERBS) as [keyof typeof VERBS, string][]) {
    app.post(
      `/v1/schedules/:id/${verb}`,
      {
        schema: { operationId: `${verb}Schedule`, summary, params: named('id'), response: answers({ 200: SCHEDULE }) },
      },
      (request) => runtime.schedules[verb](idOf(request)),
    )
  }
  app.post(
    '/v1/schedules/:id/trigger',
    {
      schema: {
        operationId: 'triggerSchedule',
        summary: 'Makes a task now, outside of the ticks',
        params: named('id'),
        response: answers({ 201: TASK }),
      },
    },
    async (request, reply) => {
      const { id } = await runtime.schedules.trigger(idOf(request))
      reply.code(201).header('location', `/v1/tasks/${encodeURIComponent(id)}`)
      return shownTask(id, await runtime.get(id))
    },
  )
  app.post(
    '/v1/schedules/:id/backfill',
    {
      schema: {
        operationId: 'backfillSchedule',
        summary: 'Makes the tasks of the instants from one time to another that have none',
        params: named('id'),
        body: object({ from: instant, to: instant }, ['from', 'to']),
        response: answers({ 200: { description: 'how many', ...answer({ count }, ['count']) } }),
      },
    },
    async (request) => {
      const { from, to } = request.body as { from: Instant; to: Instant }
      return { count: await runtime.schedules.backfill(idOf(request), from, to) }
    },
  )
}
