/**
 * What the contract says of tasks, as plain code over arrays and objects. It knows nothing of commits, stores, actors
 * or supervisors: a command changes it at once, and the runtime has to come to the same when it is quiet again.
 */
import { CONCURRENCY, type Failure, FIRST, inOrder, LATEST, patienceOf, type Task } from './task.js'
import type { FlowEvent, Follow, Moment, Spec, Verb } from './words.js'

export class Model {
  tasks: Task[] = []
  seq = 0
  beginnings = 0
  /** Every id there ever was, by arrival: a cause may have been removed. */
  causes = new Map<number, string>()
  /** Who began to run, in order, since the test last looked. */
  starts: { route: string; id: number; attempt: number; round: number }[] = []
  /** Those who begin in one round take slots that are free at once: who of them is first does not matter. */
  round = 0
  /** Flows whose job waits for a slot, in order. */
  resuming: number[] = []

  static copy(model: Model): Model {
    return Object.assign(new Model(), structuredClone({ ...model }))
  }

  of(seq: number): Task {
    return this.tasks.find((task) => task.seq === seq) as Task
  }

  ended({ state, retryAt }: Task): boolean {
    return state === 'FINISHED' || ((state === 'FAILED' || state === 'TERMINATED') && retryAt === null)
  }

  holder(kind: string, key: string | undefined): Task | undefined {
    return key === undefined
      ? undefined
      : this.tasks.find((task) => task.kind === kind && task.key === key && !this.ended(task))
  }

  /** What enqueue answers: the task that is there, or a new one. */
  enqueue(spec: Spec, now: Moment): { task: Task; created: boolean } {
    const named = spec.id === undefined ? undefined : this.tasks.find(({ id }) => id === spec.id)
    const there = named ?? this.holder(spec.kind, spec.key)
    return there ? { task: there, created: false } : { task: this.make(spec, now), created: true }
  }

  make(spec: Spec | Follow, now: Moment, input: unknown = spec.input, cause?: Task['cause']): Task {
    const { attempts = 1, delay = 1_000, timeout, heartbeat, atMostOnce = false, onSuccess, onFailure } = spec as Spec
    const later = spec.in !== undefined && spec.in > 0
    const due = later
      ? ({ hand: 'steady', at: now.steady + (spec.in as number) } as const)
      : spec.runAt !== undefined && spec.runAt > now.wall
        ? ({ hand: 'wall', at: spec.runAt } as const)
        : null
    const task: Task = {
      seq: ++this.seq, id: (spec as Spec).id, kind: spec.kind, input, state: 'NONE', route: spec.route ?? 'default',
      priority: spec.priority ?? 4, runAt: spec.runAt ?? now.wall + (spec.in ?? 0), due,
      expires: spec.expiresIn === undefined ? null : now.steady + spec.expiresIn, attempt: 0, failures: 0, deaths: 0,
      paused: spec.paused ?? false, retryAt: null, history: ['NONE'], group: spec.group, key: spec.key, cause,
      spec: { attempts, delay, timeout, heartbeat, atMostOnce, onSuccess, onFailure }, deadline: null, silentAt: null,
      late: null, mail: [], began: 0, flow: null,
    } // biome-ignore format: a table
    this.tasks.push(task)
    this.enter(task, 'SPOOLED')
    if (due === null) this.fallDue(task)
    return task
  }

  enter(task: Task, state: string): void {
    task.state = state
    task.history.push(state)
    if (task.history.length > FIRST + LATEST) task.history.splice(FIRST, 1)
  }

  fallDue(task: Task): void {
    if (task.state !== 'SPOOLED' || task.paused) return
    task.due = null
    this.enter(task, 'QUEUED')
  }

  /** Slots fill: flows that go on first, then the queue in its order. A flow without a job holds no slot. */
  fill(now: Moment): void {
    this.round++
    while (Object.keys(CONCURRENCY).some((route) => this.fillOne(route, now)));
  }

  fillOne(route: string, now: Moment): boolean {
    if (this.used(route) >= (CONCURRENCY[route] as number)) return false
    const again = this.resuming.find((seq) => this.of(seq).route === route)
    if (again !== undefined) {
      this.resuming.splice(this.resuming.indexOf(again), 1)
      this.startJob(this.of(again))
      return true
    }
    const mine = this.tasks.filter((task) => task.route === route && task.state === 'QUEUED')
    const next = mine.filter(({ paused, late }) => !paused && !late).sort(inOrder)[0]
    if (!next) return false
    if (next.expires !== null && next.expires <= now.steady) this.terminate(next, 'expired', now)
    else this.start(next, now)
    return true
  }

  used(route: string): number {
    return this.tasks.filter((task) => {
      if (task.late) return task.late.route === route
      return task.route === route && this.inFlight(task)
    }).length
  }

