/**
 * The life of one task: NONE → SPOOLED → QUEUED → RUNNING → FINISHED | FAILED | TERMINATED.
 *
 * Pure: each event carries the time (`now`), the chance (`random`) and the policy it is decided by, so the same
 * events always give the same record. The context is the task's record. Three ports leave the machine as data and
 * are played only after the commit that holds the step: `run`, `abort` and `settle`.
 */
import { setup } from 'xstate'
import { counted, finished, isFatal, queued, requeued, spooled, started } from './edges.js'
import { entered } from './history.js'
import { type RetryPolicy, retryDelayMs } from './policy.js'
import { type Replacement, replaced, startedOver } from './replacement.js'

export type TaskState = 'NONE' | 'SPOOLED' | 'QUEUED' | 'RUNNING' | 'FINISHED' | 'FAILED' | 'TERMINATED'
export type Reason = 'cancelled' | 'timeout' | 'awol' | 'expired' | 'superseded' | 'interrupted'

/** One moment on both hands of the clock: `wall` since 1970, `steady` never steps. Milliseconds. */
export interface Now {
  readonly wall: number
  readonly steady: number
}

/** A point in time on one hand of the clock. */
export interface Due {
  readonly hand: 'wall' | 'steady'
  readonly at: number
}

export interface HistoryEntry {
  readonly state: TaskState
  readonly at: number
}

/** The error of a failed run, as the record keeps it. */
export interface TaskError {
  readonly name: string
  readonly message: string
  readonly code?: string
  readonly stack?: string
}

/** The lifecycle data of one task. Times are milliseconds: `...At` on the wall clock, `due`, `deadline` and `expires` on the hand they name (steady). */
export interface TaskContext {
  readonly id: string
  readonly kind: string
  readonly version: number
  readonly route: string
  readonly priority: number
  /** Arrival: grows with every task accepted by this store. */
  readonly seq: number
  readonly createdAt: number
  readonly runAt: number
  readonly due: Due | null
  readonly expires: number | null
  readonly deadline: number | null
  readonly attempt: number
  readonly failures: number
  readonly interruptions: number
  readonly atMostOnce: boolean
  readonly paused: boolean
  /** How many of the tasks it depends on have not ended as it wants; it stays SPOOLED until there are none. */
  readonly pending: number
  readonly result?: unknown
  readonly error?: TaskError | undefined
  readonly reason?: Reason | undefined
  readonly retryAt: number | null
  readonly endedAt: number | null
  readonly history: readonly HistoryEntry[]
}

interface Timed {
  readonly now: Now
}
/** How a task that could not end well may be put back. */
interface Retrying extends Timed {
  readonly retry: RetryPolicy
  readonly random: number
  /** Milliseconds the processor itself asked for (RetryAfter). */
  readonly afterMs?: number
}

export type TaskEvent =
  | (Timed & { readonly type: 'accept' })
  | (Timed & { readonly type: 'due' })
  /** `version` of its processor: what waited since an earlier one begins on the one that there is. */
  | (Timed & { readonly type: 'start'; readonly timeoutMs: number | null; readonly version?: number })
  | (Timed & { readonly type: 'finish'; readonly result: unknown })
  | (Retrying & { readonly type: 'fail'; readonly error: TaskError; readonly terminal?: boolean })
  | (Retrying & { readonly type: 'timeout' })
  | (Retrying & { readonly type: 'silent' })
  | (Timed & { readonly type: 'snooze'; readonly due: Due; readonly runAt: number })
  /** `by` a gate that closed, or else by a stop. */
  | (Timed & { readonly type: 'drain'; readonly by?: 'gate' })
  | (Timed & {
      readonly type: 'interrupt'
      /** The death counts against the task: the process died within one boot. */
      readonly counted: boolean
      /** The count starts afresh: the stop before was a clean one. */
      readonly forgiven: boolean
      readonly limit: number
      /** A machine goes on where it was instead of beginning again. */
      readonly resumes: boolean
    })
  | (Timed & { readonly type: 'step' })
  /** The process before ended cleanly: what was counted against a task that waits in its queue counts no more. */
  | (Timed & { readonly type: 'forgive' })
  | (Timed & { readonly type: 'cancel' })
  | (Timed & { readonly type: 'supersede' })
  | (Timed & { readonly type: 'expire' })
  | (Timed & { readonly type: 'pause' })
  | (Timed & { readonly type: 'resume' })
  | (Timed & { readonly type: 'reschedule'; readonly due: Due | null; readonly runAt: number })
  | (Timed & { readonly type: 'amend'; readonly priority?: number; readonly route?: string })
  | (Timed & Replacement & { readonly type: 'replace' })
  | (Timed & { readonly type: 'met' })
  | (Timed & { readonly type: 'retry'; readonly byHand: boolean })

/** When a task that just could not end well is tried again: null when it is dead. */
function retryDue(context: TaskContext, event: Retrying & { readonly terminal?: boolean }) {
  const failures = context.failures + 1
  if (event.terminal || context.atMostOnce || failures >= event.retry.attempts) return { failures, delayMs: null }
  return { failures, delayMs: event.afterMs ?? retryDelayMs(event.retry, failures, event.random) }
}

