/** What happened of late, and how full everything was: for whoever draws it. */
import type { FastifyInstance } from 'fastify'
import { isoTime } from '../../model/duration.js'
import { STORED_STATES } from '../../model/record.js'
import type { MinutesView } from '../../runtime/minutes-view.js'
import type { Desk } from '../desk.js'
import { type Minutes, SLOT_MS, SPAN_MS } from '../minutes.js'
import { answers, shapes } from '../schemas.js'

const { object, answer, count, time } = shapes
const number = { type: 'number', minimum: 0 } as const

const SAMPLE = answer(
  {
    at: time,
    created: count,
    started: count,
    finished: count,
    failed: count,
    terminated: count,
    commits: count,
    bytes: count,
    routes: {
      type: 'object',
      additionalProperties: answer({ queued: count, running: count, oldestMs: number }),
    },
    live: count,
    loopLagMs: number,
    loopBusy: number,
    rssBytes: count,
    diskFreeBytes: count,
  },
  ['at', 'created', 'started', 'finished', 'failed', 'terminated', 'commits', 'bytes'],
)

export function historyEndpoints(app: FastifyInstance, { runtime, clock }: Desk, minutes: Minutes): void {
  app.get(
    '/v1/history',
    {
      schema: {
        operationId: 'history',
        summary: 'The latest fifteen minutes in slots of five seconds: what happened, and how full everything was',
        querystring: object({ since: { ...time, description: 'only slots that begin then or later' } }),
        response: answers({
          200: {
            description: 'the oldest first; a slot in which nothing happened is not there',
            ...answer(
              {
                now: time,
                slotMs: count,
                spanMs: count,
                states: answer(Object.fromEntries(STORED_STATES.map((state) => [state, count]))),
                samples: { type: 'array', items: SAMPLE },
              },
              ['now', 'slotMs', 'spanMs', 'states', 'samples'],
            ),
          },
        }),
      },
    },
    async (request): Promise<MinutesView> => {
      const { since } = request.query as { since?: string }
      const states = await runtime.states()
      const samples = await minutes.samples(since === undefined ? undefined : Date.parse(since))
      return { now: isoTime(clock.wall()), slotMs: SLOT_MS, spanMs: SPAN_MS, states, samples }
    },
  )
}
