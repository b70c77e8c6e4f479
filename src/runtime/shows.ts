/**
 * The actors that people look at: `runtime.task(id)`. Each is an ordinary XState actor of the task machine that is
 * shown every committed step; what is sent to it goes through the runtime, like everything else.
 */
import {
  type Actor,
  type AnyMachineSnapshot,
  type AnyStateMachine,
  createActor,
  type EventObject,
  type Observer,
  type Subscription,
} from 'xstate'
import { taskMachine } from '../../machines/index.js'
import type { GroupCommit } from '../store/commit.js'
import type { TaskSnapshot } from './lifecycle.js'

/** What can be sent to a task's actor; other events go to its machine. */
export interface TaskCommand extends EventObject {
  readonly type: string
}

/** The machine of a task, or of a device, as of its last commit; `send` is durable. */
export interface MachineRef {
  readonly id: string
  getSnapshot(): AnyMachineSnapshot
  subscribe(observer: ((snapshot: AnyMachineSnapshot) => void) | Observer<AnyMachineSnapshot>): Subscription
  send(event: EventObject): void
}

/** A task's lifecycle actor: getSnapshot(), subscribe(), send(). Stop it when it is not needed any more. */
export type TaskActor = Omit<Actor<typeof taskMachine>, 'send'> & {
  send(command: TaskCommand): void
  readonly machine: MachineRef | undefined
}

const SHOWN = 'holdfast.shown'
type Shown = { readonly type: typeof SHOWN; readonly snapshot: TaskSnapshot }

/** The task machine as a screen: it shows what was committed and decides nothing. */
const screen: typeof taskMachine = Object.create(taskMachine, {
  transition: { value: (snapshot: TaskSnapshot, event: Shown) => (event.type === SHOWN ? event.snapshot : snapshot) },
})

/** What shows a machine as of its last commit. */
export class Screen implements MachineRef {
  readonly id: string
  readonly #send: (event: EventObject) => void
  readonly #observers = new Set<(snapshot: AnyMachineSnapshot) => void>()
  #snapshot: AnyMachineSnapshot

  constructor(id: string, snapshot: AnyMachineSnapshot, send: (event: EventObject) => void) {
    this.id = id
    this.#snapshot = snapshot
    this.#send = send
  }

  getSnapshot(): AnyMachineSnapshot {
    return this.#snapshot
  }

  subscribe(observer: ((snapshot: AnyMachineSnapshot) => void) | Observer<AnyMachineSnapshot>): Subscription {
    const next = typeof observer === 'function' ? observer : (snapshot: AnyMachineSnapshot) => observer.next?.(snapshot)
    this.#observers.add(next)
    return { unsubscribe: () => this.#observers.delete(next) }
  }

  send(event: EventObject): void {
    this.#send(event)
  }

  show(snapshot: AnyMachineSnapshot): void {
    this.#snapshot = snapshot
    for (const next of [...this.#observers]) next(snapshot)
  }
}

interface Show {
  readonly actor: TaskActor
  readonly shown: (event: Shown) => void
  readonly send: (event: EventObject) => void
  machine: Screen | undefined
}

/** What is shown of a task. */
interface Task {
  readonly id: string
  readonly snapshot: TaskSnapshot
  readonly machine: AnyMachineSnapshot | undefined
  readonly send: (command: EventObject) => void
}

export class Shows {
  readonly #shows = new Map<string, Show>()
  /** Those that are opened when the filling batch is on disk. */
  readonly #opening = new Set<string>()

  /** What is committed of it has to be shown. */
  has(id: string): boolean {
    return this.#shows.size + this.#opening.size > 0 && (this.#shows.has(id) || this.#opening.has(id))
  }

  get(id: string): TaskActor | undefined {
    return this.#shows.get(id)?.actor
  }

  /**
   * Opens a show of a task as it is now, when that is on disk: in memory it may be ahead. What joins its commit from now
   * on is shown after that.
   */
  open(task: Task, commit: Pick<GroupCommit, 'after'>): Promise<TaskActor> {
    const { id } = task
    this.#opening.add(id)
    return new Promise((resolve, reject) => {
      const open = () => {
        this.#opening.delete(id)
        resolve(this.get(id) ?? this.#open(task))
      }
      const lost = (error: unknown) => {
        this.#opening.delete(id)
        reject(error)
      }
      commit.after(open, lost)
    })
  }

  #open({ id, snapshot, machine, send }: Task): TaskActor {
    const persisted = (taskMachine as AnyStateMachine).getPersistedSnapshot(snapshot)
    const actor = createActor(screen, { id, snapshot: persisted as never, input: snapshot.context })
    const shown = actor.send as unknown as (event: Shown) => void
    const screened = machine && new Screen(id, machine, send)
    const stop = actor.stop.bind(actor)
    Object.assign(actor, {
      send,
      machine: screened,
      stop: () => {
        this.#shows.delete(id)
        return stop()
      },
    })
    this.#shows.set(id, { actor: actor as unknown as TaskActor, shown, send, machine: screened })
    actor.start()
    return actor as unknown as TaskActor
  }

  show(id: string, snapshot: TaskSnapshot): void {
    this.#shows.get(id)?.shown({ type: SHOWN, snapshot })
  }

  /** The machine of a task that waited is there from its first step on. */
  showMachine(id: string, snapshot: unknown): void {
    const show = this.#shows.get(id)
    if (!show) return
    if (show.machine) show.machine.show(snapshot as AnyMachineSnapshot)
    else show.machine = new Screen(id, snapshot as AnyMachineSnapshot, show.send)
    Object.assign(show.actor, { machine: show.machine })
  }

  close(): void {
    for (const { actor } of [...this.#shows.values()]) actor.stop()
  }
}
