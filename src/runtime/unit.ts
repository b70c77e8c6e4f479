/**
 * A task in memory: its lifecycle as of the last step (which may be ahead of the disk by what is being committed),
 * its machine if one plays, and how it is written.
 */
import type { Due, TaskContext, TaskState } from '../../machines/index.js'
import type { Resident } from '../kernel/directory.js'
import type { Stage } from '../kernel/stage.js'
import type { Dues } from '../kernel/timetable.js'
import type { RecordClass, TaskLane } from '../model/keys.js'
import { encodeRecord, isEnded, type Recordable, type TaskExtras, type TaskRecord } from '../model/record.js'
import type { Batch, Participant } from '../store/batch.js'
import type { Kind } from './kinds.js'
import { type Standing, shownOf, type TaskSnapshot } from './lifecycle.js'
import type { Step } from './put-off.js'
import type { Run } from './run.js'

/** An event that waits for its machine to run. */
export interface Mail {
  readonly seq: number
  readonly event: { readonly type: string }
}

/** What a unit leaves to others when it is written or leaves memory. */
export interface UnitHost {
  write(unit: TaskUnit, batch: Batch): void
  passivated(unit: TaskUnit): void
}

export class TaskUnit implements Participant, Resident {
  readonly id: string
  readonly kind: Kind
  /** What was asked of it; asked for again in other words, it has those. */
  extras: TaskExtras
  state: TaskState
  context: TaskContext
  /** JSON text; large ones are dropped when written, and read again for the run. */
  input: string | undefined
  /** The input has not been written yet. */
  fresh: boolean
  /** JSON text of the machine as of its last step. */
  machine: string | undefined
  /** A promise, callback or observable of the machine is in flight. */
  busy = false
  /** Others wait for its end: it leaves them a notice. */
  dependents = false
  /** How many came to wait for it while it was in memory. */
  links = 0
  /** Tasks that its end will change, held in memory until then. */
  foreseen: Set<TaskUnit> | undefined
  stage: Stage | undefined
  /** When the silence of a machine with something in flight has lasted too long, on the steady hand. */
  silentAt: number | undefined
  mail: Mail[] = []
  /** Events that came with a key: the latest, as the record keeps them. */
  heard: readonly string[] | undefined
  /** The route against whose concurrency it counts; a task may be moved to another one while a stopped run holds it. */
  slot: string | undefined
  /** The concurrency key of the run that holds it: one that is asked for in other words may have another one by then. */
  slotKey: string | undefined
  /** A commit is on its way, or filling, that starts a run of it. */
  starting = false
  /** The run that it has, until what that came to is on disk. */
  run: Run | undefined
  /** A run of it has not settled; one that was stopped keeps the task from starting again. */
  running = false
  pins = 0
  /** Has a step that no batch has taken yet. */
  dirty = false
  /** See Participant. */
  joined = 0
  /** Batches that hold a step of it, and are in flight or landed and not tidied up after. */
  flying = 0
  /** Where the record is on disk, and under which due keys. */
  stored: RecordClass | undefined
  storedDues: readonly string[] = []
  /** The name that its kind had when its record was written, where it has another one now. */
  alias: string | undefined
  /** The end under which the index of ended tasks knows it. */
  indexed: Standing | undefined
  /** See TaskRecord. */
  again: number | undefined
  /** Its last step, when that has joined no commit: it is part of the one that the next step joins. */
  putOff: Step | undefined
  /** What the death of the process before means for it was reckoned. */
  judged = false
  readonly #host: UnitHost

  constructor(
    host: UnitHost,
    id: string,
    kind: Kind,
    { state, context }: Standing,
    extras: TaskExtras,
    input: string | undefined,
  ) {
    this.#host = host
    this.id = id
    this.kind = kind
    this.state = state
    this.context = context
    this.extras = extras
    this.input = input
    this.fresh = input !== undefined
  }

  static of(host: UnitHost, kind: Kind, record: TaskRecord, input: string | undefined): TaskUnit {
    const { id } = record.context
    const unit = new TaskUnit(host, id, kind, record, record.extras, input)
    unit.fresh = false
    unit.machine = record.machine
    unit.busy = record.busy ?? false
    unit.heard = record.heard
    unit.again = record.again
    unit.dependents = record.dependents ?? false
    return unit
  }

  /** The same as XState has it, for whoever looks. */
  get snapshot(): TaskSnapshot {
    return shownOf(this.state, this.context)
  }

  /** It may be lost in a cut. */
  get lazy(): boolean {
    return this.extras.lazy === true
  }

  /** In an end state, with no retry to come. */
  get ended(): boolean {
    return isEnded(this.state, this.context)
  }

  /** The attempt before this one did not come to an end: RUNNING, QUEUED and RUNNING again. */
  get wasInterrupted(): boolean {
    const { history } = this.context
    const last = history.length - 1
    return history[last - 2]?.state === 'RUNNING' && history[last - 1]?.state === 'QUEUED'
  }

  /** Its slot counts against the quota of its kind or its key; most kinds have none. */
  get counted(): boolean {
    return this.kind.concurrency !== undefined || this.slotKey !== undefined
  }

  /** A machine that waits for a timer or an event, with nothing in flight. */
  get parked(): boolean {
    return this.state === 'RUNNING' && this.kind.machine !== undefined && !this.busy
  }

  /** What it waits for, and who is to be woken. */
  get waits(): { lane: TaskLane } & Dues {
    if (this.running && (this.state === 'FAILED' || this.state === 'TERMINATED')) return { lane: 'retry' }
    return waitsOf(this, this.stage?.nextDue, this.silentAt)
  }

  encode(): string {
    return encodeRecord(this)
  }

  write(batch: Batch): void {
    this.#host.write(this, batch)
  }

  pinned(): boolean {
    return this.pins > 0 || this.dirty || this.flying > 0 || this.slot !== undefined || this.running || this.busy
  }

  passivated(): void {
    this.stage?.close()
    this.stage = undefined
    this.#host.passivated(this)
  }
}

const NOTHING: { lane: TaskLane } & Dues = { lane: 'task' }

/** What a record waits for; `timer` is the nearest of its machine's, which is only in memory while it plays. */
export function waitsOf(record: Recordable, timer?: number, silentAt?: number): { lane: TaskLane } & Dues {
  const { state, context } = record
  if (state === 'FINISHED') return NOTHING
  if (state === 'FAILED' || state === 'TERMINATED') return { lane: 'retry', ...earliest(context.due) }
  if (state === 'RUNNING') {
    if (record.machine === undefined) return NOTHING
    return { lane: 'task', ...earliest(null, timer ?? nextTimer(record.machine), context.deadline, silentAt) }
  }
  if (state === 'QUEUED' && context.expires === null) return NOTHING
  const held = context.paused || context.pending > 0 || state === 'QUEUED'
  return { lane: 'task', ...earliest(held ? null : context.due, context.expires) }
}

function nextTimer(machine: string): number | undefined {
  const { timers } = JSON.parse(machine) as { timers: readonly { due: number }[] }
  return timers.length === 0 ? undefined : Math.min(...timers.map(({ due }) => due))
}

function earliest(due: Due | null, ...steady: (number | null | undefined)[]): Dues {
  if (due?.hand === 'steady') steady.push(due.at)
  const known = steady.filter((at) => typeof at === 'number')
  return {
    ...(due?.hand === 'wall' ? { wall: due.at } : {}),
    ...(known.length > 0 ? { steady: Math.min(...known) } : {}),
  }
}
