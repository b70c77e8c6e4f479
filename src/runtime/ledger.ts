/**
 * The ledger: every step of every task goes through it. A step moves the task in memory, joins the commit that is
 * filling, and says what is to happen when that commit is on disk; nothing happens before.
 */
import type { Now, TaskContext, TaskEvent, TaskState } from '../../machines/index.js'
import type { Clock } from '../kernel/clock.js'
import { Directory } from '../kernel/directory.js'
import { heeded, tell } from '../kernel/telemetry.js'
import type { Dues, Timetable } from '../kernel/timetable.js'
import { dedupeKey, dueKey, keyOf, ordered, placesOf, type RecordClass, type TaskLane } from '../model/keys.js'
import type { Batch } from '../store/batch.js'
import type { GroupCommit } from '../store/commit.js'
import { Committed, Settled } from './effects.js'
import { Ends } from './ends.js'
import { type Advance, advance, type Port, shownOf, type TaskSnapshot } from './lifecycle.js'
import { Observers } from './observers.js'
import type { Settings } from './options.js'
import { PutOff } from './put-off.js'
import type { TaskUnit, UnitHost } from './unit.js'

/** A wait shorter than this stays in memory; a longer one sleeps on disk. */
const DORMANT_MS = 10_000
/** Inputs longer than this leave memory when they are on disk. */
export const LARGE_INPUT = 4096

/** What the ledger has played by others. */
export interface LedgerPorts {
  /** The indexes follow: called within the step. */
  moved(unit: TaskUnit, from: TaskState, before: TaskContext): void
  /** The task came to its end: follow-ups join the same commit. Called within the step. */
  ended(unit: TaskUnit): void
  /** A processor takes the task: a machine begins within the step, a function after the commit. */
  run(unit: TaskUnit): void
  /** After the commit: the run is told to stop. */
  abort(unit: TaskUnit, reason: string): void
  /** After the commit: whoever waits for the end is told. */
  settle(unit: TaskUnit): void
  watched(id: string): boolean
  /** The record of a task cannot be read: it was set aside, in the commit that is filling. */
  aside(id: string): void
  /** After the commit: whoever watches is shown. */
  show(id: string, snapshot: TaskSnapshot): void
  showMachine(id: string, snapshot: unknown): void
  /** It is neither needed nor ahead of the disk. */
  asleep(unit: TaskUnit): void
}

export interface Counters {
  /** Arrivals so far. */
  seq: number
  /** Emitted events so far. */
  emitted: number
}

export class Ledger implements UnitHost {
  readonly settings: Settings
  readonly clock: Clock
  readonly commit: GroupCommit
  readonly directory: Directory<TaskUnit>
  readonly tables: Readonly<Record<TaskLane, Timetable>>
  readonly counters: Counters = { seq: 0, emitted: 0 }
  readonly observers = new Observers()
  readonly ends: Ends
  /** Steps that no commit has yet. */
  readonly putOff = new PutOff(this)
  ports!: LedgerPorts

  constructor(parts: {
    settings: Settings
    clock: Clock
    commit: GroupCommit
    tables: Readonly<Record<TaskLane, Timetable>>
    read: (ids: readonly string[]) => Promise<(TaskUnit | undefined)[]>
  }) {
    this.settings = parts.settings
    this.clock = parts.clock
    this.commit = parts.commit
    this.tables = parts.tables
    this.ends = new Ends(parts.clock)
    this.directory = new Directory(parts.settings.limits.live, parts.read)
  }

  now(): Now {
    return { wall: this.clock.wall(), steady: this.clock.steady() }
  }

  /** One transition of a task; false when the event means nothing in its state. */
  step(unit: TaskUnit, event: TaskEvent): boolean {
    return unit.lazy ? this.commit.lazily(() => this.#step(unit, event)) : this.#step(unit, event)
  }

  /** A step that asks for nothing and does not end the task: it is written, and told, with its next one. */
  stepLater(unit: TaskUnit, event: TaskEvent): void {
    const { state: from, context: before } = unit
    const moved = this.#move(unit, event)
    if (!moved) return
    this.putOff.add(unit, { event: event.type, from, to: moved.state, context: moved.context })
    this.ports.moved(unit, from, before)
  }

  #step(unit: TaskUnit, event: TaskEvent): boolean {
    const from = unit.state
    const before = unit.context
    const wasEnded = unit.ended
    const moved = this.#move(unit, event)
    if (!moved) return false
    this.join(unit)
    // Before its ports: a machine may come to its end while its port is played, and that is a step of its own.
    this.#tell(unit, event.type, from, moved.state, moved.context)
    this.ports.moved(unit, from, before)
    if (unit.ended && !wasEnded) {
      this.#tellEnd(unit)
      this.ports.ended(unit)
    }
    for (const port of moved.ports) this.#play(unit, port)
    return true
  }

