/**
 * The questions of one gate, one at a time, each answered for sure: by the condition, by its error, or by the end of
 * its time. Nothing that a condition does or leaves undone goes further than this.
 */
import type { Alarm, Clock } from '../../kernel/clock.js'
import { shown } from '../../model/errors.js'
import type { Answer, Condition } from './condition.js'

/** Characters of a reason. */
const LONGEST_REASON = 500

export interface Verdict extends Answer {
  /** It could not be asked, for this. */
  readonly error?: unknown
}

export class Inquiry {
  readonly #condition: Condition
  readonly #clock: Clock
  readonly #timeoutMs: number
  readonly #answered: (verdict: Verdict) => void
  #under: { readonly controller: AbortController; readonly alarm: Alarm } | undefined
  /** Something changed while a question was under way: its answer may be an old one. */
  #again = false

  constructor(condition: Condition, clock: Clock, timeoutMs: number, answered: (verdict: Verdict) => void) {
    this.#condition = condition
    this.#clock = clock
    this.#timeoutMs = timeoutMs
    this.#answered = answered
  }

  ask(): void {
    if (this.#under) {
      this.#again = true
      return
    }
    const controller = new AbortController()
    let made: ReturnType<Condition['ask']>
    try {
      made = this.#condition.ask(controller.signal)
    } catch (error) {
      this.#answered(failed(error))
      return
    }
    if (made === undefined) return
    if (typeof (made as Promise<Answer>)?.then === 'function') this.#wait(made as Promise<Answer>, controller)
    else this.#answered(checked(made as Answer))
  }

  /** Nobody waits any more. */
  close(): void {
    const under = this.#under
    this.#under = undefined
    under?.alarm.clear()
    under?.controller.abort()
  }

  #wait(made: Promise<Answer>, controller: AbortController): void {
    const settle = (verdict: Verdict) => {
      if (this.#under !== under) return
      this.close()
      this.#answered(verdict)
      if (!this.#again) return
      this.#again = false
      this.ask()
    }
    const late = () => settle(failed(new Error(`no answer within ${this.#timeoutMs} ms`)))
    const under = { controller, alarm: this.#clock.alarm('steady', this.#clock.steady() + this.#timeoutMs, late) }
    this.#under = under
    made.then(
      (answer) => settle(checked(answer)),
      (error) => settle(failed(error)),
    )
  }
}

function checked(answer: Answer): Verdict {
  if (typeof answer?.open === 'boolean') {
    return answer.reason === undefined ? answer : { ...answer, reason: answer.reason.slice(0, LONGEST_REASON) }
  }
  return failed(new TypeError(`it answered ${shown(answer)}`))
}

function failed(error: unknown): Verdict {
  const { message } = (error ?? {}) as { message?: unknown }
  return {
    open: false,
    reason: typeof message === 'string' ? message.slice(0, LONGEST_REASON) : shown(error),
    error: error ?? null,
  }
}
