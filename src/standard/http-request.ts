/** `http.request`: a request that is stopped with its state, and that a server can know again by its key. */
import { HoldfastError } from '../model/errors.js'
import { actor, type Call, type StandardActor } from './actor.js'
import { DEFAULT_TIMEOUT, within } from './deadline.js'
import { exchange, type Request, type Response } from './exchange.js'
import { ActorFailure } from './failure.js'
import { duration } from './formats.js'
import { urlOf } from './http-url.js'
import type { JsonSchema } from './input.js'
import type { Doorkeeper } from './networks.js'
import { fitting, RESULT_BYTES } from './output.js'
import { pointedAt } from './pointer.js'
import type { HttpInput } from './shapes.js'

const status = { type: 'integer', minimum: 200, maximum: 599 }

const INPUT: JsonSchema = {
  title: 'http.request',
  description:
    'Sends an HTTP request; ends with { status, headers, body }, or with what `pick` points at. JSON bodies are parsed.',
  type: 'object',
  required: ['url'],
  additionalProperties: false,
  properties: {
    url: {
      type: 'string',
      format: 'holdfast-url',
      minLength: 8,
      maxLength: 8192,
      description: 'http or https, without user and password',
    },
    method: { enum: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'], description: 'default GET' },
    headers: {
      type: 'object',
      maxProperties: 50,
      propertyNames: { pattern: "^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}$" },
      additionalProperties: { type: 'string', maxLength: 8192, pattern: '^[\\t\\x20-\\x7e\\x80-\\xff]*$' },
      description: 'those of the connection itself (Host, Content-Length …) are not yours to set',
    },
    body: { description: 'text is sent as it is, everything else as JSON' },
    timeout: duration('of all of it, with redirects; default 30s'),
    expect: {
      anyOf: [{ const: 'any' }, status, { type: 'array', items: status, minItems: 1, maxItems: 50 }],
      description: 'the statuses that are no error; default 200 to 299',
    },
    pick: { type: 'string', pattern: '^(/([^~]|~[01])*)?$', description: 'a JSON Pointer into the body: /items/0/id' },
    maxBytes: { type: 'integer', minimum: 1, maximum: 16_777_216, description: 'of the body, decoded; default 262144' },
    redirects: { type: 'integer', minimum: 0, maximum: 20, description: 'that are followed; default 5' },
  },
}

const CONNECTION = /^(host|connection|content-length|transfer-encoding|keep-alive|upgrade|te|trailer|expect|proxy-.*)$/
/** What goes on to another origin; all else may be a secret of the first one. */
const ANYWHERE = /^(accept.*|content-.*|user-agent|idempotency-key)$/
/** Doing these twice is doing them once. */
const SAFE: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS'])
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308])

export function httpRequest(door: Doorkeeper): StandardActor {
  return actor<HttpInput>(INPUT, (call) =>
    within(call, call.input.timeout ?? DEFAULT_TIMEOUT, async (signal) => {
      const response = await follow(firstOf(call), call.input, door, signal)
      const { expect } = call.input
      if (!isExpected(response.status, expect)) {
        const { origin, pathname } = new URL(call.input.url)
        throw new ActorFailure('ERR_HTTP_STATUS', `${origin}${pathname} answered ${response.status}`)
      }
      return fitting(resultOf(response, call.input.pick))
    }),
  )
}

/** @throws ERR_INVALID_INPUT, ERR_HTTP_REFUSED */
function firstOf({ input, key }: Call<HttpInput>): Request {
  const { method = 'GET', body } = input
  const headers: Record<string, string> = { 'user-agent': 'holdfast', 'accept-encoding': 'gzip, deflate, br' }
  if ('body' in input)
    headers['content-type'] = typeof body === 'string' ? 'text/plain; charset=utf-8' : 'application/json'
  if (!SAFE.has(method)) headers['idempotency-key'] = key
  for (const [name, value] of Object.entries(input.headers ?? {})) {
    const lower = name.toLowerCase()
    if (CONNECTION.test(lower))
      throw new HoldfastError('ERR_INVALID_INPUT', `http.request: headers: not yours: ${name}`)
    headers[lower] = value
  }
  const bytes = 'body' in input ? Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)) : undefined
  return { url: urlOf(input.url), method, headers, body: bytes }
}

/** A request and those that it is redirected to; each is checked like the first. */
async function follow(first: Request, input: HttpInput, door: Doorkeeper, signal: AbortSignal): Promise<Response> {
  const { redirects = 5, maxBytes = RESULT_BYTES } = input
  const asked = (status: number) => input.expect !== undefined && isExpected(status, input.expect)
  const skips = (status: number) => redirects > 0 && REDIRECTS.has(status) && !asked(status)
  let request = first
  for (let hops = 0; ; hops++) {
    const response = await exchange(request, { door, maxBytes, signal, skips })
    const to = response.headers.location
    if (!skips(response.status)) return response
    if (to === undefined) throw new ActorFailure('ERR_HTTP_REDIRECT', `status ${response.status} without a Location`)
    if (hops === redirects) throw new ActorFailure('ERR_HTTP_REDIRECT', `more than ${redirects} redirects`)
    request = redirected(request, response.status, urlOf(to, request.url))
  }
}

/** As fetch does it: 303 asks with GET, and so do 301 and 302 after a POST. */
function redirected({ url: from, method, headers, body }: Request, status: number, url: URL): Request {
  if (from.protocol === 'https:' && url.protocol === 'http:')
    throw new ActorFailure('ERR_HTTP_REDIRECT', `from https to http: ${url.origin}`)
  const asks = (status === 303 && method !== 'HEAD') || (method === 'POST' && (status === 301 || status === 302))
  const kept = Object.entries(headers).filter(
    ([name]) =>
      (from.origin === url.origin || ANYWHERE.test(name)) && !(asks && /^(content-|idempotency-key)/.test(name)),
  )
  const next = { url, headers: Object.fromEntries(kept) }
  return asks ? { ...next, method: 'GET', body: undefined } : { ...next, method, body }
}

function isExpected(status: number, expect: HttpInput['expect']): boolean {
  if (expect === undefined) return status >= 200 && status < 300
  return expect === 'any' || expect === status || (Array.isArray(expect) && expect.includes(status))
}

function resultOf({ status, headers, body }: Response, pick: string | undefined): unknown {
  const value = bodyOf(headers['content-type'] ?? '', body)
  return pick === undefined ? { status, headers, body: value } : pointedAt(value, pick)
}

/** @throws ERR_HTTP_BODY */
function bodyOf(type: string, body: Buffer): unknown {
  if (body.length === 0) return null
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(body)
    return /^[^;]*[/+]json\s*(;|$)/i.test(type) ? JSON.parse(text) : text
  } catch (cause) {
    throw new ActorFailure('ERR_HTTP_BODY', `the body is not what its type ${JSON.stringify(type)} says`, { cause })
  }
}
