/**
 * The manifest of failed tasks: puts each back through the router when its retry is due, and keeps the dead ones
 * for inspection. It counts what it holds; the records themselves are in the store.
 */
import { setup } from 'xstate'

export interface ManifestContext {
  /** Failed or stopped tasks with a retry to come. */
  readonly retrying: number
  /** Tasks that came to their last attempt since the start. */
  readonly dead: number
}

export type ManifestEvent =
  | { readonly type: 'entered'; readonly retrying: number; readonly dead: number }
  | { readonly type: 'left'; readonly count: number }
  | { readonly type: 'due' }
  | { readonly type: 'returned'; readonly count: number; readonly more: boolean }
  | { readonly type: 'hold' }
  | { readonly type: 'release' }
  | { readonly type: 'failed'; readonly error: unknown }

const base = setup({
  types: { context: {} as ManifestContext, events: {} as ManifestEvent },
  actions: {
    /** Port: index again which retries wait; a restarted manifest knows nothing. */
    rebuild: () => undefined,
    /** Port: put the next page of due tasks back, then answer `returned`. */
    putBack: () => undefined,
    /** Port: throws, so that the supervisor starts this part anew. */
    die: (_, _params: { error: unknown }) => undefined,
  },
  guards: {
    more: ({ event }) => event.type === 'returned' && event.more,
  },
})

const enter = base.assign(({ context, event }) =>
  event.type === 'entered' ? { retrying: context.retrying + event.retrying, dead: context.dead + event.dead } : {},
)
const leave = base.assign(({ context, event }) =>
  event.type === 'left' || event.type === 'returned' ? { retrying: Math.max(0, context.retrying - event.count) } : {},
)

export const manifestMachine = base.createMachine({
  id: 'manifest',
  context: { retrying: 0, dead: 0 },
  entry: 'rebuild',
  initial: 'watching',
  on: {
    entered: { actions: enter },
    left: { actions: leave },
    failed: { actions: { type: 'die', params: ({ event }) => ({ error: event.error }) } },
  },
  states: {
    watching: { on: { due: 'returning', hold: 'held' } },
    returning: {
      entry: 'putBack',
      on: {
        returned: [
          { guard: 'more', target: 'returning', reenter: true, actions: leave },
          { target: 'watching', actions: leave },
        ],
        due: 'returningAgain',
        hold: 'held',
      },
    },
    returningAgain: {
      on: {
        returned: { target: 'returning', actions: leave },
        hold: 'held',
      },
    },
    held: { on: { release: 'returning', returned: { actions: leave } } },
  },
})
