/** The fast path: stepping the task machine with one shared scope is the same as an actor of its own for each task. */
import { expect, test } from 'vitest'
import { createActor } from 'xstate'
import { type TaskContext, type TaskEvent, taskMachine } from '../../../machines/index.js'
import { advance, mayStart, type Port, snapshotOf } from '../../../src/runtime/lifecycle.js'
import { events, fresh, stamp } from '../../machines/task.events.js'
import { everyTransition, type Scenario, simplePaths } from '../../machines/walk.js'

type Step = { state: unknown; context: TaskContext; ports: Port[] }

/** As the runtime does it: no actor, and the snapshot may have been on disk in between. */
function stepped(path: readonly TaskEvent[], over: Partial<TaskContext>): Step[] {
  let snapshot = snapshotOf('NONE', { ...fresh, ...over })
  return path.map((event, n) => {
    const moved = advance(snapshot, stamp(event, n))
    snapshot = moved?.snapshot ?? snapshot
    const step = { state: snapshot.value, context: snapshot.context, ports: [...(moved?.ports ?? [])] }
    snapshot = snapshotOf(snapshot.value, snapshot.context)
    return step
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
  expect(advance(snapshotOf('SPOOLED', fresh), stamp(events.finish, 0))).toBeUndefined()
  expect(advance(snapshotOf('FINISHED', fresh), stamp(events.cancel, 0))).toBeUndefined()
})

test('a step changes nothing of the snapshot before it', () => {
  const before = snapshotOf('SPOOLED', Object.freeze({ ...fresh, history: Object.freeze([...fresh.history]) }))
  const text = JSON.stringify(before)
  const moved = advance(before, stamp(events.due, 1))
  expect(moved?.snapshot.value).toBe('QUEUED')
  expect(JSON.stringify(before)).toBe(text)
})

test('two tasks that step at the same time do not see each other', () => {
  const [one, other] = [snapshotOf('QUEUED', { ...fresh, id: 'one' }), snapshotOf('QUEUED', { ...fresh, id: 'other' })]
  const [a, b] = [advance(one, stamp(events.start, 1)), advance(other, stamp(events.cancel, 1))]
  expect([a?.snapshot.context.id, a?.ports]).toEqual(['one', [{ type: 'run' }]])
  expect([b?.snapshot.context.id, b?.ports]).toEqual(['other', [{ type: 'settle' }]])
})

test('a task may start when it is queued and not held', () => {
  expect(mayStart(snapshotOf('QUEUED', fresh))).toBe(true)
  expect(mayStart(snapshotOf('QUEUED', { ...fresh, paused: true }))).toBe(false)
  expect(mayStart(snapshotOf('SPOOLED', fresh))).toBe(false)
})

const names = (path: readonly TaskEvent[]) => path.map(({ type }) => type).join(' → ')
