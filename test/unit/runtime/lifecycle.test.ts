/** The fast path: stepping the task machine with one shared scope is the same as an actor of its own for each task. */
import { expect, test } from 'vitest'
import { createActor } from 'xstate'
import { type TaskContext, type TaskEvent, taskMachine } from '../../../machines/index.js'
import { advance, mayStart, type Port, type Standing, snapshotOf } from '../../../src/runtime/lifecycle.js'
import { events, fresh, stamp } from '../../machines/task.events.js'
import { everyTransition, type Scenario, simplePaths } from '../../machines/walk.js'

type Step = { state: unknown; context: TaskContext; ports: Port[] }

/** As the runtime does it: no actor, and the snapshot may have been on disk in between. */
function stepped(path: readonly TaskEvent[], over: Partial<TaskContext>): Step[] {
  let standing: Standing = { state: 'NONE', context: { ...fresh, ...over } }
  return path.map((event, n) => {
    const moved = advance(standing.state, standing.context, stamp(event, n))
    standing = moved ?? standing
    return { state: standing.state, context: standing.context, ports: [...(moved?.ports ?? [])] }
  })
}

const ports: Port[] = []
const port = (type: Port['type']) => (_: unknown, params: unknown) =>
  void ports.push({ type, ...(params as object) } as Port)
const recording = taskMachine.provide({
  actions: { run: port('run'), abort: port('abort'), settle: port('settle') } as never,
})

/** As XState does it. */
function acted(path: readonly TaskEvent[], over: Partial<TaskContext>): Step[] {
  const actor = createActor(recording, { input: { ...fresh, ...over } }).start()
  const steps = path.map((event, n) => {
    if (actor.getSnapshot().status === 'active') actor.send(stamp(event, n))
    const { value, context } = actor.getSnapshot()
    return { state: value, context, ports: ports.splice(0) }
  })
  actor.stop()
  return steps
}

const scenario = (over: Partial<TaskContext>): Scenario<TaskEvent> => ({
  machine: taskMachine,
  input: { ...fresh, ...over },
  events: Object.values(events),
  node: ({ value, context }) => [
    value,
    context.failures,
    context.interruptions,
    context.paused,
    context.pending,
    context.retryAt === null,
  ],
  stop: ({ context }) => context.failures > 1 || context.interruptions > 1,
})

test.each([
  ['a plain task', {}],
  ['a task of at most once', { atMostOnce: true }],
  ['a paused task', { paused: true }],
  ['a task that waits for others', { pending: 2 }],
])('%s moves the same way with and without an actor, from every state by every event', (_, over) => {
  const paths = everyTransition(scenario(over))
  expect(paths.length).toBeGreaterThan(100)
  for (const path of paths) expect(stepped(path, over), names(path)).toEqual(acted(path, over))
})

test('every simple path is the same with and without an actor', () => {
  const few = ['accept', 'due', 'start', 'finish', 'fail', 'timeout', 'snooze', 'killed', 'cancel', 'retry'] as const
  const paths = simplePaths<TaskEvent>({ ...scenario({}), events: few.map((name) => events[name]) })
  expect(paths.length).toBeGreaterThan(50)
  for (const path of paths) expect(stepped(path, {}), names(path)).toEqual(acted(path, {}))
})

test('an event that means nothing gives nothing, and asks for nothing', () => {
  expect(advance('SPOOLED', fresh, stamp(events.finish, 0))).toBeUndefined()
  expect(advance('FINISHED', fresh, stamp(events.cancel, 0))).toBeUndefined()
})

test('a step changes nothing of the context before it', () => {
  const before = Object.freeze({ ...fresh, history: Object.freeze([...fresh.history]) })
  const text = JSON.stringify(before)
  expect(advance('SPOOLED', before, stamp(events.due, 1))?.state).toBe('QUEUED')
  expect(JSON.stringify(before)).toBe(text)
})

test('two tasks that step at the same time do not see each other', () => {
  const [one, other] = [
    { ...fresh, id: 'one' },
    { ...fresh, id: 'other' },
  ]
  const [a, b] = [advance('QUEUED', one, stamp(events.start, 1)), advance('QUEUED', other, stamp(events.cancel, 1))]
  expect([a?.context.id, a?.ports]).toEqual(['one', [{ type: 'run' }]])
  expect([b?.context.id, b?.ports]).toEqual(['other', [{ type: 'settle' }]])
})

test('a task may start when it is queued and not held', () => {
  expect(mayStart({ state: 'QUEUED', context: fresh })).toBe(true)
  expect(mayStart({ state: 'QUEUED', context: { ...fresh, paused: true } })).toBe(false)
  expect(mayStart({ state: 'SPOOLED', context: fresh })).toBe(false)
})

test('the snapshot of a standing is the one that an actor restored from it has', () => {
  for (const state of ['NONE', 'QUEUED', 'FINISHED', 'FAILED'] as const) {
    const restored = createActor(taskMachine, {
      snapshot: taskMachine.resolveState({ value: state, context: fresh }),
      input: fresh,
    })
    expect(JSON.stringify(snapshotOf(state, fresh))).toBe(JSON.stringify(restored.getSnapshot()))
  }
})

const names = (path: readonly TaskEvent[]) => path.map(({ type }) => type).join(' → ')
