/** The endpoints, put together: Fastify with its own timers, servers and logs left out. */
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import type { Access } from './access.js'
import type { Desk } from './desk.js'
import { backupEndpoints } from './endpoints/backup.js'
import { bulkEndpoints } from './endpoints/bulk.js'
import { deviceEndpoints } from './endpoints/devices.js'
import { eventEndpoints } from './endpoints/events.js'
import { healthEndpoints } from './endpoints/health.js'
import { historyEndpoints } from './endpoints/history.js'
import { inspectEndpoints } from './endpoints/inspect.js'
import { laneEndpoints } from './endpoints/lanes.js'
import { leaseEndpoints } from './endpoints/leases.js'
import { machineEndpoints } from './endpoints/machines.js'
import { pageEndpoints } from './endpoints/page.js'
import { scheduleEndpoints } from './endpoints/schedules.js'
import { sessionEndpoints } from './endpoints/session.js'
import { shelfEndpoints } from './endpoints/shelf.js'
import { taskEndpoints } from './endpoints/tasks.js'
import { tokenEndpoints } from './endpoints/tokens.js'
import { verbEndpoints } from './endpoints/verbs.js'
import type { EventHub } from './event-hub.js'
import type { Lobby } from './lobby.js'
import type { Meter } from './meter.js'
import type { Minutes } from './minutes.js'
import { problemOf, refusal } from './problem.js'
import { COMPONENTS } from './schemas.js'

/** Longer than any id, each character of which may be three. */
const LONGEST_PARAMETER = 3 * 128
const LONGEST_URL = 8 * 1024

/** What the application is made of. */
export interface Parts {
  readonly desk: Desk
  readonly access: Access
  readonly hub: EventHub
  readonly meter: Meter
  readonly minutes: Minutes
  readonly lobby: Lobby
}

/** Prepares an application before its endpoints are there: the description listens to what is registered. */
type Prepare = (app: FastifyInstance) => Promise<void>

/** The application without a server; `access` decides before anything else of a request is looked at. */
export async function application(parts: Parts, prepare?: Prepare): Promise<FastifyInstance> {
  const { desk, access, hub, meter, minutes, lobby } = parts
  const app = Fastify({
    bodyLimit: desk.settings.limits.body,
    exposeHeadRoutes: false,
    return503OnClosing: false,
    routerOptions: { maxParamLength: LONGEST_PARAMETER },
    frameworkErrors: (error, _request, reply) => void answerError(desk, error, reply as unknown as FastifyReply),
    ajv: { customOptions: { removeAdditional: false, coerceTypes: false, useDefaults: false, allowUnionTypes: true } },
  })
  app.removeContentTypeParser('text/plain')
  await prepare?.(app)
  for (const component of COMPONENTS) app.addSchema(component)
  // Answers are written as they are: their schemas describe, they do not leave anything out.
  app.setSerializerCompiler(() => (data) => JSON.stringify(data))
  app.setErrorHandler((error, _request, reply) => answerError(desk, error, reply))
  app.addHook('onRequest', async (request, reply) => {
    if (desk.closing.aborted) reply.header('connection', 'close')
    if (request.raw.url && request.raw.url.length > LONGEST_URL) return answer(reply, refusal(414))
    if (await access.check(request, reply)) return reply
    return undefined
  })
  app.addHook('preParsing', async ({ headers }, reply) => {
    const tooLong = Number(headers['content-length'] ?? 0) > desk.settings.limits.body
    if (headers.expect !== undefined && !tooLong) reply.raw.writeContinue()
  })
  app.addHook('preValidation', async (request) => readQuery(request))
  const methods = knownMethods(app)
  app.setNotFoundHandler((request, reply) => {
    const [path = ''] = request.url.split('?')
    const allowed = methods(path)
    if (allowed.length === 0) return answer(reply, { ...refusal(404, `there is no ${path.slice(0, 200)}`) })
    reply.header('allow', allowed.join(', '))
    return answer(reply, refusal(405, `${request.method} is not for ${path.slice(0, 200)}`))
  })
  taskEndpoints(app, desk, access)
  verbEndpoints(app, desk)
  bulkEndpoints(app, desk)
  shelfEndpoints(app, desk)
  scheduleEndpoints(app, desk)
  laneEndpoints(app, desk)
  machineEndpoints(app, desk)
  deviceEndpoints(app, desk)
  leaseEndpoints(app, desk)
  eventEndpoints(app, desk, hub)
  inspectEndpoints(app, desk, lobby, access)
  historyEndpoints(app, desk, minutes)
  sessionEndpoints(app, desk, access)
  tokenEndpoints(app, desk)
  backupEndpoints(app, desk)
  pageEndpoints(app)
  healthEndpoints(app, desk, meter, () => described(parts))
  await app.ready()
  return app
}

/** The description, of an application of its own: it is made when somebody asks for it, and kept as text. */
async function described(parts: Parts): Promise<string> {
  const { describe } = await import('./describe.js')
  return describe((prepare) => application(parts, prepare))
}

function answerError(desk: Desk, error: unknown, reply: FastifyReply): FastifyReply {
  const problem = problemOf(error)
  if (problem.code === 'ERR_INTERNAL') {
    desk.log.error('a request failed', { error: String((error as Error)?.stack ?? error) })
  }
  return answer(reply, problem)
}

function answer(reply: FastifyReply, problem: object & { status: number }): FastifyReply {
  return reply.code(problem.status).type('application/problem+json').send(JSON.stringify(problem))
}

/** A query is text: what its schema calls a number or a flag is read as one. A parameter given twice is none. */
function readQuery(request: FastifyRequest): void {
  const { properties = {} } = (request.routeOptions.schema?.querystring ?? {}) as {
    properties?: Record<string, { type?: string }>
  }
  const query = request.query as Record<string, unknown>
  for (const [key, { type }] of Object.entries(properties)) {
    const given = query[key]
    if (type === 'integer' && typeof given === 'string' && /^\d{1,15}$/.test(given)) query[key] = Number(given)
    if (type === 'boolean' && (given === 'true' || given === 'false')) query[key] = given === 'true'
  }
}

/** Which methods a path takes, so that a wrong one is told from a wrong path. */
function knownMethods(app: FastifyInstance): (path: string) => string[] {
  const routes: { readonly pattern: RegExp; readonly method: string }[] = []
  app.addHook('onRoute', ({ url, method }) => {
    const pattern = new RegExp(`^${url.replaceAll('.', '\\.').replaceAll(/:\w+/g, '[^/]+')}$`)
    for (const each of [method].flat()) routes.push({ pattern, method: each })
  })
  return (path) => routes.filter(({ pattern }) => pattern.test(path)).map(({ method }) => method)
}
