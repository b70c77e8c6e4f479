/** What did not go well: the manifest of failed tasks, and the quarantine of records that could not be restored. */
import type { FastifyInstance } from 'fastify'
import type { TaskView } from '../../runtime/task-view.js'
import { type Desk, sealed, shownTask, unsealed } from '../desk.js'
import { answers, named, shapes } from '../schemas.js'

const { object, answer, text, count, flag, time } = shapes
/** Reasons after which a TERMINATED task is kept for inspection; the others were wanted. */
const UNWANTED: readonly unknown[] = ['timeout', 'awol', 'interrupted']

const RECORD = answer({ id: text, code: text, reason: text, at: time, class: text, record: text }, [
  'id',
  'code',
  'reason',
])

export function shelfEndpoints(app: FastifyInstance, desk: Desk): void {
  const { runtime } = desk
  app.get(
    '/v1/manifest',
    {
      schema: {
        operationId: 'manifest',
        summary: 'Failed tasks: those with a retryAt are put back then, the others stay for inspection',
        querystring: object({ limit: { ...count, description: '1 to 1,000; 100 unless told' }, cursor: text }),
        response: answers({
          200: {
            description: 'a page; it may hold less than the limit though there is another one',
            ...answer({ items: { type: 'array', items: { $ref: 'Task#' } }, cursor: text }, ['items']),
          },
        }),
      },
    },
    async (request) => {
      const { cursor, ...rest } = request.query as { limit?: number; cursor?: string }
      const from = cursor === undefined ? {} : { cursor: unsealed(cursor) }
      const found = await runtime.find({ ...rest, ...from, state: ['FAILED', 'TERMINATED'] })
      const items = found.items.filter(inManifest).map((view) => shownTask(view.id, view))
      return { items, cursor: sealed(found.cursor) }
    },
  )
  app.get(
    '/v1/quarantine',
    {
      schema: {
        operationId: 'quarantine',
        summary: 'Records that could not be restored, as they were found, with their reasons; at most 10,000',
        response: answers({
          200: { description: 'all', ...answer({ items: { type: 'array', items: RECORD } }, ['items']) },
        }),
      },
    },
    async () => ({ items: await runtime.quarantine.list() }),
  )
  app.post(
    '/v1/quarantine/:id/retry',
    {
      schema: {
        operationId: 'retryQuarantined',
        summary: 'Puts a record back, if what it lacked is there now',
        params: named('id'),
        response: answers({ 200: { description: 'whether it could be', ...answer({ restored: flag }, ['restored']) } }),
      },
    },
    async (request) => ({ restored: await runtime.quarantine.retry((request.params as { id: string }).id) }),
  )
}

function inManifest({ state, reason }: TaskView): boolean {
  return state === 'FAILED' || UNWANTED.includes(reason)
}