function unsuccessful(context: TaskContext, event: Retrying & { readonly terminal?: boolean }, state: TaskState) {
  const { failures, delayMs } = retryDue(context, event)
  const { wall, steady } = event.now
  return {
    failures,
    deadline: null,
    due: delayMs === null ? null : ({ hand: 'steady', at: steady + delayMs } as Due),
    retryAt: delayMs === null ? null : wall + delayMs,
    endedAt: delayMs === null ? wall : null,
    history: entered(context, state, event.now),
  }
}

function terminated(context: TaskContext, reason: Reason, now: Now) {
  const history = entered(context, 'TERMINATED', now)
  return { reason, due: null, deadline: null, pending: 0, retryAt: null, endedAt: now.wall, history }
}

const base = setup({
  types: {
    context: {} as TaskContext,
    events: {} as TaskEvent,
    input: {} as TaskContext,
  },
  actions: {
    /** Port: a processor takes the task. */
    run: () => undefined,
    /** Port: the run is told to stop; its outcome is no longer wanted. */
    abort: (_, _params: { reason: Reason | 'drained' | 'gate' }) => undefined,
    /** Port: whoever waits for the end of the task is told. */
    settle: () => undefined,
  },
  guards: {
    active: ({ context }) => !context.paused && context.pending === 0,
    waiting: ({ context }) => context.pending > 0,
    retrying: ({ context }) => context.retryAt !== null,
    fatal: ({ context, event }) => event.type === 'interrupt' && isFatal(context, event),
    resumes: ({ event }) => event.type === 'interrupt' && event.resumes,
    once: ({ context }) => context.atMostOnce,
    /** By hand always; the manifest may be late, and a task that was cancelled or died meanwhile stays as it is. */
    returnable: ({ context, event }) => event.type === 'retry' && (event.byHand || context.retryAt !== null),
    later: ({ event }) => (event.type === 'reschedule' || event.type === 'replace') && event.due !== null,
    final: ({ context, event }) =>
      (event.type === 'fail' || event.type === 'timeout' || event.type === 'silent') &&
      retryDue(context, event).delayMs === null,
  },
})

const spool = base.assign(({ context, event }) => spooled({ ...context }, event))
const queue = base.assign(({ context, event }) => queued({ ...context }, event))
const start = base.assign(({ context, event }) => started({ ...context }, event))
const finish = base.assign(({ context, event }) => finished({ ...context }, event))
const fail = base.assign(({ context, event }) =>
  event.type === 'fail' ? { error: event.error, ...unsuccessful(context, event, 'FAILED') } : {},
)
const stopLate = base.assign(({ context, event }) =>
  event.type === 'timeout' ? { reason: 'timeout' as const, ...unsuccessful(context, event, 'TERMINATED') } : {},
)
const stopSilent = base.assign(({ context, event }) =>
  event.type === 'silent' ? { reason: 'awol' as const, ...unsuccessful(context, event, 'TERMINATED') } : {},
)
const cancel = base.assign(({ context, event }) => terminated(context, 'cancelled', event.now))
const supersede = base.assign(({ context, event }) => terminated(context, 'superseded', event.now))
const expire = base.assign(({ context, event }) => terminated(context, 'expired', event.now))
const giveUp = base.assign(({ context, event }) => ({
  interruptions: context.interruptions + (event.type === 'interrupt' && event.counted ? 1 : 0),
  ...terminated(context, 'interrupted', event.now),
}))
const snooze = base.assign(({ context, event }) =>
  event.type === 'snooze'
    ? {
        attempt: context.attempt - 1,
        interruptions: 0,
        due: event.due,
        runAt: event.runAt,
        deadline: null,
        history: entered(context, 'SPOOLED', event.now),
      }
    : {},
)
const drain = base.assign(({ context, event }) => ({
  deadline: null,
  // A clean stop forgives deaths of the process; a gate that closes says nothing about them.
  interruptions: event.type === 'drain' && event.by ? context.interruptions : 0,
  history: entered(context, 'QUEUED', event.now),
}))
const countInterruption = base.assign(({ context, event }) =>
  event.type === 'interrupt' ? counted({ ...context }, event) : {},
)
const requeue = base.assign(({ context, event }) => requeued({ ...context }, event))
const forgive = base.assign({ interruptions: 0 })
/** By hand: whoever looks after a task forgives what was counted against it. */
const hold = base.assign({ paused: true, interruptions: 0 })
const release = base.assign({ paused: false })
const reschedule = base.assign(({ event }) =>
  event.type === 'reschedule' ? { due: event.due, runAt: event.runAt, interruptions: 0 } : {},
)
const amend = base.assign(({ context, event }) =>
  event.type === 'amend' ? { priority: event.priority ?? context.priority, route: event.route ?? context.route } : {},
)
const meet = base.assign(({ context }) => ({ pending: context.pending - 1 }))
const replace = base.assign(({ context, event }) => (event.type === 'replace' ? replaced(context, event) : {}))
/** By hand a task gets all its attempts again; the manifest goes on counting. The last error stays for inspection. */
const putBack = base.assign(({ context, event }) => ({
  failures: event.type === 'retry' && event.byHand ? 0 : context.failures,
  interruptions: 0,
  expires: null,
  paused: false,
  reason: undefined,
  due: null,
  retryAt: null,
  endedAt: null,
  runAt: event.now.wall,
  history: entered(context, 'SPOOLED', event.now),
}))
const startOver = base.assign(({ context, event }) => (event.type === 'replace' ? startedOver(context, event) : {}))

