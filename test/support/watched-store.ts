/** A store in memory that waits before a look at many entries for what a test does then, and that counts open moments. */
import type { Entry, Moment, Range, Reader } from '../../src/store/store.js'
import { FaultyStore } from '../../src/testing/faulty-store.js'
import { memoryStore } from '../../src/testing/memory-store.js'

export class WatchedStore extends FaultyStore {
  /** Moments that nobody has closed. */
  moments = 0
  #before: (() => Promise<unknown>) | undefined
  #left = 0

  constructor() {
    super(memoryStore())
  }

  /** `work` is done before the n-th look from now on, which waits for it: at a range, or at anything of a moment. */
  beforeLook(n: number, work: () => Promise<unknown>): void {
    this.#left = n
    this.#before = work
  }

  /** Whether that look has come. */
  get reached(): boolean {
    return this.#before === undefined
  }

  override page(range: Range): Promise<Entry[]> {
    return this.#look(() => super.page(range))
  }

  override keys(range: Range): Promise<string[]> {
    return this.#look(() => super.keys(range))
  }

  override scan(range: Range): AsyncIterable<Entry[]> {
    return this.#pages(super.scan(range))
  }

  override moment(): Moment {
    const moment: Moment = super.moment()
    this.moments++
    return {
      get: (key) => this.#look(() => moment.get(key)),
      getMany: (keys) => this.#look(() => moment.getMany(keys)),
      page: (range) => this.#look(() => moment.page(range)),
      keys: (range) => this.#look(() => moment.keys(range)),
      scan: (range) => this.#pages(moment.scan(range)),
      close: () => {
        this.moments--
        return moment.close()
      },
    }
  }

  async #look<T>(read: () => Promise<T>): Promise<T> {
    const work = this.#before
    if (work && this.#left-- === 0) {
      this.#before = undefined
      await work()
    }
    return read()
  }

  async *#pages(pages: ReturnType<Reader['scan']>): AsyncIterable<Entry[]> {
    const each = pages[Symbol.asyncIterator]()
    try {
      for (;;) {
        const page = await this.#look(() => each.next())
        if (page.done) return
        yield page.value
      }
    } finally {
      await each.return?.()
    }
  }
}
