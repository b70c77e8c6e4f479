/** What an XState snapshot keeps when it is written to disk, and what it loses. */
import { expect, test } from 'vitest'
import { development, production } from './builds.js'

const { assign, createActor, createMachine, fromTransition, sendTo, spawnChild } = production

const viaDisk = <T>(value: T): T => JSON.parse(JSON.stringify(value))

const lamp = createMachine({
  id: 'lamp',
  version: '7',
  context: { presses: 0 },
  initial: 'off',
  states: {
    off: { on: { PRESS: { target: 'on', actions: assign({ presses: ({ context }) => context.presses + 1 }) } } },
    on: { after: { 1000: 'off' } },
  },
})

test('a persisted snapshot holds status, output, error, value, historyValue, context, children and nothing else', () => {
  // The record is an envelope of our own: format, kind, version and timers are not in the snapshot.
  const actor = createActor(lamp).start()
  actor.send({ type: 'PRESS' })
  const persisted = actor.getPersistedSnapshot()
  expect(Object.keys(persisted).sort()).toEqual(
    ['children', 'context', 'error', 'historyValue', 'output', 'status', 'value'].sort(),
  )
  expect(viaDisk(persisted)).toEqual({
    status: 'active',
    value: 'on',
    historyValue: {},
    context: { presses: 1 },
    children: {},
  })
  actor.stop()
})

test('an inline spawned child comes back from disk as an actor with no logic at all', () => {
  // Registration refuses inline actor logic: nothing at run time would say that the child is lost.
  const job = fromTransition((count: number) => count + 1, 0)
  const parent = createMachine({ entry: spawnChild(job, { id: 'child' }) })
  const persisted = createActor(parent).start().getPersistedSnapshot()
  const restored = createActor(parent, { snapshot: viaDisk(persisted) }).start()
  const child = restored.getSnapshot().children.child as unknown as { logic: object }
  expect(restored.getSnapshot().status).toBe('active')
  expect(job.transition).toBeTypeOf('function')
  expect(child.logic).toEqual({})
})

test('only the development build of XState refuses to persist an inline spawned child', () => {
  // The linter must do it: a daemon runs the production build, which says nothing.
  const job = development.fromTransition((count: number) => count + 1, 0)
  const parent = development.createMachine({ entry: development.spawnChild(job, { id: 'child' }) })
  const actor = development.createActor(parent).start()
  expect(() => actor.getPersistedSnapshot()).toThrow('An inline child actor cannot be persisted.')
})

test('an inline invoke is stored by its position, so a reordered config restores the other logic', () => {
  // Registration refuses inline invokes: a harmless looking edit would run the wrong logic.
  const counting = (step: number) => fromTransition((count: number) => count + step, 0)
  const one = counting(1)
  const ten = counting(10)
  const machine = (first: typeof one, second: typeof one) =>
    createMachine({
      initial: 'busy',
      states: {
        busy: {
          invoke: [{ src: first }, { src: second }],
          on: {
            POKE: { actions: sendTo(({ self }) => Object.values(self.getSnapshot().children)[0]!, { type: 'x' }) },
          },
        },
      },
    })
  const persisted = createActor(machine(one, ten)).start().getPersistedSnapshot()
  const reordered = createActor(machine(ten, one), { snapshot: viaDisk(persisted) }).start()
  reordered.send({ type: 'POKE' })
  const [child] = Object.values(reordered.getSnapshot().children)
  expect(child?.getSnapshot().context).toBe(10)
})

test('an Error in a persisted snapshot is an empty object after JSON', () => {
  // Errors are stored as { name, message, code, stack }.
  const failing = createActor(
    createMachine({
      context: () => {
        throw new Error('no input')
      },
    }),
  )
  const persisted = failing.getPersistedSnapshot()
  expect(persisted).toMatchObject({ status: 'error', error: expect.any(Error) })
  expect(viaDisk(persisted)).toMatchObject({ status: 'error', error: {} })
})

test('a JSON context is one object shared by every actor of the machine', () => {
  // The context of a JSON config is copied for each task.
  const machine = createMachine({ context: { list: [] as number[] } })
  const first = createActor(machine).start()
  const second = createActor(machine).start()
  expect(first.getSnapshot().context.list).toBe(second.getSnapshot().context.list)
})
