/** What the model says of ends: of a process, of its disk, and of a commit that was in flight. */
import { Model } from './model.js'
import { CONCURRENCY, DEATHS } from './task.js'
import type { CrashKind, Moment } from './words.js'

/** A clean stop: functions that run are interrupted and kept; flows stay where they are. */
export function drain(model: Model, now: Moment): void {
  const running = model.tasks.filter(({ state, kind }) => state === 'RUNNING' && kind === 'work')
  for (const task of model.tasks) if (task.state === 'QUEUED') task.deaths = 0
  for (const task of running.sort((a, b) => a.began - b.began)) {
    task.deaths = 0
    if (task.spec.atMostOnce) model.terminate(task, 'interrupted', now)
    else model.leave(task, 'QUEUED')
  }
}

/** Another process takes over what is on disk, in the order of the store: functions begin again, flows go on. */
export function restart(model: Model, how: CrashKind, now: Moment): void {
  for (const task of model.tasks) task.late = null
  takeOver(model, how, new Set(), now)
}

/** The disk was away and is back: what it holds decides, and the runs that live go on. */
export function recover(model: Model, alive: ReadonlySet<string | undefined>, now: Moment): void {
  for (const task of model.tasks) {
    // A run that was stopped keeps its slot, and its task from starting again; nothing else remembers it.
    if (task.late) task.late.forgotten = true
    if (task.silentAt !== null) task.silentAt = now.steady + (task.spec.heartbeat as number)
  }
  takeOver(model, 'power', alive, now)
}

function takeOver(model: Model, how: CrashKind, alive: ReadonlySet<string | undefined>, now: Moment): void {
  model.starts = []
  model.resuming = []
  const inFlight = model.tasks.filter(
    ({ id, state, kind, flow }) =>
      state === 'RUNNING' && (kind === 'work' ? !alive.has(id) : flow?.value === 'working'),
  )
  for (const task of inFlight.sort((a, b) => ((a.id as string) < (b.id as string) ? -1 : 1))) {
    task.deaths = how === 'stop' ? 0 : task.deaths + (how === 'kill' ? 1 : 0)
    if (task.spec.atMostOnce || task.deaths > DEATHS) model.terminate(task, 'interrupted', now)
    else if (!task.flow) model.leave(task, 'QUEUED')
    else task.flow.job = 'wanted'
  }
  // What was in flight has its slot again before the queue is served, if there is one.
  for (const { seq, route, flow } of inFlight) {
    if (!flow) continue
    const free = model.used(route) < (CONCURRENCY[route] as number)
    flow.job = free ? 'reserved' : 'wanted'
    if (!free) model.resuming.push(seq)
  }
}

/**
 * The worlds in which all of those who may begin now have begun, or only some: who sleeps on disk is read first and
 * begins in a later commit.
 */
export function starting(model: Model, now: Moment): Model[] {
  const all = Model.copy(model)
  all.fill(now)
  const begun = all.tasks.filter(({ seq, began }) => began > (model.tasks.find((task) => task.seq === seq)?.began ?? 0))
  return Array.from({ length: 2 ** begun.length }, (_, without) => {
    const world = Model.copy(model)
    begun.forEach(({ seq }, i) => {
      if (((without >> i) & 1) === 0 && world.of(seq)) world.start(world.of(seq), now)
    })
    return world
  })
}
