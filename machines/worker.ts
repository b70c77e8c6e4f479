/**
 * The worker of one route: decides how many queued tasks may start. It knows numbers only; which tasks they are
 * is the queue's business. It is told the load once per commit, however many tasks moved in it.
 */
import { setup } from 'xstate'

export interface WorkerContext {
  readonly route: string
  readonly concurrency: number
  readonly queued: number
  readonly running: number
}

export type WorkerEvent =
  | { readonly type: 'load'; readonly queued: number; readonly running: number }
  | { readonly type: 'hold' }
  | { readonly type: 'release' }
  | { readonly type: 'drain' }
  | { readonly type: 'failed'; readonly error: unknown }

/** How many may start: what there is to start, in the slots that are free. */
export function startable({ queued, running, concurrency }: Omit<WorkerContext, 'route'>): number {
  return Math.max(0, Math.min(queued, concurrency - running))
}

const base = setup({
  types: {
    context: {} as WorkerContext,
    events: {} as WorkerEvent,
    input: {} as { readonly route: string; readonly concurrency: number },
  },
  actions: {
    /** Port: index again what is queued here; a restarted worker knows nothing. */
    rebuild: () => undefined,
    /** Port: start up to `count` of the queued tasks. */
    claim: (_, _params: { count: number }) => undefined,
    /** Port: throws, so that the supervisor starts this part anew. */
    die: (_, _params: { error: unknown }) => undefined,
  },
  guards: {
    startable: ({ event, context }) => event.type === 'load' && event.queued > 0 && event.running < context.concurrency,
    startableNow: ({ context }) => context.queued > 0 && context.running < context.concurrency,
    full: ({ event, context }) => event.type === 'load' && event.running >= context.concurrency,
    busy: ({ event }) => event.type === 'load' && event.running > 0,
    idle: ({ event }) => event.type === 'load' && event.running === 0,
    nothingRuns: ({ context }) => context.running === 0,
  },
})

const note = base.assign(({ event }) => (event.type === 'load' ? { queued: event.queued, running: event.running } : {}))
const claim = {
  type: 'claim',
  params: ({ context }: { context: WorkerContext }) => ({ count: startable(context) }),
} as const

/** What was claimed counts at once: the next load comes with the next commit. */
const taken = base.assign(({ context }) => {
  const count = startable(context)
  return { queued: context.queued - count, running: context.running + count }
})

export const workerMachine = base.createMachine({
  id: 'worker',
  context: ({ input }) => ({ route: input.route, concurrency: input.concurrency, queued: 0, running: 0 }),
  entry: 'rebuild',
  on: { failed: { actions: { type: 'die', params: ({ event }) => ({ error: event.error }) } } },
  initial: 'open',
  states: {
    open: {
      initial: 'idle',
      states: { idle: {}, working: {}, full: {} },
      on: {
        load: [
          { guard: 'startable', target: '.working', actions: [note, claim, taken] },
          { guard: 'full', target: '.full', actions: note },
          { guard: 'busy', target: '.working', actions: note },
          { target: '.idle', actions: note },
        ],
        hold: 'held',
        drain: [{ guard: 'nothingRuns', target: 'drained' }, { target: 'draining' }],
      },
    },
    held: {
      on: {
        load: { actions: note },
        release: [{ guard: 'startableNow', target: 'open.working', actions: [claim, taken] }, { target: 'open' }],
        drain: [{ guard: 'nothingRuns', target: 'drained' }, { target: 'draining' }],
      },
    },
    draining: {
      on: {
        load: [{ guard: 'idle', target: 'drained', actions: note }, { actions: note }],
      },
    },
    drained: {},
  },
})