  /** In memory only. */
  #move(unit: TaskUnit, event: TaskEvent): Advance | undefined {
    const from = unit.state
    const moved = advance(from, unit.context, event)
    if (!moved) return undefined
    unit.state = moved.state
    unit.context = moved.context
    if (heeded('task.step')) this.#tellStep(unit, event.type, from)
    return moved
  }

  /** The unit's state as of the commit's leaving is part of it. */
  join(unit: TaskUnit): void {
    if (unit.dirty) return
    unit.dirty = true
    if (unit.lazy) this.commit.lazily(() => this.#join(unit))
    else this.#join(unit)
  }

  #join(unit: TaskUnit): void {
    this.commit.join(unit)
    const step = this.putOff.take(unit)
    if (step) this.#tell(unit, step.event, step.from, step.to, step.context)
  }

  /** What a task asks of the commit; what may be lost hurries none. */
  paced(unit: TaskUnit, work: () => unknown): void {
    if (unit.lazy) this.commit.lazily(work)
    else work()
  }

  /** Keeps an event for whoever watches, in the commit that is filling; a ring of the latest is kept. */
  emit(unit: TaskUnit, event: { readonly type: string }): void {
    const seq = ++this.counters.emitted
    const runId = `${unit.id}#${unit.context.attempt}`
    const kept = { taskId: unit.id, kind: unit.kind.name, runId, seq, at: this.clock.wall(), event }
    this.commit.put(keyOf('emitted', ordered(seq)), JSON.stringify(kept))
    const oldest = seq - this.settings.limits.emitted
    if (oldest > 0) this.commit.del(keyOf('emitted', ordered(oldest)))
    this.commit.after(() => {
      tell('task.emitted', () => kept)
      this.observers.emitted(kept)
    })
  }

  // What is told stands in methods of its own: a step that nobody listens to makes no functions.
  #tellStep({ id, kind, state: to }: TaskUnit, event: string, from: TaskState): void {
    tell('task.step', () => ({ id, kind: kind.name, event, from, to }))
  }

  /** Whoever listens when a step joins its commit hears of it when that is on disk. */
  #tell(unit: TaskUnit, event: string, from: TaskState, to: TaskState, context: TaskContext): void {
    if (heeded('task.committed')) this.#tellCommitted(unit, from, to)
    if (this.observers.any) this.#observe(unit, event, from, to, context)
    if (this.ports.watched(unit.id)) this.#show(unit.id, shownOf(to, context))
  }

  #tellCommitted({ id, kind }: TaskUnit, from: TaskState, to: TaskState): void {
    this.commit.effect(new Committed({ id, kind: kind.name, from, to }))
  }

  #tellAsleep({ id }: TaskUnit): void {
    tell('task.passivated', () => ({ id }))
  }

  #show(id: string, snapshot: TaskSnapshot): void {
    this.commit.after(() => this.ports.show(id, snapshot))
  }

  /** An end without a result, once it is on disk. */
  #tellEnd({ id, kind: { name: kind }, state, context: { attempt, error, reason } }: TaskUnit): void {
    if (state === 'FAILED' && heeded('task.failed')) {
      this.commit.after(() => tell('task.failed', () => ({ id, kind, attempt, error })))
    } else if (state === 'TERMINATED' && heeded('task.terminated')) {
      this.commit.after(() => tell('task.terminated', () => ({ id, kind, attempt, reason })))
    }
  }

  #observe(unit: TaskUnit, event: string, from: TaskState, to: TaskState, context: TaskContext): void {
    const { id, kind, extras } = unit
    const fact = { id, kind: kind.name, route: context.route, from, to, context, extras, event }
    this.commit.after(() => this.observers.moved(fact))
  }

  write(unit: TaskUnit, batch: Batch): void {
    const { id, extras } = unit
    const waits = unit.waits
    const to = this.#classOf(unit, waits)
    const from = unit.stored
    unit.dirty = false
    unit.flying++
    if (to === 'ended' || unit.indexed) this.ends.moved(unit, to)
    if (from !== undefined && from !== to) batch.del(keyOf(from, id))
    batch.put(keyOf(to, id), unit.encode())
    if (unit.fresh) {
      batch.put(keyOf('input', id), unit.input as string)
      for (const place of placesOf(id, extras)) batch.put(place, '')
      unit.fresh = false
    }
    if (unit.alias !== undefined && from !== 'ended') this.#rename(unit, to, batch)
    else if (extras.key !== undefined && from !== to) {
      if (to === 'ended') batch.del(dedupeKey(unit.kind.name, extras.key))
      else if (from === undefined || from === 'ended') batch.put(dedupeKey(unit.kind.name, extras.key), id)
    }
    this.#writeDues(unit, to, waits, batch)
    unit.stored = to
    unit.alias = undefined
  }

  /** The first writing of a task whose kind was renamed takes its key along. */
  #rename({ kind, alias, extras: { key }, id }: TaskUnit, to: RecordClass, batch: Batch): void {
    if (key === undefined) return
    batch.del(dedupeKey(alias as string, key))
    if (to === 'ended') batch.del(dedupeKey(kind.name, key))
    else batch.put(dedupeKey(kind.name, key), id)
  }

  /** A batch is on disk and its effects have run: what nobody needs leaves memory. The next may be on its way. */
  tidy(units: Iterable<TaskUnit>): void {
    for (const unit of units) {
      unit.flying--
      const kept = !unit.fresh && !unit.dirty && unit.flying === 0
      if (kept && unit.input !== undefined && unit.input.length > LARGE_INPUT) unit.input = undefined
      // When memory is full, those that just came sleep: those before them are up first.
      const leaves = (unit.stored !== 'live' || this.directory.full) && !unit.pinned()
      if (leaves && this.directory.resident(unit.id) === unit) {
        this.directory.drop(unit.id)
        unit.passivated()
        if (unit.stored !== 'ended') this.#tellAsleep(unit)
      }
    }
  }

  passivated(unit: TaskUnit): void {
    this.ports.asleep(unit)
  }

  #play(unit: TaskUnit, port: Port): void {
    if (port.type === 'run') this.ports.run(unit)
    else if (port.type === 'abort') this.commit.after(() => this.ports.abort(unit, port.reason))
    else this.commit.effect(new Settled(this.ports, unit))
  }

  #classOf(unit: TaskUnit, { wall, steady }: Dues): RecordClass {
    if (unit.ended) return 'ended'
    const { state, context } = unit
    // A run that has not settled keeps its task from being retried: a restart has to find it without a due time.
    if (unit.running) return 'live'
    if (state === 'QUEUED' ? !context.paused : state === 'RUNNING' && !unit.parked) return 'live'
    if (this.tables.task.size > 10 * this.settings.limits.live) return 'dormant'
    const near =
      (wall !== undefined && wall - this.clock.wall() < DORMANT_MS) ||
      (steady !== undefined && steady - this.clock.steady() < DORMANT_MS)
    return near ? 'live' : 'dormant'
  }

  #writeDues(unit: TaskUnit, to: RecordClass, waits: { lane: TaskLane } & Dues, batch: Batch): void {
    const { id } = unit
    const table = this.tables[waits.lane]
    this.tables[waits.lane === 'task' ? 'retry' : 'task'].set(id, NOTHING)
    table.set(id, to === 'live' ? waits : NOTHING)
    const dues = to === 'dormant' ? dueKeysOf(id, waits) : NO_KEYS
    for (const key of unit.storedDues) if (!dues.includes(key)) batch.del(key)
    for (const key of dues) if (!unit.storedDues.includes(key)) batch.put(key, '')
    unit.storedDues = dues
    if (to !== 'dormant') return
    const { wall, steady } = waits
    if (wall !== undefined) batch.after(() => table.stored('wall', wall))
    if (steady !== undefined) batch.after(() => table.stored('steady', steady))
  }
}

const NOTHING: Dues = {}
const NO_KEYS: readonly string[] = []

/** The due keys of a dormant record. */
export function dueKeysOf(id: string, { lane, wall, steady }: { lane: TaskLane } & Dues): readonly string[] {
  const keys: string[] = []
  if (wall !== undefined) keys.push(dueKey(lane, 'wall', wall, id))
  if (steady !== undefined) keys.push(dueKey(lane, 'steady', steady, id))
  return keys
}
