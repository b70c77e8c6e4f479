/**
 * One-for-one supervision with restart intensity, as in OTP (https://www.erlang.org/doc/system/sup_princ.html):
 * a child that dies is started anew, alone; when restarts come too fast the supervisor gives up and escalates.
 * A restart is forgotten `withinMs` after it happened, which is the sliding window as a statechart.
 */
import { type ErrorActorEvent, setup } from 'xstate'
import { DEFAULT_INTENSITY, type Intensity, tooIntense } from './policy.js'

/** One supervised actor: `src` names its logic, `id` is also its system id. */
export interface ChildSpec {
  readonly id: string
  readonly src: string
  readonly input?: unknown
}

export interface SupervisorInput {
  readonly children: readonly ChildSpec[]
  readonly intensity?: Intensity
}

export interface SupervisorContext {
  readonly specs: readonly ChildSpec[]
  readonly intensity: Intensity
  /** Restarts within the window. */
  readonly restarts: number
  readonly restarted: number
  /** What the last child died of. */
  readonly fault: { readonly child: string; readonly error: unknown } | null
}

export type SupervisorEvent = { readonly type: 'forget' } | { readonly type: 'stop' } | ErrorActorEvent

const DIED = 'xstate.error.actor.'

function faultOf(event: SupervisorEvent) {
  return 'error' in event
    ? { child: event.type.slice(DIED.length), error: event.error }
    : { child: '', error: undefined }
}

const base = setup({
  types: {
    context: {} as SupervisorContext,
    events: {} as SupervisorEvent,
    input: {} as SupervisorInput,
  },
  actions: {
    /** Port: somebody should know that a child was started anew. */
    announce: (_, _params: { child: string; error: unknown }) => undefined,
    /** Port: the whole supervisor is at its end. */
    escalate: (_, _params: { child: string; error: unknown }) => undefined,
  },
  guards: {
    tooOften: ({ context }) => tooIntense(context.intensity, context.restarts),
  },
  delays: { window: ({ context }) => context.intensity.withinMs },
})

const startAll = base.enqueueActions(({ context, enqueue }) => {
  for (const { id, src, input } of context.specs) enqueue.spawnChild(src as never, { id, systemId: id, input } as never)
})
const restart = base.enqueueActions(({ context, event, enqueue }) => {
  const spec = context.specs.find(({ id }) => id === faultOf(event).child)
  if (!spec) return
  enqueue.stopChild(spec.id)
  enqueue.spawnChild(spec.src as never, { id: spec.id, systemId: spec.id, input: spec.input } as never)
})
const stopAll = base.enqueueActions(({ context, enqueue }) => {
  for (const { id } of context.specs) enqueue.stopChild(id)
})
const note = base.assign(({ context, event }) => ({
  fault: faultOf(event),
  restarts: context.restarts + 1,
  restarted: context.restarted + 1,
}))
const blame = base.assign(({ event }) => ({ fault: faultOf(event) }))
const forget = base.assign(({ context }) => ({ restarts: Math.max(0, context.restarts - 1) }))
const later = base.raise({ type: 'forget' }, { delay: 'window' })
const fault = ({ event }: { event: SupervisorEvent }) => faultOf(event)

export const supervisorMachine = base.createMachine({
  id: 'supervisor',
  context: ({ input }) => ({
    specs: input.children,
    intensity: input.intensity ?? DEFAULT_INTENSITY,
    restarts: 0,
    restarted: 0,
    fault: null,
  }),
  initial: 'supervising',
  states: {
    supervising: {
      entry: startAll,
      on: {
        'xstate.error.actor.*': [
          { guard: 'tooOften', target: 'escalated', actions: blame },
          {
            actions: [note, restart, later, { type: 'announce', params: fault }],
          },
        ],
        forget: { actions: forget },
        stop: 'stopped',
      },
    },
    escalated: {
      entry: [
        stopAll,
        { type: 'escalate', params: ({ context }) => context.fault as { child: string; error: unknown } },
      ],
      // Two children can die in one step: an unhandled death would put the supervisor itself in error.
      on: { 'xstate.error.actor.*': {}, stop: 'stopped' },
    },
    stopped: { type: 'final', entry: stopAll },
  },
})
