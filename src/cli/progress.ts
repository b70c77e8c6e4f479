/** A bar for work that takes long: on stderr, and only where a person looks. */
import { lengthOf } from './words.js'

const WIDTH = 24
const EVERY_MS = 100

export class Progress {
  readonly #what: string
  readonly #shown = process.stderr.isTTY === true
  readonly #begun = Date.now()
  #drawnAt = 0

  constructor(what: string) {
    this.#what = what
  }

  /** `total` is not always known. */
  at(done: number, total?: number): void {
    if (!this.#shown || Date.now() - this.#drawnAt < EVERY_MS) return
    this.#drawnAt = Date.now()
    process.stderr.write(`\r\x1b[K${this.#what} ${total ? this.#bar(done, total) : done.toLocaleString('en')}`)
  }

  /** Nothing of it is left. */
  end(): void {
    if (this.#drawnAt > 0) process.stderr.write('\r\x1b[K')
  }

  #bar(done: number, total: number): string {
    const part = Math.min(1, done / total)
    const filled = Math.round(part * WIDTH)
    const tookMs = Date.now() - this.#begun
    const left = part > 0.05 && part < 1 ? `, ${lengthOf((tookMs / part) * (1 - part))} left` : ''
    return `${'█'.repeat(filled)}${'░'.repeat(WIDTH - filled)} ${Math.floor(part * 100)}%${left}`
  }
}
