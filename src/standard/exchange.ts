/** One request and its answer on the wire. The body is read to a bound, as it is and as it comes out of its coding. */
import { type IncomingMessage, request as plain } from 'node:http'
import { request as secure } from 'node:https'
import { pipeline, type Transform } from 'node:stream'
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib'
import { HoldfastError } from '../model/errors.js'
import { ActorFailure } from './failure.js'
import type { Doorkeeper } from './networks.js'

export interface Request {
  readonly url: URL
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer | undefined
}

export interface Response {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
}

interface Terms {
  readonly door: Doorkeeper
  readonly maxBytes: number
  readonly signal: AbortSignal
  /** True when nobody will look at the body of an answer with that status. */
  skips(status: number): boolean
}

/**
 * Sends a request over a connection of its own.
 * @throws ERR_HTTP_NETWORK, ERR_HTTP_REFUSED, ERR_HTTP_BODY, ERR_TOO_LARGE
 */
export function exchange({ url, method, headers, body }: Request, terms: Terms): Promise<Response> {
  const { door, signal } = terms
  return new Promise((resolve, reject) => {
    const fail = (error: Error) => reject(failureOf(error, method, url))
    door.checkLiteral(url.hostname)
    const send = url.protocol === 'https:' ? secure : plain
    const wire = send(url, { method, headers, agent: false, lookup: door.lookup, signal })
    wire.once('error', fail)
    wire.once('response', (answer) => {
      // What goes wrong from now on is told by the answer.
      wire.on('error', () => undefined)
      take(answer, method, terms).then(resolve, fail)
    })
    wire.end(body)
  })
}

/** An answer that has no body, whatever its headers say of one. */
const BODILESS: ReadonlySet<number> = new Set([204, 205, 304])

async function take(answer: IncomingMessage, method: string, { maxBytes, skips }: Terms): Promise<Response> {
  const status = answer.statusCode ?? 0
  const headers = Object.fromEntries(
    Object.entries(answer.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : `${value}`]),
  )
  if (method === 'HEAD' || BODILESS.has(status) || skips(status)) {
    answer.on('error', () => undefined).destroy()
    return { status, headers, body: Buffer.alloc(0) }
  }
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of decoded(answer)) {
    bytes += (chunk as Buffer).length
    if (bytes > maxBytes) throw new HoldfastError('ERR_TOO_LARGE', `the body has more than ${maxBytes} bytes`)
    chunks.push(chunk as Buffer)
  }
  if (!answer.complete) throw new ActorFailure('ERR_HTTP_NETWORK', 'the body was cut off')
  return { status, headers, body: Buffer.concat(chunks) }
}

const DECODERS: Readonly<Record<string, () => Transform>> = {
  gzip: createGunzip,
  'x-gzip': createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
}

function decoded(answer: IncomingMessage): AsyncIterable<unknown> {
  const coding = answer.headers['content-encoding']?.trim().toLowerCase() || 'identity'
  if (coding === 'identity') return answer
  const make = DECODERS[coding]
  if (!make) {
    answer.on('error', () => undefined).destroy()
    throw new ActorFailure('ERR_HTTP_BODY', `the body is coded as ${JSON.stringify(coding.slice(0, 40))}`)
  }
  return pipeline(answer, make(), () => undefined)
}

/** What the network, TLS and zlib throw, by one code of ours; no query and no header is told. */
function failureOf(error: Error & { code?: unknown; errors?: Error[] }, method: string, url: URL): Error {
  if (error instanceof ActorFailure || error instanceof HoldfastError || error.name === 'AbortError') return error
  const cause = (error.errors?.[0] ?? error) as Error & { code?: unknown }
  const code = typeof cause.code === 'string' ? cause.code : cause.message
  const coding = code.startsWith('Z_') || code.startsWith('ERR_BROTLI') || code.startsWith('ERR__ERROR')
  const message = `${method} ${url.origin}${url.pathname}: ${code}`
  return new ActorFailure(coding ? 'ERR_HTTP_BODY' : 'ERR_HTTP_NETWORK', message, { cause: error })
}
