/** What a check has to say: one line, how bad it is, and what to do about it. */

/** `note`: worth to know, and all right. `warning`: it works, and may not for long. `fault`: it does not work. */
export type Level = 'ok' | 'note' | 'warning' | 'fault'

export interface Finding {
  readonly check: string
  readonly level: Level
  readonly says: string
  /** The next thing to do; a command to type stands in backticks. */
  readonly advice?: string
}

/** Makes the findings of a check. */
export class Findings {
  readonly #check: string

  constructor(check: string) {
    this.#check = check
  }

  ok(says: string): Finding {
    return this.#at('ok', says)
  }

  note(says: string, advice?: string): Finding {
    return this.#at('note', says, advice)
  }

  warning(says: string, advice?: string): Finding {
    return this.#at('warning', says, advice)
  }

  fault(says: string, advice?: string): Finding {
    return this.#at('fault', says, advice)
  }

  #at(level: Level, says: string, advice?: string): Finding {
    return { check: this.#check, level, says, ...(advice === undefined ? {} : { advice }) }
  }
}
