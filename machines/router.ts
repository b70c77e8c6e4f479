/**
 * The router sends due tasks to their routes, a page at a time so that a crowd that falls due in one second
 * does not stop the loop. It sleeps until the timetable wakes it.
 */
import { setup } from 'xstate'

export type RouterEvent =
  | { readonly type: 'due' }
  | { readonly type: 'released'; readonly count: number; readonly more: boolean }
  | { readonly type: 'hold' }
  | { readonly type: 'release' }
  | { readonly type: 'failed'; readonly error: unknown }

const base = setup({
  types: { context: {} as { readonly released: number }, events: {} as RouterEvent },
  actions: {
    /** Port: index again what waits; a restarted router knows nothing. */
    rebuild: () => undefined,
    /** Port: route the next page of what is due, then answer `released`. */
    releaseDue: () => undefined,
    /** Port: throws, so that the supervisor starts this part anew. */
    die: (_, _params: { error: unknown }) => undefined,
  },
  guards: {
    more: ({ event }) => event.type === 'released' && event.more,
  },
})

const count = base.assign(({ context, event }) =>
  event.type === 'released' ? { released: context.released + event.count } : {},
)

export const routerMachine = base.createMachine({
  id: 'router',
  context: { released: 0 },
  entry: 'rebuild',
  on: { failed: { actions: { type: 'die', params: ({ event }) => ({ error: event.error }) } } },
  initial: 'waiting',
  states: {
    waiting: { on: { due: 'releasing', hold: 'held' } },
    releasing: {
      entry: 'releaseDue',
      on: {
        released: [
          { guard: 'more', target: 'releasing', reenter: true, actions: count },
          { target: 'waiting', actions: count },
        ],
        due: 'releasingAgain',
        hold: 'held',
      },
    },
    releasingAgain: {
      on: {
        released: { target: 'releasing', actions: count },
        hold: 'held',
      },
    },
    held: { on: { release: 'releasing', released: { actions: count } } },
  },
})
