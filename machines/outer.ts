/** The states around `ready`, the same for every device, and how a step of a device is carried out. */
import type { DeviceContext, DeviceEvent, DeviceInput, Moment, News } from './device.js'
import { SEEKING } from './device.js'
import { retryDelayMs } from './policy.js'
import type { Now } from './task.js'

type AnyContext = DeviceContext<unknown, unknown>

/** What a step makes of a device: what it knows from then on, and what it tells. */
export interface Turn<Context> {
  readonly set?: Partial<Omit<Context, 'name' | 'options'>>
  readonly news?: readonly News[]
}

export type Decide<Context, Event> = (context: Context, event: Event, now: Now) => Turn<Context>

/** When a timer is due, on the steady hand; infinite when there is nothing to wait for. */
export type DueOf<Context> = (context: Context) => number

interface Enqueue {
  assign(values: object): void
  emit(news: News): void
}

/** XState waits no longer than its clock can; what is due never waits this long. */
const NEVER_MS = 2 ** 52

/** What a device knows at its start. */
export function begun<Options, Memory>(input: DeviceInput<Options, Memory>): DeviceContext<Options, Memory> {
  return { fault: null, faultSince: null, ...input, tries: 0, retryMs: 0 }
}

/** Milliseconds until something is due. */
export function until({ now }: { readonly now: Now }, due: number): number {
  return Math.min(NEVER_MS, Math.max(0, due - now.steady))
}

/** A moment that lies `ms` after another. */
export function later(now: Now, ms: number): Moment {
  return { wall: now.wall + ms, steady: now.steady + ms }
}

/** Events carry their time. What a timer does is done when it was due: XState's own events have no time. */
function timeOf<Context extends AnyContext>(context: Context, event: object, due: DueOf<Context> | undefined): Now {
  if ('now' in event) return event.now as Now
  const ms = due ? until(context, due(context)) : 0
  return ms > 0 && ms < NEVER_MS ? later(context.now, ms) : context.now
}

export function carryOut<Context extends AnyContext, Event extends object>(
  { context, event, enqueue }: { context: Context; event: Event; enqueue: Enqueue },
  decide: Decide<Context, Event>,
  due?: DueOf<Context>,
): void {
  const now = timeOf(context, event, due)
  const { set, news = [] } = decide(context, event, now)
  enqueue.assign({ now, ...set })
  for (const each of news) enqueue.emit(each)
}

type Broken = Pick<AnyContext, 'fault' | 'faultSince' | 'tries' | 'retryMs'>

/** It is not there. That is told once for each spell. */
export function lost(context: AnyContext, event: object, now: Now): { set: Partial<Broken>; news: News[] } {
  const { error, random } = event as DeviceEvent & { type: 'lost' }
  const tries = context.tries + 1
  const pause = { ...SEEKING, attempts: 1, backoff: 'exponential', jitter: 0.2 } as const
  return {
    set: {
      fault: error,
      faultSince: context.faultSince ?? now.wall,
      tries,
      retryMs: retryDelayMs(pause, tries, random),
    },
    news: context.fault ? [] : [{ type: 'fault', at: now.wall, error }],
  }
}

/** It is there, again or for the first time. */
export function recovered(context: AnyContext, now: Now): { set: Broken; news: News[] } {
  const { fault, faultSince } = context
  return {
    set: { fault: null, faultSince: null, tries: 0, retryMs: 0 },
    news: fault ? [{ type: 'found', at: now.wall, forMs: Math.max(0, now.wall - (faultSince ?? now.wall)) }] : [],
  }
}

/** Time passed, and nothing else. */
export const passed = () => ({})

/** When a faulty device is looked for again. */
export const retryDue: DueOf<AnyContext> = ({ now, retryMs }) => now.steady + retryMs

/** What every device does that is not ready; `does` makes an action of its machine. */
export function outer<Action>(
  does: (decide: (context: AnyContext, event: object, now: Now) => Turn<Broken>, due?: DueOf<AnyContext>) => Action,
) {
  return {
    on: { lost: { target: '.faulty', actions: does(lost) }, stop: '.stopped' },
    faulty: {
      entry: 'release',
      after: { retry: { target: 'seeking', actions: does(passed, retryDue) } },
      on: { appeared: { target: 'seeking', actions: does(passed) }, lost: {} },
    },
    stopped: { id: 'stopped', type: 'final', entry: 'release' },
  } as const
}
