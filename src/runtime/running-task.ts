import type { RetryPolicy } from '../../machines/index.js'
import { isoTime } from '../model/duration.js'
import { HoldfastError } from '../model/errors.js'
import { jsonText } from '../model/json.js'
import type { Cause } from './cause.js'
import type { Dependency } from './dependencies.js'
import type { Draft } from './draft.js'
import type { EnqueueOptions } from './enqueue-options.js'
import type { Kind } from './kinds.js'
import type { Ledger } from './ledger.js'
import type { TaskLog } from './log.js'
import type { Run } from './run.js'
import type { TaskUnit } from './unit.js'

/** What a processor sees of the task it runs. */
export interface RunningTask<Input = unknown, Settings = Readonly<Record<string, unknown>>> {
  readonly id: string
  readonly kind: string
  readonly input: Input
  /** 1 for the first run. */
  readonly attempt: number
  readonly group: string | undefined
  readonly cause: Cause | undefined
  /** The settings of the kind as they were when the run began; frozen. */
  readonly settings: Settings
  /** The schedule that made it, and for which moment. */
  readonly schedule: { readonly id: string; readonly at: string } | undefined
  /**
   * Aborted when the run is cancelled, timed out, silent too long, drained, or interrupted by a gate; `signal.reason` is an
   * Error whose `code` says which.
   */
  readonly signal: AbortSignal
  readonly log: TaskLog
  /** Tells that the run is alive; volatile. */
  heartbeat(): void
  /** Sets the progress that a view shows while the task runs; volatile, and a heartbeat too. */
  progress(value: unknown): void
  /** An event for whoever watches; resolves when it is durable. @throws ERR_RUN_OVER after the run */
  emit(event: { readonly type: string; readonly [key: string]: unknown }): Promise<void>
  /**
   * A task that is made in the same commit as this run's success, all or none; resolves with its id.
   * Discarded when the run throws, snoozes or is interrupted. @throws ERR_RUN_OVER after the run
   * It is of this task's group unless it names another one.
   */
  enqueue(kind: string, input?: unknown, options?: EnqueueOptions): Promise<string>
  /** What this task depended on, with results and errors, in the order of `dependsOn`. */
  dependencies(): Promise<readonly Dependency[]>
}

export interface RunHost {
  retryOf(unit: TaskUnit): RetryPolicy
  /** What was set of the kind, as of now. */
  settings(kind: Kind): object
  /** To be awaited before a task may come to its end. */
  foresee(unit: TaskUnit): Promise<unknown> | undefined
  /** A checked task that can be made later without waiting, after those asked for `earlier`. @throws what enqueue throws */
  draft(kind: string, input: unknown, options: EnqueueOptions | undefined, earlier: readonly Draft[]): Promise<Draft>
  /** What a task depended on. */
  dependencies(id: string): Promise<readonly Dependency[]>
}

/**
 * What a processor sees of the task it runs. All of it is the view's own and enumerable, so that it can be taken apart
 * and copied like any object.
 */
export class RunView implements RunningTask {
  readonly #run: Run
  readonly id: string
  readonly kind: string
  readonly input: unknown
  readonly attempt: number
  readonly group: string | undefined
  readonly cause: RunningTask['cause']
  readonly settings: RunningTask['settings']
  readonly schedule: RunningTask['schedule']
  declare readonly signal: AbortSignal
  readonly log: TaskLog
  readonly heartbeat: RunningTask['heartbeat']
  readonly progress: RunningTask['progress']
  readonly emit: RunningTask['emit']
  readonly enqueue: RunningTask['enqueue']
  readonly dependencies: RunningTask['dependencies']

  /** Made when somebody asks for it. One getter serves all views: each with its own would cost more than the rest. */
  static readonly #signal = {
    enumerable: true,
    get(this: RunView): AbortSignal {
      return this.#run.signal
    },
  }

  constructor(run: Run, input: unknown, ledger: Ledger, host: RunHost) {
    const { unit } = run
    const { extras } = unit
    const over = () => run.outcome !== undefined || !run.wanted
    const sign = () => {
      run.lastSign = ledger.clock.steady()
    }
    this.#run = run
    this.id = run.id
    this.kind = unit.kind.name
    this.input = input
    this.attempt = run.attempt
    this.group = extras.group
    this.cause = extras.cause as RunningTask['cause']
    this.settings = host.settings(unit.kind) as RunningTask['settings']
    this.schedule = extras.schedule && { id: extras.schedule.id, at: isoTime(extras.schedule.at) }
    Object.defineProperty(this, 'signal', RunView.#signal)
    this.log = taskLog(ledger.settings.log, { taskId: run.id, kind: unit.kind.name, attempt: run.attempt })
    this.heartbeat = sign
    this.progress = (value) => {
      sign()
      run.progress = JSON.parse(jsonText(value, 'progress', ledger.settings.limits.event))
    }
    this.emit = async (event) => {
      if (over()) throw new HoldfastError('ERR_RUN_OVER')
      if (typeof event?.type !== 'string') throw new HoldfastError('ERR_INVALID_EVENT')
      const text = jsonText(event, 'event', ledger.settings.limits.event)
      ledger.paced(unit, () => ledger.emit(unit, JSON.parse(text)))
      if (!unit.lazy) await ledger.commit.durable()
    }
    this.enqueue = async (kind, taskInput, options) => {
      if (over()) throw new HoldfastError('ERR_RUN_OVER')
      const draft = await host.draft(kind, taskInput, options, run.drafts)
      if (over()) throw new HoldfastError('ERR_RUN_OVER')
      run.drafts.push(draft)
      return draft.id
    }
    this.dependencies = async () => (extras.dependencies ? host.dependencies(run.id) : [])
  }
}

/** A log whose lines say of which task they are. */
export function taskLog(log: TaskLog, about: object): TaskLog {
  return {
    debug: (message, data) => log.debug(message, { ...about, ...data }),
    info: (message, data) => log.info(message, { ...about, ...data }),
    warn: (message, data) => log.warn(message, { ...about, ...data }),
    error: (message, data) => log.error(message, { ...about, ...data }),
  }
}
