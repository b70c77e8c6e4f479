/** What every endpoint works with. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Clock } from '../kernel/clock.js'
import { type Duration, durationMs } from '../model/duration.js'
import { HoldfastError } from '../model/errors.js'
import type { TaskLog } from '../runtime/log.js'
import type { Outside } from '../runtime/outside.js'
import type { TaskView } from '../runtime/task-view.js'
import type { SendOptions } from '../runtime/verbs.js'
import type { ApiSettings } from './options.js'

export interface Desk {
  /** As it is seen from outside: what is hidden is not there. */
  readonly runtime: Outside
  readonly clock: Clock
  readonly settings: ApiSettings
  readonly log: TaskLog
  /** Aborted when the API stops: what waits is answered as it is. */
  readonly closing: AbortSignal
}

const LONGEST_WAIT_MS = 60_000

/** @throws ERR_INVALID_DURATION */
export function waitMs(wait: Duration): number {
  const ms = durationMs(typeof wait === 'string' && /^\d+$/.test(wait) ? Number(wait) : wait, 'wait')
  if (ms <= LONGEST_WAIT_MS) return ms
  throw new HoldfastError('ERR_INVALID_DURATION', 'wait: at most 60s', { hint: 'Ask again when it is over.' })
}

/** Aborted when the client hangs up, or the API stops. */
export function gone(reply: FastifyReply, desk: Desk): AbortSignal {
  const controller = new AbortController()
  // By hand: of several listeners that a `signal` is to remove, Node keeps only the latest from the collector.
  const leave = () => {
    reply.raw.off('close', leave)
    desk.closing.removeEventListener('abort', leave)
    controller.abort()
  }
  reply.raw.once('close', leave)
  desk.closing.addEventListener('abort', leave)
  // Who hung up before anybody looked is not told of again.
  if (desk.closing.aborted || reply.raw.closed) leave()
  return controller.signal
}

/** A task as the API shows it: where its error was thrown is told to whoever may see that. @throws ERR_NOT_FOUND */
export function shownTask(id: string, view: TaskView | undefined, stack: 'stack' | 'no stack' = 'no stack'): TaskView {
  if (!view) throw new HoldfastError('ERR_NOT_FOUND', `no task '${id.slice(0, 128)}'`)
  if (view.error?.stack === undefined || stack === 'stack') return view
  const { stack: _, ...error } = view.error
  return { ...view, error }
}

/** How an event is sent, by the key of its request. */
export function onceOf({ headers }: FastifyRequest): SendOptions {
  const key = headers['idempotency-key']
  return typeof key === 'string' ? { once: key } : {}
}

/** Cursors are ours alone: nobody should read them. */
export function sealed(cursor: string | undefined): string | undefined {
  return cursor === undefined ? undefined : Buffer.from(cursor).toString('base64url')
}

export function unsealed(cursor: string): string {
  return Buffer.from(cursor, 'base64url').toString()
}
