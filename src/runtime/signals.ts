/** What parts say of the world, by name: gates listen to it. */
export interface Signal {
  /** What it is like; undefined while that is not known. */
  readonly state: string | undefined
  readonly value: boolean | number | string | null
  /** Why it is not known. */
  readonly reason?: string
}

export class Signals {
  readonly #now = new Map<string, Signal>()
  readonly #heard = new Map<string, Set<() => void>>()

  get(name: string): Signal | undefined {
    return this.#now.get(name)
  }

  set(name: string, signal: Signal): void {
    const before = this.#now.get(name)
    this.#now.set(name, signal)
    if (before?.state === signal.state && before?.value === signal.value && before?.reason === signal.reason) return
    for (const heard of this.#heard.get(name) ?? []) heard()
  }

  /** Gives the way to leave. */
  listen(name: string, heard: () => void): () => void {
    const all = this.#heard.get(name) ?? new Set()
    this.#heard.set(name, all.add(heard))
    return () => {
      all.delete(heard)
      if (all.size === 0) this.#heard.delete(name)
    }
  }
}
