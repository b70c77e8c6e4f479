/**
 * The store over any database that speaks abstract-level: classic-level on the board, memory-level in tests, and a
 * sublevel of either.
 *
 * A failed write is the end of an opening. LevelDB latches some errors by itself (a failed fsync) and not others: after
 * a write that did not fit the disk it goes on behind the torn record, where recovery will not look. So this class
 * latches them all: no batch is taken until the store was closed, opened again, and read.
 */
import { HoldfastError } from '../model/errors.js'
import { LevelMoment, LevelReader, type Readable } from './level-reader.js'
import type { Entry, Moment, Op, OpenReport, Range, Store } from './store.js'
import { closedError, storeError } from './trouble.js'

/** What is used of a database: the part that every abstract-level has. */
export interface Database extends Readable {
  batch(): Writes
  /** Of classic-level; what lives in memory gives its space back by itself. */
  compactRange?(from: string, to: string): Promise<void>
  close(): Promise<void>
}

interface Writes {
  put(key: string, value: string): unknown
  del(key: string): unknown
  write(options: { sync: boolean }): Promise<void>
  close(): Promise<void>
}

/** An open database and what opening it found. */
export interface Opened {
  readonly database: Database
  readonly report: OpenReport
  /** Hears of each batch that is on its way to the disk. */
  writing?(ops: readonly Op[]): void
  /** Called before the database is closed, and after a close without a failed write; they do not reject. */
  closing?(): Promise<void>
  closed?(): Promise<void>
}

/** Where a database comes from: `open` is called anew for every opening, because a latched error dies with its instance. */
export interface Source {
  readonly location: string
  open(): Promise<Opened>
}

/** On disk is, when this resolves, everything written before. It leaves no entry. */
export async function barrier(database: Database): Promise<void> {
  const writes = database.batch()
  writes.del('')
  await writes.write({ sync: true })
}

export function levelStore(source: Source): Store {
  return new LevelStore(source)
}

class LevelStore implements Store {
  readonly location: string
  readonly #source: Source
  readonly #reader: LevelReader
  #opened: Opened | undefined
  #failed: HoldfastError | undefined
  /** open() and close() never overlap. */
  #turn: Promise<unknown> = Promise.resolve()

  constructor(source: Source) {
    this.#source = source
    this.location = source.location
    this.#reader = new LevelReader(source.location, () => this.#database())
  }

  open(): Promise<OpenReport> {
    return this.#inTurn(async () => {
      this.#opened ??= await this.#source.open()
      return this.#opened.report
    })
  }

  close(): Promise<void> {
    return this.#inTurn(async () => {
      const opened = this.#opened
      if (!opened) return
      // From here on every call is refused; abstract-level waits for those that are on their way.
      this.#opened = undefined
      await opened.closing?.()
      await opened.database.close()
      if (!this.#failed) await opened.closed?.()
      this.#failed = undefined
    })
  }

  get(key: string): Promise<string | undefined> {
    return this.#reader.get(key)
  }

  getMany(keys: readonly string[]): Promise<(string | undefined)[]> {
    return this.#reader.getMany(keys)
  }

  /**
   * A chained batch of plain strings: each op goes straight into the native batch. Measured with 310-byte values, on the
   * main thread, in batches of 1000: 0.8 us an op; an array batch takes 6.2 (it clones every op), buffers encoded
   * before 1.6 chained and 4.9 in an array.
   */
  async batch(ops: readonly Op[], sync: boolean): Promise<void> {
    const database = this.#database()
    if (this.#failed) throw this.#refusal(this.#failed)
    if (ops.length === 0) return
    const writes = database.batch()
    try {
      for (const op of ops) {
        if (op.type === 'put') writes.put(op.key, op.value)
        else writes.del(op.key)
      }
    } catch (cause) {
      // Nothing was written: the caller has a bug, the disk has not.
      await writes.close()
      throw cause
    }
    try {
      const written = writes.write({ sync })
      this.#opened?.writing?.(ops)
      await written
    } catch (cause) {
      const error = storeError(cause, this.location)
      if (error.code !== 'ERR_STORE_CLOSED') this.#failed = error
      throw error.code === 'ERR_STORE_CORRUPT' ? ioError(error) : error
    }
  }

  page(range: Range): Promise<Entry[]> {
    return this.#reader.page(range)
  }

  keys(range: Range): Promise<string[]> {
    return this.#reader.keys(range)
  }

  scan(range: Range): AsyncIterable<Entry[]> {
    return this.#reader.scan(range)
  }

  moment(): Moment {
    return new LevelMoment(this.location, this.#database())
  }

  async compact(from: string, to: string): Promise<void> {
    const database = this.#database()
    try {
      await database.compactRange?.(from, to)
    } catch (cause) {
      throw storeError(cause, this.location)
    }
  }

  #database(): Database {
    if (!this.#opened) throw closedError(this.location)
    return this.#opened.database
  }

  #refusal(failed: HoldfastError): HoldfastError {
    const text = `the store ${this.location} takes no writes since one failed; close and open it`
    return new HoldfastError('ERR_STORE_IO', text, { hint: failed.hint, cause: failed })
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(work).catch((cause) => {
      throw storeError(cause, this.location)
    })
    this.#turn = turn.catch(() => undefined)
    return turn
  }
}

/** A compaction that met damage fails the writes after it: what batch() promises is ERR_STORE_IO, and why is the cause. */
function ioError(error: HoldfastError): HoldfastError {
  return new HoldfastError('ERR_STORE_IO', error.message, { hint: error.hint, cause: error })
}
