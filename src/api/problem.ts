/**
 * Errors as RFC 9457 problem documents. Each code has one status; what is not one of ours is logged and answered
 * without a word of it: no stack, no path, no secret leaves the process.
 */
import { STATUS_CODES } from 'node:http'
import { CODES, type ErrorCode, HoldfastError, type Issue } from '../model/errors.js'

/** The status of each code. */
export const STATUS: Readonly<Record<ErrorCode, number>> = {
  ERR_BAD_REQUEST: 400,
  ERR_INVALID_OPTION: 400,
  ERR_INVALID_DURATION: 400,
  ERR_INVALID_DATE: 400,
  ERR_INVALID_ID: 400,
  ERR_INVALID_EVENT: 400,
  ERR_INVALID_DEFINITION: 400,
  ERR_INVALID_MACHINE: 400,
  ERR_INVALID_SCHEDULE: 400,
  ERR_NOT_JSON: 400,
  ERR_USAGE: 400,
  ERR_UNAUTHORIZED: 401,
  ERR_FORBIDDEN: 403,
  ERR_NOT_FOUND: 404,
  ERR_DUPLICATE_ID: 409,
  ERR_EXISTS: 409,
  ERR_BACKUP_RUNNING: 409,
  ERR_BACKUP_DAMAGED: 422,
  ERR_DUPLICATE_KIND: 409,
  ERR_ILLEGAL_TRANSITION: 409,
  ERR_KIND_RETIRED: 409,
  ERR_NO_MACHINE: 409,
  ERR_LEASE_LOST: 409,
  ERR_RUN_OVER: 409,
  ERR_TASK_FAILED: 409,
  ERR_TASK_TERMINATED: 409,
  ERR_STARTED: 409,
  ERR_EVENTS_GONE: 410,
  ERR_TOO_LARGE: 413,
  ERR_TOO_MANY: 413,
  ERR_EXPRESSION: 422,
  ERR_EXPRESSION_LIMIT: 422,
  ERR_INVALID_INPUT: 422,
  ERR_INVALID_SETTINGS: 422,
  ERR_INVALID_COMMAND: 422,
  ERR_INVALID_DEVICE: 422,
  ERR_UNKNOWN_KIND: 422,
  ERR_UNKNOWN_DEPENDENCY: 422,
  ERR_DEPENDENCY_CYCLE: 422,
  ERR_KEY_REUSED: 422,
  ERR_QUEUE_FULL: 429,
  ERR_MAILBOX_FULL: 429,
  ERR_RATE_LIMITED: 429,
  ERR_PROCESSOR_EXITED: 500,
  ERR_PROCESSOR_MEMORY: 500,
  ERR_PROCESSOR_CRASHED: 500,
  ERR_INTERNAL: 500,
  ERR_NODE_TOO_OLD: 500,
  ERR_ESCALATED: 500,
  ERR_SOCKET: 500,
  ERR_STORE_CORRUPT: 500,
  ERR_FORMAT_NEWER: 500,
  ERR_NO_DAEMON: 502,
  ERR_BAD_ANSWER: 502,
  ERR_NO_ANSWER: 502,
  ERR_DEVICE_FAULTY: 503,
  ERR_NO_LINES: 503,
  ERR_LINE: 503,
  ERR_LINE_BUSY: 503,
  ERR_LINE_GONE: 503,
  ERR_LINE_PERMISSION: 503,
  ERR_LINE_UNKNOWN: 503,
  ERR_LINE_UNSUPPORTED: 503,
  ERR_READING: 503,
  ERR_SENSOR_GONE: 503,
  ERR_OVERLOADED: 503,
  ERR_NOT_STARTED: 503,
  ERR_STOPPED: 503,
  ERR_STORE_LOCKED: 503,
  ERR_STORE_IO: 503,
  ERR_STORE_CLOSED: 503,
  ERR_COMMIT_UNKNOWN: 503,
  ERR_DEGRADED: 503,
}

/** Trouble of the board and not of the server: whoever asks is to know what is wrong, as the view of the device says it. */
const OF_DEVICES: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'ERR_DEVICE_FAULTY',
  'ERR_READING',
  'ERR_SENSOR_GONE',
  'ERR_NO_LINES',
  'ERR_LINE',
  'ERR_LINE_BUSY',
  'ERR_LINE_GONE',
  'ERR_LINE_PERMISSION',
  'ERR_LINE_UNKNOWN',
  'ERR_LINE_UNSUPPORTED',
])

export interface Problem {
  readonly type: string
  readonly title: string
  readonly status: number
  readonly detail: string
  readonly code: ErrorCode
  readonly hint: string
  readonly issues?: readonly Issue[]
}

/** What Fastify says of a request. */
interface RequestError {
  readonly code?: unknown
  readonly statusCode?: unknown
  readonly message?: unknown
  readonly validation?: readonly {
    readonly instancePath: string
    readonly message?: string
    readonly params?: object
  }[]
  readonly validationContext?: string
}

/** The problem of whatever was thrown. */
export function problemOf(thrown: unknown): Problem {
  if (thrown instanceof HoldfastError) return ofCode(thrown)
  const error = (typeof thrown === 'object' && thrown !== null ? thrown : {}) as RequestError
  if (error.validation) return invalidRequest(error)
  const { statusCode } = error
  if (typeof statusCode !== 'number' || statusCode < 400 || statusCode > 499)
    return ofCode(new HoldfastError('ERR_INTERNAL'))
  if (statusCode === 413) return ofCode(new HoldfastError('ERR_TOO_LARGE', 'the body is larger than `api.limits.body`'))
  if (statusCode === 415) return refusal(415, 'the body has to be JSON, and say so: content-type: application/json')
  return refusal(statusCode, String(error.message))
}

/** A request that is refused with a status of HTTP's own. */
export function refusal(status: number, message = STATUS_CODES[status] ?? ''): Problem {
  return { ...ofCode(new HoldfastError('ERR_BAD_REQUEST', message)), status }
}

function ofCode({ code, message, hint, issues }: HoldfastError): Problem {
  const status = STATUS[code]
  const [title] = CODES[code]
  // What a server's own trouble says may name files.
  const told = status < 500 || OF_DEVICES.has(code)
  return {
    type: `urn:holdfast:${code}`,
    title,
    status,
    detail: told ? message : title,
    code,
    hint: told ? hint : CODES[code][1],
    ...(issues ? { issues } : {}),
  }
}

function invalidRequest({ validation = [], validationContext = 'request' }: RequestError): Problem {
  const issues = validation.slice(0, 20).map(({ instancePath, message = 'is wrong', params }) => {
    const extra = (params as { additionalProperty?: string } | undefined)?.additionalProperty
    const path = instancePath.slice(1).replaceAll('/', '.')
    return { path, message: extra === undefined ? message : `unknown: ${JSON.stringify(extra).slice(0, 100)}` }
  })
  const told = issues.slice(0, 3).map(({ path, message }) => `${path ? `${path} ` : ''}${message}`)
  const where = validationContext === 'querystring' ? 'query' : validationContext
  return ofCode(new HoldfastError('ERR_BAD_REQUEST', `${where}: ${told.join('; ')}`, { issues }))
}