  /** It has a processor, or a slot for one. */
  inFlight({ kind, state, flow }: Task): boolean {
    return state === 'RUNNING' && (kind === 'work' || flow?.job === 'started' || flow?.job === 'reserved')
  }

  start(task: Task, now: Moment): void {
    this.enter(task, 'RUNNING')
    task.attempt++
    task.began = ++this.beginnings
    task.expires = null
    task.deadline = task.spec.timeout === undefined ? null : now.steady + task.spec.timeout
    if (task.kind === 'work') {
      task.silentAt = task.spec.heartbeat === undefined ? null : now.steady + task.spec.heartbeat
      this.starts.push({ route: task.route, id: task.seq, attempt: task.attempt, round: this.round })
      return
    }
    task.flow = { value: 'waiting', pokes: 0, patience: now.steady + patienceOf(task.input), job: 'none' }
    while (task.flow && task.mail.length > 0) this.hear(task, task.mail.shift() as FlowEvent, now)
    // It keeps the slot in which it began, if what waited for it set its job in flight.
    if (task.flow?.job === 'wanted') this.startJob(task)
  }

  /** What a restart takes up again begins when that is on disk, if time has not come for it meanwhile. */
  takeUp(): void {
    for (const task of this.tasks) if (task.flow?.job === 'reserved') this.startJob(task)
  }

  startJob(task: Task): void {
    if (!task.flow) return
    task.flow.job = 'started'
    this.starts.push({ route: task.route, id: task.seq, attempt: 0, round: this.round })
  }

  /** One event of a running flow. */
  hear(task: Task, event: FlowEvent, now: Moment): void {
    const { flow } = task
    if (!flow) return
    task.deaths = 0
    if (event === 'POKE') flow.pokes++
    if (event === 'GO' && flow.value === 'waiting')
      Object.assign(flow, { value: 'working', patience: null, job: 'wanted' })
    if (event === 'BREAK' && flow.value === 'waiting')
      this.fail(task, { error: { name: 'Error', message: 'broken' } }, now)
    if (event === 'BACK' && flow.value === 'working')
      Object.assign(flow, { value: 'waiting', patience: now.steady + patienceOf(task.input), job: 'none' })
    if (flow.job === 'none') this.resuming = this.resuming.filter((seq) => seq !== task.seq)
  }

  /** The job of a flow ends: well, and the flow is done; badly, and it waits again. */
  job(task: Task, ok: boolean, now: Moment): void {
    task.deaths = 0
    if (ok) this.finish(task, task.flow?.pokes, [], now)
    else
      Object.assign(task.flow as object, {
        value: 'waiting',
        patience: now.steady + patienceOf(task.input),
        job: 'none',
      })
  }

  finish(task: Task, result: unknown, drafts: readonly Spec[], now: Moment): void {
    this.leave(task, 'FINISHED')
    task.result = result
    this.follow(task, task.spec.onSuccess, result, now)
    for (const draft of drafts)
      if (!this.holder(draft.kind, draft.key) && !this.tasks.some(({ id }) => id !== undefined && id === draft.id))
        this.make(this.ofGroup(draft, task), now, draft.input, { seq: task.seq, state: 'FINISHED' })
  }

  fail(task: Task, how: Failure, now: Moment): void {
    task.error = how.error
    this.unsuccessful(task, 'FAILED', how, now)
  }

  unsuccessful(task: Task, state: string, how: { terminal?: boolean; after?: number }, now: Moment): void {
    this.leave(task, state)
    task.failures++
    if (how.terminal || task.spec.atMostOnce || task.failures >= task.spec.attempts) {
      this.die(task, now)
      return
    }
    const delay = how.after ?? task.spec.delay * 2 ** (task.failures - 1)
    task.due = { hand: 'steady', at: now.steady + delay }
    task.retryAt = now.wall + delay
  }

  terminate(task: Task, reason: string, now: Moment): void {
    this.leave(task, 'TERMINATED')
    task.reason = reason
    task.retryAt = null
    this.die(task, now)
  }

  die(task: Task, now: Moment): void {
    task.due = null
    this.follow(task, task.spec.onFailure, task.error ?? null, now)
  }

  follow(task: Task, follows: readonly Follow[] = [], input: unknown, now: Moment): void {
    for (const follow of follows) {
      if (this.holder(follow.kind, follow.key)) continue
      this.make(this.ofGroup(follow, task), now, follow.input ?? input, { seq: task.seq, state: task.state })
    }
  }

  /** What a task makes is of its group, unless it names another. */
  ofGroup<Made extends Spec | Follow>(made: Made, { group }: Task): Made {
    return made.group === undefined && group !== undefined ? { ...made, group } : made
  }

  leave(task: Task, state: string): void {
    if (task.state === 'RUNNING' && this.ignored(task, state)) task.late = { route: task.route }
    task.deadline = task.silentAt = task.flow = null
    this.resuming = this.resuming.filter((seq) => seq !== task.seq)
    this.enter(task, state)
  }

