/** One run of a function: from the commit that says RUNNING until what it came to is on disk. */
import type { Alarm } from '../kernel/clock.js'
import type { Draft } from './draft.js'
import type { Outcome } from './outcome.js'
import type { TaskUnit } from './unit.js'

export class Run {
  readonly id: string
  readonly attempt: number
  /** Tasks to be made with the outcome. */
  readonly drafts: Draft[] = []
  unit: TaskUnit
  /** The route whose slot it holds, over a failing disk: its task may have been moved to another one. */
  route: string | undefined
  /** Its outcome still counts. */
  wanted = true
  outcome: Outcome | undefined
  /** It waits for its thread or process to begin: until then it owes no sign of life. */
  waits = false
  /** The disk failed: what the run comes to waits until it is adopted. */
  suspended = false
  progress: unknown
  lastSign: number
  alarms: Alarm[] = []
  /** Where it stands among all. */
  place = 0
  #controller: AbortController | undefined
  #stopped: Error | undefined

  constructor(unit: TaskUnit, now: number) {
    this.id = unit.id
    this.attempt = unit.context.attempt
    this.unit = unit
    this.lastSign = now
  }

  /** Made when it is asked for: most runs never look at theirs. */
  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController()
      if (this.#stopped) this.#controller.abort(this.#stopped)
    }
    return this.#controller.signal
  }

  stop(reason: Error): void {
    this.#stopped = reason
    this.#controller?.abort(reason)
  }
}
