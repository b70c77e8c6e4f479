/** Leases, tokens and the quarantine, with the methods and errors that the runtime's have. */
import { durationMs } from '../model/duration.js'
import { checkJson } from '../model/json.js'
import { checkName } from '../runtime/checks.js'
import type { LeasedTask, LeaseFailure, LeaseRequest } from '../runtime/lease-request.js'
import type { Quarantined } from '../runtime/quarantine.js'
import type { Scope, TokenView } from '../runtime/tokens.js'
import type { WorkerView } from '../runtime/workers.js'
import type { Caller } from './caller.js'
import type { CallOptions } from './halt.js'

export function leasesAt(caller: Caller) {
  /** Saying the same again is answered alike. */
  const say = async (lease: string, what: string, body: object, { signal }: CallOptions): Promise<void> => {
    const path = `/v1/leases/${encodeURIComponent(lease)}/${what}`
    await caller.ask({ method: 'POST', path, body, safe: true, signal })
  }
  return {
    /**
     * Tasks for a worker, RUNNING from now on; waits up to `wait` when there are none. What an answer that was lost on the
     * way named comes back by its `heartbeat`, so asking again loses nothing.
     * @throws ERR_UNKNOWN_KIND, ERR_INVALID_OPTION, ERR_INVALID_ID, ERR_INVALID_DURATION, ERR_OVERLOADED
     */
    take: async (request: LeaseRequest, { signal }: CallOptions = {}): Promise<LeasedTask[]> => {
      const waitMs = durationMs(request.wait ?? 0, 'wait')
      const call = { method: 'POST', path: '/v1/leases', body: request, safe: true, waitMs, signal } as const
      return (await caller.ask(call)).page<LeasedTask>().items
    },
    /** The worker lives, and how far it is. @throws ERR_LEASE_LOST: it should stop */
    heartbeat: async (lease: string, progress?: unknown, options: CallOptions = {}): Promise<void> => {
      checkJson(progress, 'progress')
      return say(lease, 'heartbeat', { progress }, options)
    },
    /** The result; resolves when it is durable. @throws ERR_LEASE_LOST */
    success: async (lease: string, result?: unknown, options: CallOptions = {}): Promise<void> => {
      checkJson(result, 'result')
      return say(lease, 'success', { result }, options)
    },
    /** It could not be done; retried while attempts are left. @throws ERR_LEASE_LOST */
    failure: (lease: string, failure: LeaseFailure, options: CallOptions = {}): Promise<void> =>
      say(lease, 'failure', failure, options),
    workers: async ({ signal }: CallOptions = {}): Promise<WorkerView[]> =>
      (await caller.ask({ method: 'GET', path: '/v1/workers', signal })).page<WorkerView>().items,
  }
}

/** Over TCP it takes the scope admin. */
export function tokensAt(caller: Caller) {
  return {
    /** Makes a token; `token` is shown this once and never again. @throws ERR_INVALID_ID, ERR_INVALID_OPTION, ERR_TOO_MANY */
    create: async (
      options: { readonly name: string; readonly scope: Scope },
      { signal }: CallOptions = {},
    ): Promise<TokenView & { token: string }> =>
      (await caller.ask({ method: 'POST', path: '/v1/tokens', body: options, signal })).object(),
    list: async ({ signal }: CallOptions = {}): Promise<TokenView[]> =>
      (await caller.ask({ method: 'GET', path: '/v1/tokens', signal })).page<TokenView>().items,
    /** From now on it is refused. @throws ERR_NOT_FOUND */
    revoke: async (id: string, { signal }: CallOptions = {}): Promise<void> => {
      const path = `/v1/tokens/${encodeURIComponent(checkName(id, 'id'))}`
      await caller.ask({ method: 'DELETE', path, gone: true, signal })
    },
  }
}

export function quarantineAt(caller: Caller) {
  return {
    list: async ({ signal }: CallOptions = {}): Promise<Quarantined[]> =>
      (await caller.ask({ method: 'GET', path: '/v1/quarantine', signal })).page<Quarantined>().items,
    /** True when the record was put back and its task goes on. @throws ERR_NOT_FOUND */
    retry: async (id: string, { signal }: CallOptions = {}): Promise<boolean> => {
      const path = `/v1/quarantine/${encodeURIComponent(checkName(id, 'id'))}/retry`
      return (await caller.ask({ method: 'POST', path, signal })).object<{ restored: boolean }>().restored
    },
  }
}