const abort = (reason: Reason) => ({ type: 'abort', params: { reason } }) as const

const abortDrained = {
  type: 'abort',
  params: ({ event }: { event: TaskEvent }) => ({
    reason: event.type === 'drain' && event.by ? event.by : ('drained' as const),
  }),
} as const

export const taskMachine = base.createMachine({
  id: 'task',
  context: ({ input }) => input,
  initial: 'NONE',
  states: {
    NONE: {
      on: { accept: { target: 'SPOOLED', actions: spool } },
    },
    SPOOLED: {
      on: {
        due: { guard: 'active', target: 'QUEUED', actions: queue },
        cancel: { target: 'TERMINATED', actions: [cancel, 'settle'] },
        supersede: { target: 'TERMINATED', actions: [supersede, 'settle'] },
        expire: { target: 'TERMINATED', actions: [expire, 'settle'] },
        pause: { actions: hold },
        resume: { actions: release },
        reschedule: { actions: reschedule },
        amend: { actions: amend },
        replace: { actions: replace },
        met: { guard: 'waiting', actions: meet },
      },
    },
    QUEUED: {
      on: {
        start: { guard: 'active', target: 'RUNNING', actions: start },
        reschedule: [{ guard: 'later', target: 'SPOOLED', actions: [reschedule, spool] }, { actions: reschedule }],
        cancel: { target: 'TERMINATED', actions: [cancel, 'settle'] },
        supersede: { target: 'TERMINATED', actions: [supersede, 'settle'] },
        expire: { target: 'TERMINATED', actions: [expire, 'settle'] },
        pause: { actions: hold },
        resume: { actions: release },
        amend: { actions: amend },
        forgive: { actions: forgive },
        replace: [{ guard: 'later', target: 'SPOOLED', actions: [replace, spool] }, { actions: replace }],
      },
    },
    RUNNING: {
      entry: 'run',
      on: {
        finish: { target: 'FINISHED', actions: finish },
        fail: [
          { guard: 'final', target: 'FAILED', actions: [fail, 'settle'] },
          { target: 'FAILED', actions: fail },
        ],
        timeout: [
          { guard: 'final', target: 'TERMINATED', actions: [stopLate, abort('timeout'), 'settle'] },
          { target: 'TERMINATED', actions: [stopLate, abort('timeout')] },
        ],
        silent: [
          { guard: 'final', target: 'TERMINATED', actions: [stopSilent, abort('awol'), 'settle'] },
          { target: 'TERMINATED', actions: [stopSilent, abort('awol')] },
        ],
        cancel: { target: 'TERMINATED', actions: [cancel, abort('cancelled'), 'settle'] },
        supersede: { target: 'TERMINATED', actions: [supersede, abort('superseded'), 'settle'] },
        // A task of at most once has had its run: to come back later would be to start twice.
        snooze: [
          { guard: 'once', target: 'TERMINATED', actions: [giveUp, 'settle'] },
          { target: 'SPOOLED', actions: snooze },
        ],
        drain: [
          { guard: 'once', target: 'TERMINATED', actions: [giveUp, abortDrained, 'settle'] },
          { target: 'QUEUED', actions: [drain, abortDrained] },
        ],
        interrupt: [
          { guard: 'fatal', target: 'TERMINATED', actions: [giveUp, 'settle'] },
          { guard: 'resumes', actions: countInterruption },
          { target: 'QUEUED', actions: [countInterruption, requeue] },
        ],
        step: { actions: forgive },
      },
    },
    FINISHED: { type: 'final', entry: 'settle' },
    FAILED: {
      on: {
        retry: { guard: 'returnable', target: 'SPOOLED', actions: putBack },
        cancel: { guard: 'retrying', target: 'TERMINATED', actions: [cancel, 'settle'] },
        replace: { guard: 'retrying', target: 'SPOOLED', actions: startOver },
        supersede: { guard: 'retrying', target: 'TERMINATED', actions: [supersede, 'settle'] },
      },
    },
    TERMINATED: {
      on: {
        retry: { guard: 'returnable', target: 'SPOOLED', actions: putBack },
        cancel: { guard: 'retrying', actions: [cancel, 'settle'] },
        replace: { guard: 'retrying', target: 'SPOOLED', actions: startOver },
        supersede: { guard: 'retrying', actions: [supersede, 'settle'] },
      },
    },
  },
})
