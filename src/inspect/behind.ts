/**
 * What is told of actors that know of steps before these are on disk: supervisors hear their load while the batch is
 * being written. They are told of when it has landed, so that nobody sees what a cut may take back.
 */

/** More waits for nobody. */
const MOST = 1_000

export class Behind {
  readonly #ahead: () => boolean
  /** Of the batch in flight, and of the one that fills. */
  #flying: (() => void)[] = []
  #filling: (() => void)[] = []

  /** `ahead` says whether memory is ahead of the disk. */
  constructor(ahead: () => boolean) {
    this.#ahead = ahead
  }

  /** Now, or when all that is on its way has landed. */
  tell(run: () => void): void {
    if (!this.#ahead()) {
      // What still waits is of a batch that never landed.
      this.#flying = []
      this.#filling = []
      run()
    } else if (this.#filling.length < MOST) this.#filling.push(run)
  }

  landed(): void {
    const over = this.#flying
    this.#flying = this.#filling
    this.#filling = []
    for (const run of over) run()
    if (this.#ahead()) return
    for (const run of this.#flying.splice(0)) run()
  }
}
