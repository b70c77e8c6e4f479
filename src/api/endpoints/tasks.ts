/** Tasks: made, seen, changed and removed. */
import { createHash } from 'node:crypto'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { HoldfastError } from '../../model/errors.js'
import { jsonText } from '../../model/json.js'
import { MOST_TASKS } from '../../runtime/checks.js'
import type { EnqueueOptions } from '../../runtime/enqueue-options.js'
import type { FindQuery } from '../../runtime/query.js'
import type { NewTask } from '../../runtime/runtime.js'
import type { TaskView } from '../../runtime/task-view.js'
import type { Reschedule } from '../../runtime/verbs.js'
import type { Access } from '../access.js'
import { may } from '../callers.js'
import { type Desk, gone, sealed, shownTask, unsealed, waitMs } from '../desk.js'
import { answers, IDEMPOTENT, named, RESCHEDULE, shapes, TASK } from '../schemas.js'

const { object, answer, text, flag, count, name } = shapes

const MADE = answer({ items: { type: 'array', items: answer({ id: text, created: flag }, ['id', 'created']) } }, [
  'items',
])
const PAGE = answer(
  { items: { type: 'array', items: { $ref: 'Task#' } }, cursor: { ...text, description: 'of the next page' }, count },
  [],
)
const QUERY = {
  state: { ...text, description: 'one or several with commas: SPOOLED, QUEUED, RUNNING, FINISHED, FAILED, TERMINATED' },
  kind: name,
  route: name,
  group: name,
  schedule: name,
  cause: { ...name, description: 'the id of a task: what it led to' },
  paused: flag,
} as const

export function taskEndpoints(app: FastifyInstance, desk: Desk, access: Access): void {
  app.post(
    '/v1/tasks',
    {
      schema: {
        operationId: 'enqueue',
        summary: 'Makes a task, or up to 10,000 in one commit; answered when they are on disk',
        headers: IDEMPOTENT,
        body: {
          oneOf: [
            { $ref: 'NewTask#' },
            object({ tasks: { type: 'array', items: { $ref: 'NewTask#' }, maxItems: MOST_TASKS } }, ['tasks']),
          ],
        },
        response: answers({
          200: { description: 'it was there already', anyOf: [{ $ref: 'Task#' }, MADE] },
          201: { description: 'made', anyOf: [{ $ref: 'Task#' }, MADE] },
          202: { description: 'taken, and on disk soon: it is lazy', ...answer({ id: text }, ['id']) },
        }),
      },
    },
    (request, reply) => make(desk, request, reply),
  )
  app.get(
    '/v1/tasks',
    {
      schema: {
        operationId: 'find',
        summary: 'A page of tasks, or with count=true how many there are',
        querystring: object({
          ...QUERY,
          limit: { ...count, description: '1 to 1,000; 100 unless told' },
          cursor: { ...text, description: 'of the page before; what is there now is shown' },
          look: { ...count, description: 'tasks read for one page, about: it may be short, or empty, before the last' },
          count: flag,
        }),
        response: answers({ 200: { description: 'the page', ...PAGE } }),
      },
    },
    (request) => find(desk, request.query as Record<string, never>),
  )
  app.get(
    '/v1/tasks/:id',
    {
      schema: {
        operationId: 'get',
        summary: 'A task; with wait, when it has ended or the time is over',
        description: 'The stack of its error is shown to who may do everything: over the socket, or with scope admin.',
        params: named('id'),
        querystring: object({ wait: { ...text, description: 'at most 60s' } }),
        response: answers({ 200: TASK }),
      },
    },
    async (request, reply) => {
      const { id } = request.params as { id: string }
      const { wait } = request.query as { wait?: string }
      if (wait !== undefined) await ended(desk, reply, id, waitMs(wait))
      const stack = may(access.caller(request.raw), 'admin') ? 'stack' : 'no stack'
      return shownTask(id, await desk.runtime.get(id), stack)
    },
  )
  app.patch(
    '/v1/tasks/:id',
    {
      schema: {
        operationId: 'reschedule',
        summary: 'Changes a task that is SPOOLED or QUEUED',
        params: named('id'),
        body: RESCHEDULE,
        response: answers({ 200: TASK }),
      },
    },
    async (request) => {
      const { id } = request.params as { id: string }
      await desk.runtime.reschedule(id, request.body as Reschedule)
      return shownTask(id, await desk.runtime.get(id))
    },
  )
  app.delete(
    '/v1/tasks/:id',
    {
      schema: {
        operationId: 'remove',
        summary: 'Takes an ended task out of the store',
        params: named('id'),
        response: answers({ 204: { description: 'removed', type: 'null' } }),
      },
    },
    async (request, reply) => {
      await desk.runtime.remove((request.params as { id: string }).id)
      return reply.code(204).send()
    },
  )
}