  /** Set while a command stops runs from outside: they go on, unheard, until they settle. */
  stopping = false
  ignored(task: Task, state: string): boolean {
    return this.stopping && task.kind === 'work' && state === 'TERMINATED'
  }

  snooze(task: Task, ms: number, now: Moment): void {
    if (task.spec.atMostOnce) {
      this.terminate(task, 'interrupted', now)
      return
    }
    this.leave(task, 'SPOOLED')
    task.attempt--
    task.deaths = 0
    task.due = { hand: 'steady', at: now.steady + ms }
    task.runAt = now.wall + ms
  }

  putBack(task: Task, byHand: boolean, now: Moment): void {
    if (byHand) task.failures = 0
    Object.assign(task, { deaths: 0, paused: false, expires: null, due: null, retryAt: null, runAt: now.wall })
    this.enter(task, 'SPOOLED')
    this.fallDue(task)
  }

  /** A stopped run settles at last. */
  release(task: Task): void {
    task.late = null
  }

  /** One verb for one task; false when the task is in no state for it. */
  verb(task: Task, verb: Verb, now: Moment): boolean {
    const waits = task.state === 'SPOOLED' || task.state === 'QUEUED'
    switch (verb) {
      case 'pause':
        if (!waits || task.paused) return false
        task.paused = true
        task.deaths = 0
        return true
      case 'resume':
        if (!waits || !task.paused) return false
        task.paused = false
        this.dueNow(task, now)
        return true
      case 'cancel':
        if (this.ended(task)) return false
        this.stopping = true
        this.terminate(task, 'cancelled', now)
        this.stopping = false
        return true
      case 'retry': {
        const holder = this.holder(task.kind, task.key)
        if (waits || task.state === 'RUNNING' || task.state === 'FINISHED' || (holder && holder !== task)) return false
        this.putBack(task, true, now)
        return true
      }
      case 'remove':
        if (!this.ended(task) || (task.late && !task.late.forgotten)) return false
        this.tasks.splice(this.tasks.indexOf(task), 1)
        return true
    }
  }

  reschedule(task: Task, to: { in?: number; runAt?: number; priority?: number; route?: string }, now: Moment): boolean {
    if (task.state !== 'SPOOLED' && task.state !== 'QUEUED') return false
    if (to.in !== undefined || to.runAt !== undefined) {
      task.runAt = to.runAt ?? now.wall + (to.in as number)
      task.due = null
      task.deaths = 0
      if (to.runAt !== undefined && to.runAt > now.wall) task.due = { hand: 'wall', at: to.runAt }
      if (to.in !== undefined && to.in > 0) task.due = { hand: 'steady', at: now.steady + to.in }
      if (task.due && task.state === 'QUEUED') this.enter(task, 'SPOOLED')
    }
    task.priority = to.priority ?? task.priority
    task.route = to.route ?? task.route
    this.dueNow(task, now)
    return true
  }

  dueNow(task: Task, now: Moment): void {
    if (task.due === null || task.due.at <= now[task.due.hand]) this.fallDue(task)
  }

  send(task: Task, event: FlowEvent, now: Moment): boolean {
    if (this.ended(task)) return false
    if (task.state !== 'RUNNING') task.mail.push(event)
    else this.hear(task, event, now)
    if (task.flow?.job === 'wanted' && !this.resuming.includes(task.seq)) this.resuming.push(task.seq)
    return true
  }

  /** All that time has come for. */
  pass(now: Moment): void {
    const when = (task: Task) =>
      Math.min(...[task.due?.at, task.expires, task.deadline, task.flow?.patience].map((at) => at ?? Infinity))
    // What comes to its end first makes its follow-ups first.
    for (const task of [...this.tasks].sort((a, b) => when(a) - when(b) || a.seq - b.seq)) {
      const { state, due } = task
      const come = due !== null && due.at <= now[due.hand]
      if (state === 'SPOOLED' || state === 'QUEUED') {
        if (task.expires !== null && task.expires <= now.steady) this.terminate(task, 'expired', now)
        else if (state === 'SPOOLED' && come) this.fallDue(task)
      } else if (state === 'RUNNING') {
        const overdue = task.deadline !== null && task.deadline <= now.steady
        const silent = task.silentAt !== null && task.silentAt <= now.steady
        if (overdue || silent) {
          this.stopping = true
          task.reason = overdue ? 'timeout' : 'awol'
          this.unsuccessful(task, 'TERMINATED', {}, now)
          this.stopping = false
        } else if (task.flow?.patience != null && task.flow.patience <= now.steady) {
          this.finish(task, -1 - task.flow.pokes, [], now)
        }
      } else if (task.retryAt !== null && come && (!task.late || task.late.forgotten)) this.putBack(task, false, now)
    }
  }
}
