/**
 * Room in the write-ahead log before it is needed. LevelDB lets its log grow with every batch, and so each fsync also
 * commits the journal of the file system, in which the new length is: two thirds of what a small batch writes to a card.
 * Here zeros are written behind the end of the log, for some dozens of batches at once; those that then go over them
 * change no length. The zeros are written, too: where batches are large the journal is cheaper, and the log has no room.
 *
 * Zeros are only ever appended, and LevelDB writes at an offset of its own: in whatever order the two come, neither writes
 * over the other. Its recovery drops the rest of a block of 32 KB when it meets zeros for a header (ReadPhysicalRecord in
 * db/log_reader.cc), which loses nothing because nothing follows: each batch of a runtime is synced before the next.
 */
import { writeSync } from 'node:fs'
import { constants, open, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { logsAmong } from './damage.js'
import { readLog } from './log-file.js'
import type { Op } from './store.js'
import { isMissing } from './trouble.js'

/** What a file system writes at a time, and how many of them the event loop does. */
const PAGE = 4096
const PAGES = 16
const ZEROS = Buffer.alloc(PAGE)
/** As much again as there is in the log, between these: bytes, and usual batches of a page or more. */
const LEAST = 16 * 1024
const MOST = 64
/** Bytes of a usual batch above which there is no room: for one that takes several pages ext4 writes 20 KB of journal. */
const LARGE = 24 * 1024
/** A store that is opened for a batch or two needs none; a disk that has no place for it has some time to get it. */
const BEFORE = process.platform === 'linux' ? 3 : Number.POSITIVE_INFINITY
const AGAIN = 1000
/** What LevelDB has in its log of a batch, of a put and of a removal beside keys and values: numbers, types, lengths. */
const BATCH = 19
const PUT = 4
const DEL = 2

export class LogRoom {
  readonly #directory: string
  /** The logs that have room. Of the newest: where its last batch ends, about, and where the file does. */
  #names: readonly string[] = []
  #at = 0
  #end = 0
  /** Batches until there may be room. */
  #wait = BEFORE
  /** Bytes of a usual batch. */
  #usual = 0
  #making: Promise<void> | undefined

  /** `directory`: of the open database. */
  constructor(directory: string) {
    this.#directory = directory
  }

  /** A batch is on its way into the log: there is time to reckon while it is. */
  writing(ops: readonly Op[]): void {
    const bytes = bytesOf(ops)
    this.#at += bytes
    this.#usual += this.#usual === 0 ? bytes : (bytes - this.#usual) / 8
    if (this.#wait > 0) this.#wait--
    else if (!this.#making && this.#usual <= LARGE && this.#end - this.#at < this.#more / 4) this.#make()
  }

  /** The database is about to be closed: no room is made any more. */
  async closing(): Promise<void> {
    this.#wait = Number.POSITIVE_INFINITY
    await this.#making
  }

  /**
   * After a clean stop the logs end where their last batches do: all that is there counts. Who has opened the database
   * since writes to a log of its own, and reads these ones to the same end.
   */
  async giveBack(): Promise<void> {
    for (const name of this.#names) await cut(join(this.#directory, name))
  }

  get #more(): number {
    return Math.min(MOST * Math.max(PAGE, this.#usual), Math.max(LEAST, this.#at))
  }

  #make(): void {
    this.#making = this.#append()
      .catch((error) => {
        // All goes on as well without, only slower. A log that is gone has made way for another one.
        if (!isMissing(error)) this.#wait = Math.max(this.#wait, AGAIN)
      })
      .finally(() => {
        this.#making = undefined
      })
  }

  async #append(): Promise<void> {
    const logs = logsAmong(await readdir(this.#directory))
    const newest = logs.at(-1)
    if (newest === undefined) return
    if (newest !== this.#names.at(-1)) this.#end = 0
    this.#names = logs.filter((name) => name === newest || this.#names.includes(name))
    const file = await open(join(this.#directory, newest), constants.O_WRONLY | constants.O_APPEND)
    try {
      const { size } = await file.stat()
      // It has outgrown its room, or had none yet: it ends where LevelDB writes.
      if (size > this.#end) this.#at = size
      try {
        await append(file.fd, size, size + this.#more)
      } finally {
        this.#end = (await file.stat()).size
      }
    } finally {
      await file.close()
    }
  }
}

/** What a batch takes in the log, about: of one that is too large for room anyway letters are counted for bytes. */
function bytesOf(ops: readonly Op[]): number {
  const bytes = sizeOf(ops, (text) => text.length)
  return bytes > LARGE ? bytes : sizeOf(ops, Buffer.byteLength)
}

function sizeOf(ops: readonly Op[], size: (text: string) => number): number {
  let sum = BATCH
  for (const op of ops) sum += size(op.key) + (op.type === 'put' ? PUT + size(op.value) : DEL)
  return sum
}

/** A page at a time: of a larger piece Linux makes one folio, and counts and looks through all of it with each batch. */
async function append(file: number, from: number, to: number): Promise<void> {
  for (let at = from, page = 1; at < to; page++) {
    at += writeSync(file, ZEROS, 0, PAGE - (at % PAGE))
    if (page % PAGES === 0) await new Promise((resolve) => void setImmediate(resolve))
  }
}

/** Takes the zeros off the end of a log; whatever else is there stays. */
async function cut(path: string): Promise<void> {
  try {
    const { damagedAt } = await readLog(path, () => undefined)
    if (damagedAt === undefined) return
    const file = await open(path, 'r+')
    try {
      const { size } = await file.stat()
      const rest = Buffer.alloc(size - damagedAt, 1)
      await file.read(rest, 0, rest.length, damagedAt)
      if (rest.every((byte) => byte === 0)) await file.truncate(damagedAt)
    } finally {
      await file.close()
    }
  } catch (error) {
    if (!isMissing(error)) throw error
  }
}
