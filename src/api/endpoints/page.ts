/** The dashboard: static files, which anybody may have. What they show is asked of the other endpoints. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { HoldfastError } from '../../model/errors.js'
import { type PageFile, PageFiles } from '../page-files.js'
import { answers, named } from '../schemas.js'

/** Nothing of another origin, nothing inline, in nobody's frame. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ')
const HEADERS = {
  'content-security-policy': POLICY,
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  vary: 'accept-encoding',
} as const
/** The page is asked for anew each time; what it is made of has another name when it is another. */
const FRESH = 'no-cache'
const FOREVER = 'public, max-age=31536000, immutable'

export function pageEndpoints(app: FastifyInstance, files = new PageFiles()): void {
  const accepts = ({ headers }: FastifyRequest) => String(headers['accept-encoding'] ?? '')
  app.get(
    '/',
    {
      config: { scope: 'none' },
      schema: {
        operationId: 'page',
        summary: 'The dashboard, a page for browsers',
        response: answers({
          200: { description: 'the page', content: { 'text/html': { schema: { type: 'string' } } } },
        }),
      },
    },
    async (request, reply) => sent(request, reply, await files.entry(accepts(request)), FRESH),
  )
  app.get(
    '/assets/:name',
    { config: { scope: 'none' }, schema: { hide: true, params: named('name') } },
    async (request, reply) => {
      const { name } = request.params as { name: string }
      return sent(request, reply, await files.asset(name, accepts(request)), FOREVER)
    },
  )
}

function sent(request: FastifyRequest, reply: FastifyReply, file: PageFile | undefined, keep: string): FastifyReply {
  if (!file) throw new HoldfastError('ERR_NOT_FOUND', 'there is no such file of the dashboard')
  reply.headers({ ...HEADERS, 'cache-control': keep, etag: file.etag })
  if (request.headers['if-none-match'] === file.etag) return reply.code(304).send()
  if (file.encoding) reply.header('content-encoding', file.encoding)
  return reply.type(file.type).send(file.body)
}
