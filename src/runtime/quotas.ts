/** The quotas of the kinds: what keeps the tasks of a kind from starting, whatever their route. */
import type { Kind, Kinds } from './kinds.js'

export class Quota {
  /** Why tasks of the kind start nowhere just now. */
  readonly held = new Set<string>()
}

export class Quotas {
  readonly #kinds: Kinds
  readonly #quotas = new Map<Kind, Quota>()

  constructor(kinds: Kinds) {
    this.#kinds = kinds
    for (const kind of kinds.all()) this.#quotas.set(kind, new Quota())
  }

  /** @throws ERR_UNKNOWN_KIND */
  of(name: string): Quota {
    return this.#quotas.get(this.#kinds.get(name)) as Quota
  }
}
