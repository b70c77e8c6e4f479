/** What one evaluation of an expression may cost: steps, and characters of text that it makes. */
import { HoldfastError } from '../model/errors.js'

/** Some milliseconds on a small board. */
export const MOST_STEPS = 100_000
export const MOST_TEXT = 1_000_000

export class Budget {
  #steps = MOST_STEPS
  #text = MOST_TEXT

  /** @throws ERR_EXPRESSION_LIMIT */
  step(count = 1): void {
    this.#steps -= count
    if (this.#steps < 0) throw over(`more than ${MOST_STEPS.toLocaleString('en')} steps`)
  }

  /** Text that was made. @throws ERR_EXPRESSION_LIMIT */
  text(made: string): string {
    this.characters(made.length)
    return made
  }

  /** Text that is about to be made. @throws ERR_EXPRESSION_LIMIT */
  characters(count: number): void {
    this.#text -= count
    if (this.#text < 0) throw over(`more than ${MOST_TEXT.toLocaleString('en')} characters of text`)
  }

  /**
   * What a value would be as JSON: lists can hold one thing many times, and so be small here and huge on disk.
   * @throws ERR_EXPRESSION_LIMIT
   */
  weigh<T>(value: T): T {
    this.#weigh(value)
    return value
  }

  #weigh(value: unknown): void {
    if (typeof value === 'string') this.characters(value.length)
    if (typeof value !== 'object' || value === null) return
    this.step()
    if (Array.isArray(value)) {
      this.step(value.length)
      for (const item of value) this.#weigh(item)
      return
    }
    for (const key of Object.keys(value)) {
      this.step()
      this.characters(key.length)
      this.#weigh((value as Record<string, unknown>)[key])
    }
  }
}

const over = (what: string) => new HoldfastError('ERR_EXPRESSION_LIMIT', `it takes ${what}`)
