/** A system of our own: createActor takes it from `parent`, and asks no more of it than this. */
import { beforeEach, describe, expect, test, vi } from 'vitest'
import type { AnyActorRef, EventObject, Observer } from 'xstate'
import { production } from './builds.js'

const { createActor, createMachine, fromPromise, setup } = production

interface Timer {
  readonly source: AnyActorRef
  readonly event: EventObject
  readonly delay: number
  readonly id: string | undefined
}

/** All that XState 5.33 calls on a system, and nothing else: a missing member fails these tests by its name. */
function handMade() {
  const calls: string[] = []
  const named = new Map<string, AnyActorRef>()
  const timers: Timer[] = []
  const inspected: string[] = []
  let ids = 0
  const system = {
    _bookId: () => `ours:${ids++}`,
    _register: (sessionId: string) => {
      calls.push(`register ${sessionId}`)
      return sessionId
    },
    _unregister: (actor: AnyActorRef) => void calls.push(`unregister ${actor.sessionId}`),
    _set: (systemId: string, actor: AnyActorRef) => void named.set(systemId, actor),
    get: (systemId: string) => named.get(systemId),
    getAll: () => Object.fromEntries(named),
    inspect: (_observer: Observer<unknown>) => ({ unsubscribe: () => {} }),
    _sendInspectionEvent: (event: { type: string }) => void inspected.push(event.type),
    _relay: (source: AnyActorRef | undefined, target: AnyActorRef, event: EventObject) => {
      calls.push(`relay ${event.type} from ${source?.id ?? 'outside'} to ${target.id}`)
      ;(target as unknown as { _send: (event: EventObject) => void })._send(event)
    },
    scheduler: {
      schedule: (source: AnyActorRef, _target: AnyActorRef, event: EventObject, delay: number, id?: string) =>
        void timers.push({ source, event, delay, id }),
      cancel: (source: AnyActorRef, id: string) => void calls.push(`cancel ${id} of ${source.id}`),
      cancelAll: (source: AnyActorRef) => void calls.push(`cancelAll of ${source.id}`),
    },
    getSnapshot: () => ({ _scheduledEvents: {} }),
    start: () => void calls.push('start'),
    _clock: { setTimeout: vi.fn(), clearTimeout: vi.fn() },
    _logger: () => {},
  }
  const parent = { id: 'root', sessionId: 'root', system, _send: vi.fn() }
  return { calls, named, timers, inspected, system, parent }
}

const waiting = createMachine({
  id: 'w',
  initial: 'waiting',
  states: {
    waiting: { after: { 50: 'late' }, on: { GO: 'end', STAY: 'idle' } },
    late: {},
    idle: {},
    end: { type: 'final' },
  },
})

describe('an actor whose parent carries a system of our own', () => {
  let ours: ReturnType<typeof handMade>
  const make = (options: object = {}) =>
    createActor(waiting, { id: 'task:1', parent: ours.parent as never, ...options } as never)
  beforeEach(() => {
    ours = handMade()
  })

  test('lives in that system, under its own id and a session id that the system booked', () => {
    // Addresses are ours, stable over restarts; session ids are only a counter of the process.
    const actor = make()
    expect(actor.system).toBe(ours.system)
    expect(actor.id).toBe('task:1')
    expect(actor.sessionId).toBe('ours:0')
  })

  test('registers when it starts, and is not the one that starts the system', () => {
    // One root per task, many roots in one system.
    make().start()
    expect(ours.calls).toEqual(['register ours:0'])
  })

  test('hands each delay to the scheduler, named by state and delay', () => {
    // Timers are kept by actor, and the clock of XState is never asked.
    make().start()
    expect(ours.timers).toMatchObject([
      { delay: 50, id: 'xstate.after.50.w.waiting', event: { type: 'xstate.after.50.w.waiting' } },
    ])
    expect(ours.timers[0]?.source.id).toBe('task:1')
    expect(ours.system._clock.setTimeout).not.toHaveBeenCalled()
  })

  test('cancels a delay by its id when it leaves the state', () => {
    // The record drops the timer in the same step.
    const actor = make().start()
    actor.send({ type: 'STAY' })
    expect(ours.calls).toContain('cancel xstate.after.50.w.waiting of task:1')
  })

  test('is moved on by the event of its timer, whoever sends it', () => {
    // After a restart the directory relays the stored event.
    const actor = make().start()
    ours.system._relay(actor as AnyActorRef, actor as AnyActorRef, ours.timers[0]!.event)
    expect(actor.getSnapshot().value).toBe('late')
  })

  test('when it is done cancels all its timers, unregisters, and tells its parent', () => {
    // The system learns of every end, and a finished task leaves nothing in memory.
    const actor = make().start()
    actor.send({ type: 'GO' })
    expect(ours.calls).toEqual([
      'register ours:0',
      'relay GO from outside to task:1',
      'cancel xstate.after.50.w.waiting of task:1',
      'cancelAll of task:1',
      'unregister ours:0',
      'relay xstate.done.actor.task:1 from task:1 to root',
    ])
    expect(ours.parent._send).toHaveBeenCalledTimes(1)
  })

  test('is found by its system id', () => {
    // runtime.system.get('router') is an ordinary actor ref.
    const actor = make({ systemId: 'router' })
    expect(ours.system.get('router')).toBe(actor)
  })

  test('shows its life to the inspector through the system', () => {
    // The inspector's events come from here, so that internal ones can be hidden.
    make().start().send({ type: 'STAY' })
    expect(new Set(ours.inspected)).toEqual(
      new Set(['@xstate.actor', '@xstate.event', '@xstate.action', '@xstate.microstep', '@xstate.snapshot']),
    )
  })

  test('gives the same system to the children it invokes', () => {
    // Descendants are watched in one place.
    const machine = setup({ actors: { job: fromPromise(async () => 1) } }).createMachine({
      invoke: { id: 'job', src: 'job' },
    })
    const actor = createActor(machine, { id: 'task:2', parent: ours.parent as never }).start()
    expect(actor.getSnapshot().children.job?.system).toBe(ours.system)
  })

  test('cannot be stopped by stop(), only by its parent', () => {
    // Passivation goes through _stop().
    const actor = make().start()
    expect(() => actor.stop()).toThrow('A non-root actor cannot be stopped directly.')
    ;(actor as unknown as { _stop: () => void })._stop()
    expect(ours.calls.slice(-2)).toEqual(['cancelAll of task:1', 'unregister ours:0'])
  })
})
