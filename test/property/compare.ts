/** What the runtime shows, against what the model says. */
import { expect } from 'vitest'
import type { TaskView } from '../../src/runtime/task-view.js'
import type { Model } from './model.js'
import type { Rig } from './rig.js'
import { CONCURRENCY, type Task } from './task.js'

const STATES = ['SPOOLED', 'QUEUED', 'RUNNING', 'FINISHED', 'FAILED', 'TERMINATED'] as const

export async function compare(model: Model, rig: Rig): Promise<void> {
  const views = await everything(rig)
  name(model, views)
  const [shown, expected] = both(model, views, rig)
  if (JSON.stringify(shown) !== JSON.stringify(expected)) expect(shown).toEqual(expected)
  compareStarts(model, rig)
  await compareCounts(model, rig)
  expect(rig.complaints).toEqual([])
}

/** The one of several worlds that the runtime is in after they went on; the first when it is in none of them. */
export async function matching<Way extends { readonly world: Model }>(
  ways: readonly Way[],
  rig: Rig,
  goOn: (way: Way) => void,
): Promise<Model> {
  const views = await everything(rig)
  for (const way of ways) {
    const { world } = way
    // What was made before the end has its name before the order of names counts.
    name(world, views)
    goOn(way)
    name(world, views)
    const [shown, expected] = both(world, views, rig)
    if (JSON.stringify(shown) === JSON.stringify(expected)) return world
  }
  return (ways[0] as Way).world
}

function both(model: Model, views: readonly TaskView[], { clock }: Rig): [shown: object, expected: object] {
  const ahead = clock.wall() - clock.steady()
  return [
    Object.fromEntries(views.map((view) => [view.id, ofView(view)])),
    Object.fromEntries(model.tasks.map((task) => [task.id, ofTask(task, model, ahead)])),
  ]
}

async function everything({ runtime }: Rig): Promise<TaskView[]> {
  const views: TaskView[] = []
  let cursor: string | undefined
  do {
    const page = await runtime.find({ limit: 7, ...(cursor === undefined ? {} : { cursor }) })
    views.push(...page.items)
    cursor = page.cursor
  } while (cursor !== undefined)
  return views.sort((a, b) => (a.id < b.id ? -1 : 1))
}

/** Tasks that nobody asked for by hand get the ids the runtime gave them, told apart by cause and input. */
function name(model: Model, views: readonly TaskView[]): void {
  const known = new Set(model.tasks.map(({ id }) => id))
  const strange = views.filter(({ id }) => !known.has(id))
  const face = (kind: string, input: unknown, cause: string | undefined) =>
    JSON.stringify([kind, withoutStack(input), cause ?? null])
  for (const task of model.tasks) {
    if (task.id !== undefined) continue
    const cause = task.cause && model.causes.get(task.cause.seq)
    const mine = face(task.kind, task.input, cause)
    const at = strange.findIndex((view) => face(view.kind, view.input, view.cause?.id) === mine)
    if (at >= 0) task.id = strange.splice(at, 1)[0]?.id
  }
  for (const { seq, id } of model.tasks) if (id !== undefined) model.causes.set(seq, id)
  model.tasks.sort((a, b) => ((a.id ?? '') < (b.id ?? '') ? -1 : 1))
}

function ofView(view: TaskView): object {
  const { state, machine } = view
  return {
    kind: view.kind,
    state,
    route: view.route,
    priority: view.priority,
    input: withoutStack(view.input),
    attempt: view.attempt,
    attempts: view.attempts,
    paused: view.paused,
    runAt: view.runAt,
    retryAt: view.retryAt,
    group: view.group,
    key: view.key,
    cause: view.cause?.id,
    outcome: { FINISHED: view.result, FAILED: view.error?.message, TERMINATED: view.reason }[state as string],
    ended: view.endedAt !== undefined,
    flow: machine && [machine.value, (machine.context as { pokes: number }).pokes],
    timers: machine?.timers.map(({ due }) => due),
    history: view.history.map((entry) => entry.state),
  }
}

function ofTask(task: Task, model: Model, ahead: number): object {
  const { state, flow } = task
  const iso = (ms: number) => new Date(ms).toISOString()
  return {
    kind: task.kind,
    state,
    route: task.route,
    priority: task.priority,
    input: task.input,
    attempt: task.attempt,
    attempts: task.spec.attempts,
    paused: task.paused,
    runAt: iso(task.runAt),
    retryAt: task.retryAt === null ? undefined : iso(task.retryAt),
    group: task.group,
    key: task.key,
    cause: task.cause && model.causes.get(task.cause.seq),
    outcome: { FINISHED: task.result, FAILED: task.error?.message, TERMINATED: task.reason }[state],
    ended: model.ended(task),
    flow: flow ? [flow.value, flow.pokes] : undefined,
    timers: flow ? (flow.patience === null ? [] : [iso(flow.patience + ahead)]) : undefined,
    history: task.history,
  }
}

/** Within a route, the runs began in the order of the model. */
function compareStarts(model: Model, rig: Rig): void {
  const expected = model.starts.map(({ id, attempt, ...where }) => ({
    ...where,
    run: `${model.causes.get(id)}#${attempt}`,
  }))
  const known = new Map(expected.map((start) => [start.run, start]))
  const seen = rig.starts.map(({ id, attempt }) => known.get(`${id}#${attempt}`) ?? { run: `${id}#${attempt}` })
  const routes = (starts: readonly object[]) =>
    Object.keys(CONCURRENCY).map((name) => starts.filter((start) => 'route' in start && start.route === name))
  const rounds = (starts: typeof seen) =>
    routes(starts).map((each) => each.map((start) => 'round' in start && start.round))
  const order = (a: { run: string }, b: { run: string }) => (a.run < b.run ? -1 : 1)
  expect([...seen].sort(order)).toEqual([...expected].sort(order))
  // Who awaited the end of a task has been told.
  const ended = model.tasks.filter((task) => model.ended(task) && rig.awaited.get(task.id as string) === false)
  expect(ended.map(({ id }) => id)).toEqual([])
  // Their processors have been called, and nobody else's.
  const running = model.tasks.filter((task) => task.late || model.inFlight(task))
  const there = new Set(model.tasks.map(({ id }) => id))
  expect([...rig.live.keys()].filter((id) => there.has(id)).sort()).toEqual(running.map(({ id }) => id).sort())
  expect(rounds(seen), 'the order of starts').toEqual(rounds(expected))
  model.starts = []
  rig.starts = []
}

async function compareCounts(model: Model, { runtime }: Rig): Promise<void> {
  for (const state of STATES) {
    const count = await runtime.count({ state })
    expect({ state, count }).toEqual({ state, count: model.tasks.filter((task) => task.state === state).length })
  }
  const [red, paused] = [await runtime.count({ group: 'red' }), await runtime.count({ paused: true, kind: 'work' })]
  expect({ red, paused }).toEqual({
    red: model.tasks.filter(({ group }) => group === 'red').length,
    paused: model.tasks.filter((task) => task.paused && task.kind === 'work').length,
  })
}

/** The error that a follow-up gets as its input has a stack, which no model can foretell. */
function withoutStack(input: unknown): unknown {
  if (typeof input !== 'object' || input === null || !('stack' in input)) return input
  const { stack: _, ...rest } = input
  return rest
}
