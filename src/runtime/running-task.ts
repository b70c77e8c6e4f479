import type { RetryPolicy } from '../../machines/index.js'
import { isoTime } from '../model/duration.js'
import { HoldfastError } from '../model/errors.js'
import { jsonText } from '../model/json.js'
import type { Dependency, EnqueueOptions, RunningTask, TaskLog } from './define.js'
import type { Draft } from './draft.js'
import type { Kind } from './kinds.js'
import type { Ledger } from './ledger.js'
import type { Run } from './runs.js'
import type { TaskUnit } from './unit.js'

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

/** What a processor sees of the task it runs. */
export function runningTask(run: Run, input: unknown, ledger: Ledger, host: RunHost): RunningTask {
  const { unit } = run
  const over = () => run.outcome !== undefined || !run.wanted
  const sign = () => {
    run.lastSign = ledger.clock.steady()
  }
  return {
    id: run.id,
    kind: unit.kind.name,
    input,
    attempt: run.attempt,
    group: unit.extras.group,
    cause: unit.extras.cause as RunningTask['cause'],
    settings: host.settings(unit.kind) as RunningTask['settings'],
    schedule: unit.extras.schedule && { id: unit.extras.schedule.id, at: isoTime(unit.extras.schedule.at) },
    get signal() {
      return run.signal
    },
    // Made when it is asked for: most runs never say anything.
    get log() {
      return taskLog(ledger.settings.log, { taskId: run.id, kind: unit.kind.name, attempt: run.attempt })
    },
    heartbeat: sign,
    progress(value) {
      sign()
      run.progress = JSON.parse(jsonText(value, 'progress', ledger.settings.limits.event))
    },
    async emit(event) {
      if (over()) throw new HoldfastError('ERR_RUN_OVER')
      if (typeof event?.type !== 'string') throw new HoldfastError('ERR_INVALID_EVENT')
      const text = jsonText(event, 'event', ledger.settings.limits.event)
      ledger.paced(unit, () => ledger.emit(unit, JSON.parse(text)))
      if (!unit.lazy) await ledger.commit.durable()
    },
    async enqueue(kind, taskInput, options) {
      if (over()) throw new HoldfastError('ERR_RUN_OVER')
      const draft = await host.draft(kind, taskInput, options, run.drafts)
      if (over()) throw new HoldfastError('ERR_RUN_OVER')
      run.drafts.push(draft)
      return draft.id
    },
    dependencies: async () => (unit.extras.dependencies ? host.dependencies(run.id) : []),
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
