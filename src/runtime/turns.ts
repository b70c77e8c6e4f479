/** Calls with a name in common look and make one after another: what one makes, the next one finds. */
export class Turns {
  /** The last call that looks for a name. */
  readonly #last = new Map<string, Promise<void>>()

  take<T>(names: readonly string[], work: () => Promise<T>): Promise<T> {
    const before = new Set(names.flatMap((name) => this.#last.get(name) ?? []))
    const done = before.size === 0 ? work() : Promise.all(before).then(work)
    const over: Promise<void> = done.then(nothing, nothing).then(() => {
      for (const name of names) if (this.#last.get(name) === over) this.#last.delete(name)
    })
    for (const name of names) this.#last.set(name, over)
    return done
  }
}

const nothing = () => undefined

/** What is done to a schedule is done in turn. `!` is in no id. */
export const turnOf = (schedule: string): string => `s!${schedule}`
