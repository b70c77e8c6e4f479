/** The seam that the output gate is cut into: when effects run, and what of them passes through the actor's scope. */
import { expect, test, vi } from 'vitest'
import type { AnyActorScope, AnyStateMachine, ExecutableActionObject } from 'xstate'
import { production } from './builds.js'

const {
  assign,
  cancel,
  createActor,
  emit,
  fromCallback,
  log,
  raise,
  sendParent,
  sendTo,
  setup,
  spawnChild,
  stopChild,
} = production

const machine = setup({
  types: { context: {} as { n: number } },
  actors: { watch: fromCallback(() => {}) },
  actions: { custom: (_, _params: { of: string }) => {} },
}).createMachine({
  context: { n: 0 },
  initial: 'idle',
  states: {
    idle: {
      on: {
        ALL: {
          actions: [
            { type: 'custom', params: { of: 'ours' } },
            assign({ n: 1 }),
            raise({ type: 'NOW' }),
            raise({ type: 'LATER' }, { delay: 10, id: 'later' }),
            sendTo(({ self }) => self, { type: 'SENT' }),
            cancel('later'),
            spawnChild('watch', { id: 'child' }),
            stopChild('child'),
            emit({ type: 'told' }),
            log('said'),
          ],
        },
        INVOKE: 'busy',
        INLINE: { actions: () => {} },
      },
    },
    busy: { entry: { type: 'custom', params: { of: 'entry' } }, invoke: { id: 'job', src: 'watch' } },
  },
})

/** One step of the machine with a scope that holds every effect back instead of running it. */
function step(type: string) {
  const actor = createActor(machine).start()
  const held: ExecutableActionObject[] = []
  const deferred: (() => void)[] = []
  const own = (actor as unknown as { _actorScope: AnyActorScope })._actorScope
  const scope: AnyActorScope = {
    ...own,
    actionExecutor: (action) => void held.push(action),
    defer: (effect) => void deferred.push(effect),
  }
  const next = (machine as AnyStateMachine).transition(actor.getSnapshot(), { type }, scope)
  return { actor, next, held, deferred, types: held.map((action) => action.type) }
}

test('custom actions run during the transition, before any subscriber sees the state', () => {
  // Saving from a subscriber is effect first, save after: nothing in holdfast persists from a subscriber.
  const order: string[] = []
  const light = setup({ actions: { shine: () => void order.push('action'), enter: () => void order.push('entry') } })
  const actor = createActor(
    light.createMachine({
      initial: 'off',
      states: { off: { on: { GO: { target: 'on', actions: 'shine' } } }, on: { entry: 'enter' } },
    }),
  ).start()
  actor.subscribe(() => void order.push('subscriber'))
  actor.send({ type: 'GO' })
  expect(order).toEqual(['action', 'entry', 'subscriber'])
})

test('every action but assign reaches the executor of the scope, in order, under its type', () => {
  // The gate classifies effects by these names; assign is part of the snapshot and no effect.
  expect(step('ALL').types).toEqual([
    'custom',
    'xstate.raise',
    'xstate.raise',
    'xstate.sendTo',
    'xstate.cancel',
    'xstate.spawnChild',
    'xstate.stopChild',
    'xstate.emit',
    'xstate.log',
  ])
})

test('an invoke reaches the executor as spawnChild, after the entry actions of its state', () => {
  // An invoke is held until its commit like any other effect.
  expect(step('INVOKE').types).toEqual(['custom', 'xstate.spawnChild'])
})

test('an inline action reaches the executor too', () => {
  // Inline actions are legal in a user's machine.
  const { types, held } = step('INLINE')
  expect(types).toHaveLength(1)
  expect(held[0]?.exec).toBeTypeOf('function')
})

