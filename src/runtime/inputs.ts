/**
 * The inputs of tasks as the store has them. Those that are asked for in one turn are read in one call: after a restart
 * thousands of tasks may start at once, and each call of the store is a way into a thread and back.
 */
import { keyOf } from '../model/keys.js'
import type { Reader } from '../store/store.js'

/** Read by one call. */
const PAGE = 500

interface Asked {
  readonly id: string
  readonly resolve: (input: string | undefined) => void
  readonly reject: (error: unknown) => void
}

export class Inputs {
  readonly #store: Pick<Reader, 'getMany'>
  #asked: Asked[] = []

  constructor(store: Pick<Reader, 'getMany'>) {
    this.#store = store
  }

  /** The input of a task as JSON text. @throws ERR_STORE_IO, ERR_STORE_CORRUPT, ERR_STORE_CLOSED */
  of(id: string): Promise<string | undefined> {
    return new Promise((resolve, reject) => {
      if (this.#asked.length === 0) queueMicrotask(() => this.#read())
      this.#asked.push({ id, resolve, reject })
    })
  }

  #read(): void {
    const asked = this.#asked
    this.#asked = []
    for (let from = 0; from < asked.length; from += PAGE) void this.#readPage(asked.slice(from, from + PAGE))
  }

  async #readPage(asked: readonly Asked[]): Promise<void> {
    try {
      const texts = await this.#store.getMany(asked.map(({ id }) => keyOf('input', id)))
      for (const [i, { resolve }] of asked.entries()) resolve(texts[i])
    } catch (error) {
      for (const { reject } of asked) reject(error)
    }
  }
}
