/**
 * Room in the write-ahead log before it is needed. LevelDB lets its log grow with every batch, and so each fsync also
 * commits the journal of the file system, in which the new length is: two thirds of what a small batch writes to a card.
 * Here zeros are written behind the end of the log, for some hundred batches at once; those that then go over them
 * change no length. The zeros are written, too: where batches are large the journal is cheaper, and the log has no room.
 *
 * Zeros are only ever appended, and LevelDB writes at an offset of its own: in whatever order the two come, none of them
 * writes over what is there. Its recovery passes over zeros (ReadPhysicalRecord in db/log_reader.cc), and so does ours.
 */
import { writeSync } from 'node:fs'
import { open, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { logsAmong } from './damage.js'
import { readLog } from './log-file.js'

/** What a file system writes at a time. */
const PAGE = 4096
const ZEROS = Buffer.alloc(PAGE)
/** As much again as there is in the log, between these: bytes, and usual batches of a page or more. */
const LEAST = 16 * 1024
const MOST = 64
/** Bytes of a usual batch above which there is no room: for one that takes several pages ext4 writes 20 KB of journal. */
const LARGE = 24 * 1024
/** A store that is opened for a batch or two needs none; a disk that has no place for it has some time to get it. */
const BEFORE = 3
const AGAIN = 1000

export class LogRoom {
  readonly #directory: string
  /** The log that has room: where its last batch ends, about, and where the room does. */
  #name: string | undefined
  #at = 0
  #end = 0
  /** Batches until there may be room. */
  #wait = BEFORE
  #usual = 0
  #making: Promise<void> | undefined

  /** `directory`: of the open database. */
  constructor(directory: string) {
    this.#directory = directory
  }

  /** A batch of about so many bytes is in the log. */
  wrote(bytes: number): void {
    this.#at += bytes
    this.#usual += (bytes - this.#usual) / 8
    if (this.#wait > 0) this.#wait--
    else if (!this.#making && this.#usual <= LARGE && this.#end - this.#at < this.#more / 4) this.#make()
  }

  /** The database is closed. After a clean stop its logs end where their last batches do: all that is there counts. */
  async close(clean: boolean): Promise<void> {
    await this.#making
    if (!clean || this.#name === undefined) return
    for (const name of logsAmong(await readdir(this.#directory))) await cut(join(this.#directory, name))
  }

  get #more(): number {
    return Math.min(MOST * Math.max(PAGE, this.#usual), Math.max(LEAST, this.#at))
  }

  #make(): void {
    const making = this.#append().catch(() => {
      // All goes on as well without, only slower.
      this.#wait = AGAIN
    })
    this.#making = making.finally(() => {
      this.#making = undefined
    })
  }

  async #append(): Promise<void> {
    const newest = logsAmong(await readdir(this.#directory)).at(-1)
    if (newest === undefined) return
    if (newest !== this.#name) this.#end = 0
    this.#name = newest
    const file = await open(join(this.#directory, newest), 'a')
    try {
      const { size } = await file.stat()
      // It has outgrown its room, or had none yet: it ends where LevelDB writes.
      if (size > this.#end) this.#at = size
      const end = Math.ceil((size + this.#more) / PAGE) * PAGE
      append(file.fd, size, end)
      // Beside, as long as there is time between batches; where they are full the next of them takes the zeros along.
      if (this.#usual < PAGE) await file.datasync()
      this.#end = end
    } finally {
      await file.close()
    }
  }
}

/** A page at a time: of a larger piece Linux makes one folio, and counts and looks through all of it with each batch. */
function append(file: number, from: number, to: number): void {
  for (let at = from; at < to; ) at += writeSync(file, ZEROS, 0, PAGE - (at % PAGE))
}

/** Takes the zeros off the end of a log; whatever else is there stays. */
async function cut(path: string): Promise<void> {
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
}