test('an executor that only records leaves the next snapshot complete and no effect done', () => {
  // The step {snapshot, timers, messages} is known before anything of it is visible.
  const { next, held, deferred, actor } = step('INVOKE')
  expect(next.value).toBe('busy')
  expect(next.children).toHaveProperty('job')
  expect(actor.getSnapshot().value).toBe('idle')
  expect(held[0]).toMatchObject({ params: { of: 'entry' }, info: { context: { n: 0 }, event: { type: 'INVOKE' } } })
  expect(deferred).toEqual([])
})

test('the params of a delayed raise and of a cancel carry the delay and the id', () => {
  // From these the gate knows the timers of a step without running it.
  const { held } = step('ALL')
  const of = (type: string) => held.filter((action) => action.type === type).map((action) => action.params)
  expect(of('xstate.raise')[1]).toMatchObject({ event: { type: 'LATER' }, delay: 10, id: 'later' })
  expect(of('xstate.cancel')[0]).toEqual({ sendId: 'later' })
  expect(of('xstate.sendTo')[0]).toMatchObject({ event: { type: 'SENT' }, delay: undefined })
})

test('a held effect that is run later goes through defer of the scope it was made with', () => {
  // After the commit the gate runs what it held, and then what that deferred: timers are armed only here.
  const { held, deferred, actor } = step('ALL')
  const schedule = vi.spyOn(actor.system.scheduler, 'schedule')
  for (const { type, exec, info, params } of held) if (type === 'xstate.raise') exec?.(info, params)
  expect(schedule).not.toHaveBeenCalled()
  for (const effect of deferred) effect()
  expect(schedule).toHaveBeenCalledExactlyOnceWith(actor, actor, { type: 'LATER' }, 10, 'later')
  actor.stop()
})

test('initial actions wait until start()', () => {
  // The first snapshot is committed between createActor() and start().
  const entered = vi.fn()
  const actor = createActor(setup({ actions: { entered } }).createMachine({ entry: 'entered' }))
  expect(actor.getSnapshot().status).toBe('active')
  expect(entered).not.toHaveBeenCalled()
  actor.start()
  expect(entered).toHaveBeenCalledTimes(1)
})

test('a machine decorated with Object.create is run as the machine it is made of', () => {
  // This is how a machine is made durable; provide() on it gives back the plain one, so it is decorated last.
  const seen: string[] = []
  const durable: AnyStateMachine = Object.create(machine, {
    transition: {
      value: (snapshot: never, event: { type: string }, scope: AnyActorScope) => {
        seen.push(event.type)
        return (machine as AnyStateMachine).transition(snapshot, event, scope)
      },
    },
  })
  const actor = createActor(durable).start()
  actor.send({ type: 'INVOKE' })
  expect(seen).toEqual(['INVOKE'])
  expect(actor.getSnapshot().value).toBe('busy')
  expect(durable.implementations).toBe(machine.implementations)
  expect(JSON.stringify(durable.definition)).toBe(JSON.stringify(machine.definition))
  createActor(durable.provide({})).start().send({ type: 'INVOKE' })
  expect(seen).toEqual(['INVOKE'])
})

test('an exception inside transition stops the actor and its record says error', () => {
  // The gate turns it into a committed error; left alone the actor would be lost.
  const broken = setup({ guards: { bad: () => JSON.parse('{') } }).createMachine({ on: { GO: { guard: 'bad' } } })
  const actor = createActor(broken).start()
  const error = vi.fn()
  actor.subscribe({ error })
  actor.send({ type: 'GO' })
  expect(error).toHaveBeenCalledTimes(1)
  expect(actor.getSnapshot().status).toBe('error')
})

test('sendParent is a sendTo whose target is the parent of self', () => {
  // A message from one durable actor to another is known by its target ref.
  const child = setup({}).createMachine({ entry: sendParent({ type: 'HELLO' }) })
  const got = vi.fn()
  const parent = setup({ actors: { child }, actions: { got } }).createMachine({
    invoke: { src: 'child' },
    on: { HELLO: { actions: 'got' } },
  })
  createActor(parent).start()
  expect(got).toHaveBeenCalledTimes(1)
})
