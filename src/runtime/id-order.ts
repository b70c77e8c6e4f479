/** The records of several classes, read side by side, in the order of their ids. */
import { idOf } from '../model/keys.js'
import type { Entry, Moment, Range } from '../store/store.js'

/**
 * Entries of a class read at a time. Of 100,000 tasks, the first 100 take 1.5 ms with 100 and 3.7 ms with 500; all of
 * them take the same.
 */
const PAGE = 100

/** All of some ranges, each of a class of its own, a page at a time. No page is empty. */
export async function* inIdOrder(moment: Moment, ranges: readonly Range[]): AsyncGenerator<Entry[]> {
  const strands = ranges.map((range) => new Strand(moment, range))
  try {
    for (;;) {
      await Promise.all(strands.map((strand) => strand.read()))
      // Behind the first of them, its range may have more that comes before what the others have.
      const [upTo] = strands.flatMap((strand) => strand.last ?? []).sort()
      if (upTo === undefined) return
      yield strands.flatMap((strand) => strand.take(upTo)).sort(byId)
    }
  } finally {
    await Promise.all(strands.map((strand) => strand.close()))
  }
}

/** One range: what was read of it and not yet taken. */
class Strand {
  readonly #pages: AsyncIterator<Entry[]>
  #entries: Entry[] = []

  constructor(moment: Moment, range: Range) {
    this.#pages = moment.scan({ ...range, limit: PAGE })[Symbol.asyncIterator]()
  }

  /** Has the next page if the one before was taken; behind the last one there is none. */
  async read(): Promise<void> {
    if (this.#entries.length === 0) this.#entries = (await this.#pages.next()).value ?? []
  }

  /** The last id that was read. */
  get last(): string | undefined {
    const last = this.#entries.at(-1)
    return last && idOf(last[0])
  }

  take(upTo: string): Entry[] {
    const more = this.#entries.findIndex(([key]) => idOf(key) > upTo)
    return this.#entries.splice(0, more === -1 ? this.#entries.length : more)
  }

  async close(): Promise<void> {
    await this.#pages.return?.()
  }
}

function byId([one]: Entry, [other]: Entry): number {
  return idOf(one) < idOf(other) ? -1 : 1
}