type Made = NewTask & { readonly tasks?: readonly NewTask[] }

async function make(desk: Desk, request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const body = request.body as Made
  const once = onceOf(request)
  if (body.tasks) {
    const tasks = once ? body.tasks.map((task, i) => withOnce(task, once, `.${i}`)) : body.tasks
    const handles = await repeated(desk.runtime.enqueueMany(tasks), once)
    reply.code(handles.some(({ created }) => created) ? 201 : 200)
    return { items: handles.map(({ id, created }) => ({ id, created })) }
  }
  const { kind, input, ...options } = once ? withOnce(body, once, '') : body
  const { id, created } = await repeated(desk.runtime.enqueue(kind, input, options), once)
  reply.code(created ? 201 : 200).header('location', `/v1/tasks/${encodeURIComponent(id)}`)
  const view = await desk.runtime.get(id)
  if (view) return shownTask(id, view)
  // One that may be lost in a cut is not on disk yet, or was removed already: there is nothing to show.
  reply.code(202)
  return { id }
}

interface Once {
  readonly id: string
  readonly print: string
}

/** A key becomes the id of its task, and the request its fingerprint: both are in the record, so neither can be lost. */
function onceOf({ headers, body }: FastifyRequest): Once | undefined {
  const key = headers['idempotency-key']
  if (typeof key !== 'string') return undefined
  return { id: `once-${digest(key)}`, print: digest(jsonText(body, 'body', Number.POSITIVE_INFINITY)) }
}

function digest(value: string): string {
  return createHash('sha256').update(value).digest('hex').slice(0, 32)
}

function withOnce(task: NewTask, once: Once, place: string): NewTask & EnqueueOptions {
  if (task.id !== undefined) {
    throw new HoldfastError('ERR_BAD_REQUEST', 'either an `id` or an Idempotency-Key', {
      hint: 'An id makes the request idempotent already.',
    })
  }
  return { ...task, id: once.id + place, fingerprint: once.print }
}

async function repeated<T>(made: Promise<T>, once: Once | undefined): Promise<T> {
  return made.catch((error) => {
    if (once && error instanceof HoldfastError && error.code === 'ERR_DUPLICATE_ID')
      throw new HoldfastError('ERR_KEY_REUSED')
    throw error
  })
}

interface Asked extends Omit<FindQuery, 'state'> {
  readonly state?: string
  readonly count?: boolean
}

async function find(desk: Desk, { state, cursor, count: counting, ...rest }: Asked): Promise<object> {
  const states = state === undefined ? {} : { state: state.split(',') as TaskView['state'][] }
  if (counting) {
    const { limit: _, look: __, ...query } = rest
    return { count: await desk.runtime.count({ ...query, ...states }) }
  }
  const from = cursor === undefined ? {} : { cursor: unsealed(cursor) }
  const found = await desk.runtime.find({ ...rest, ...states, ...from })
  return { items: found.items.map((view) => shownTask(view.id, view)), cursor: sealed(found.cursor) }
}

/** Until the task has ended, the time is over, or nobody waits any more. */
async function ended(desk: Desk, reply: FastifyReply, id: string, ms: number): Promise<void> {
  const { clock, runtime } = desk
  const signal = gone(reply, desk)
  const over = new AbortController()
  const alarm = clock.alarm('steady', clock.steady() + ms, () => over.abort())
  const end = runtime.handle(id).finished({ signal: AbortSignal.any([signal, over.signal]) })
  // What it came to is in its view; only that it is not there has to be told.
  await end.catch(() => undefined)
  alarm.clear()
}
