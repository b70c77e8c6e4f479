/** Who waits for a reading of a device: what comes of the next one is told to all of them. */

/** What may come of a reading. */
const READS = ['reading', 'misread', 'lost']

export class Readers<Told extends { readonly type: string }> {
  readonly #waiting = new Set<(told: Told) => void>()

  /** Asks for a reading, and resolves with what comes of it. @throws the reason of the signal */
  async ask(read: () => void, signal?: AbortSignal): Promise<Told> {
    signal?.throwIfAborted()
    return new Promise<Told>((resolve, reject) => {
      const leave = () => {
        this.#waiting.delete(reader)
        reject(signal?.reason)
      }
      const reader = (told: Told) => {
        signal?.removeEventListener('abort', leave)
        resolve(told)
      }
      signal?.addEventListener('abort', leave, { once: true })
      this.#waiting.add(reader)
      read()
    })
  }

  heard(event: Told): void {
    if (!READS.includes(event.type)) return
    for (const reader of this.#waiting) reader(event)
    this.#waiting.clear()
  }
}
