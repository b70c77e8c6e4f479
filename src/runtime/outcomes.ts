/** What a run came to, as a step of its task: the outcome, and with it, in one commit, what follows from it. */
import type { RetryPolicy } from '../../machines/index.js'
import { storedError } from '../model/errors.js'
import { jsonText } from '../model/json.js'
import type { Admission } from './admission.js'
import type { Draft } from './draft.js'
import type { Ledger } from './ledger.js'
import type { Outcome } from './outcome.js'
import type { TaskUnit } from './unit.js'

export function retryOf(unit: TaskUnit): RetryPolicy {
  return (unit.extras.retry as RetryPolicy | undefined) ?? unit.kind.retry
}

export class Outcomes {
  readonly #ledger: Ledger
  readonly #admission: Admission

  constructor(ledger: Ledger, admission: Admission) {
    this.#ledger = ledger
    this.#admission = admission
  }

  /** Makes the step; a promise only when keys have to be looked up first. */
  settle(unit: TaskUnit, outcome: Outcome, drafts: readonly Draft[], foreseen = false): Promise<void> | undefined {
    const lookups = foreseen ? undefined : this.#admission.foresee(unit, outcome.type === 'finish' ? drafts : [])
    if (lookups) return lookups.then(() => this.#step(unit, outcome, drafts))
    this.#step(unit, outcome, drafts)
    return undefined
  }

  #step(unit: TaskUnit, outcome: Outcome, drafts: readonly Draft[]): void {
    const now = this.#ledger.now()
    if (outcome.type === 'snooze') {
      const due = { hand: 'steady', at: now.steady + outcome.ms } as const
      this.#ledger.step(unit, { type: 'snooze', now, due, runAt: now.wall + outcome.ms })
    } else if (outcome.type === 'interrupt') {
      const { interruptions: limit } = this.#ledger.settings
      this.#ledger.step(unit, { type: 'interrupt', now, counted: false, forgiven: false, limit, resumes: false })
    } else if (outcome.type === 'finish') {
      this.#finish(unit, outcome.result, drafts)
    } else {
      this.#fail(unit, outcome)
    }
  }

  #finish(unit: TaskUnit, value: unknown, drafts: readonly Draft[]): void {
    let result: unknown
    try {
      const text = jsonText(value, 'result', this.#ledger.settings.limits.result)
      // A copy: the processor may go on changing what it returned.
      result = typeof value === 'object' && value !== null ? JSON.parse(text) : (value ?? null)
    } catch (error) {
      this.#fail(unit, { error, terminal: false })
      return
    }
    if (this.#ledger.step(unit, { type: 'finish', now: this.#ledger.now(), result }))
      this.#ledger.paced(unit, () => this.#admission.makeAll(unit, drafts))
  }

  #fail(unit: TaskUnit, { error, terminal, afterMs }: { error: unknown; terminal: boolean; afterMs?: number }): void {
    this.#ledger.step(unit, {
      type: 'fail',
      now: this.#ledger.now(),
      error: storedError(error),
      terminal,
      retry: retryOf(unit),
      random: Math.random(),
      ...(afterMs === undefined ? {} : { afterMs }),
    })
  }
}
