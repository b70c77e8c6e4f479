/**
 * Notices: a task that others wait for leaves one in the commit of its end. They are worked off from the disk, so a
 * restart finds what is left; memory knows only which are not there yet.
 */
import { keyOf } from '../model/keys.js'
import type { Ledger } from './ledger.js'
import type { TaskUnit } from './unit.js'

/** How a task ended. Whoever was made after it (a greater `seq`) knew of that end, and is not meant. */
export interface Notice {
  readonly finished: boolean
  readonly seq: number
}

export class Notices {
  readonly #ledger: Ledger
  readonly #wake: () => void
  /** Those that no disk has yet. */
  readonly #flying = new Map<string, Notice>()
  /** Those that were left since a round began: what it read of them may be old. */
  readonly #renewed = new Set<string>()

  constructor(ledger: Ledger, wake: () => void) {
    this.#ledger = ledger
    this.#wake = wake
  }

  /** Leaves one, in the commit that is filling. */
  leave({ id, state }: TaskUnit): void {
    const { commit, counters } = this.#ledger
    const notice = { finished: state === 'FINISHED', seq: counters.seq }
    this.#flying.set(id, notice)
    this.#renewed.add(id)
    commit.put(keyOf('notice', id), JSON.stringify(notice))
    commit.after(() => {
      if (this.#flying.get(id) === notice) this.#flying.delete(id)
      this.#wake()
    })
  }

  /** A round begins: what is read from now on is current while `current` says so. */
  begin(): void {
    this.#renewed.clear()
    for (const id of this.#flying.keys()) this.#renewed.add(id)
  }

  current(id: string): boolean {
    return !this.#renewed.has(id)
  }

  clear(): void {
    this.#flying.clear()
    this.#renewed.clear()
  }
}

/** The notice of a text; a damaged one says nothing. */
export function noticeOf(text: string): Notice | undefined {
  try {
    const { finished, seq } = JSON.parse(text) as Partial<Notice>
    return typeof finished === 'boolean' && typeof seq === 'number' ? { finished, seq } : undefined
  } catch {
    return undefined
  }
}
