/**
 * Reads a log of LevelDB (the write-ahead log, and the descriptor that is one too) to say what recovery does not:
 * LevelDB steps over damage in a log without a word. Blocks of 32 KiB; in them records of crc(4) length(2) type(1)
 * payload; a record longer than the rest of its block is cut into FIRST, MIDDLE.., LAST.
 */
import { open } from 'node:fs/promises'
import { maskedCrc32c } from './crc32c.js'

const BLOCK = 32 * 1024
const HEADER = 7
const FULL = 1
const FIRST = 2
const MIDDLE = 3
const LAST = 4

export interface LogReading {
  /** Where the first byte is that belongs to no whole record. A cut in the middle of a write leaves such a tail. */
  readonly damagedAt: number | undefined
  /** Whole records follow the damage: it is no torn tail, something that was written once is gone. */
  readonly goesOn: boolean
  /** A whole record was refused: it has no business to be where it is. */
  readonly misplaced: boolean
}

/** Hears every whole record; may refuse one. */
type OnRecord = (payload: Buffer) => 'refused' | undefined

/**
 * Reads as LevelDB does, which passes over the rest of a block after a damaged record in it; `searching` looks there for
 * the next record that is whole.
 */
export async function readLog(path: string, onRecord: OnRecord, searching = false): Promise<LogReading> {
  const reader = new LogReader(onRecord, searching)
  const file = await open(path, 'r')
  try {
    const buffer = Buffer.allocUnsafe(32 * BLOCK)
    for (let at = 0; ; at += buffer.length) {
      const { bytesRead } = await file.read(buffer, 0, buffer.length, at)
      for (let block = 0; block < bytesRead; block += BLOCK) {
        reader.block(buffer.subarray(block, Math.min(block + BLOCK, bytesRead)), at + block)
      }
      if (bytesRead < buffer.length) return reader.end()
    }
  } finally {
    await file.close()
  }
}

class LogReader {
  readonly #onRecord: OnRecord
  readonly #searching: boolean
  #damagedAt: number | undefined
  #goesOn = false
  #misplaced = false
  /** Where the record began whose end is still to come. */
  #begunAt: number | undefined
  #parts: Buffer[] = []

  constructor(onRecord: OnRecord, searching: boolean) {
    this.#onRecord = onRecord
    this.#searching = searching
  }

  block(bytes: Buffer, offset: number): void {
    let at = 0
    while (bytes.length - at >= HEADER) {
      const end = endOf(bytes, at)
      if (end === undefined) {
        this.#damage(offset + at)
        if (!this.#searching) return
        do at++
        while (bytes.length - at >= HEADER && endOf(bytes, at) === undefined)
        continue
      }
      this.#fragment(bytes[at + 6]!, bytes.subarray(at + HEADER, end), offset + at)
      at = end
    }
    // A whole block ends in up to six zeros; a header cut short is a torn tail.
    if (at < bytes.length && bytes.length < BLOCK) this.#damage(offset + at)
  }

  end(): LogReading {
    if (this.#begunAt !== undefined) this.#damage(this.#begunAt)
    return { damagedAt: this.#damagedAt, goesOn: this.#goesOn, misplaced: this.#misplaced }
  }

  #fragment(type: number, payload: Buffer, at: number): void {
    const begins = type === FULL || type === FIRST
    if (begins ? this.#begunAt !== undefined : this.#begunAt === undefined) this.#damage(this.#begunAt ?? at)
    if (begins) this.#begunAt = at
    if (this.#begunAt === undefined) return
    this.#parts.push(Buffer.from(payload))
    if (type === FULL || type === LAST) this.#whole(this.#begunAt)
  }

  #whole(begunAt: number): void {
    if (this.#onRecord(Buffer.concat(this.#parts)) === 'refused') {
      this.#misplaced = true
      this.#damage(begunAt)
      return
    }
    this.#goesOn = this.#damagedAt !== undefined
    this.#begunAt = undefined
    this.#parts = []
  }

  #damage(at: number): void {
    this.#damagedAt ??= at
    this.#begunAt = undefined
    this.#parts = []
  }
}

/** Where the fragment ends that begins there, if one does. */
function endOf(bytes: Buffer, at: number): number | undefined {
  const type = bytes[at + 6]!
  if (type < FULL || type > LAST) return undefined
  const end = at + HEADER + bytes.readUInt16LE(at + 4)
  return end <= bytes.length && maskedCrc32c(bytes, at + 6, end) === bytes.readUInt32LE(at) ? end : undefined
}

/** Writes records as LevelDB would have, into memory of its own. */
export class LogWriter {
  readonly #pieces: Buffer[] = []
  #length = 0

  get bytes(): Buffer {
    return Buffer.concat(this.#pieces, this.#length)
  }

  add(payload: Buffer): void {
    let from = 0
    for (let first = true; first || from < payload.length; ) {
      const room = BLOCK - (this.#length % BLOCK)
      if (room < HEADER) {
        this.#push(Buffer.alloc(room))
        continue
      }
      const to = Math.min(payload.length, from + room - HEADER)
      this.#push(fragment(typeOf(first, to === payload.length), payload.subarray(from, to)))
      first = false
      from = to
    }
  }

  #push(piece: Buffer): void {
    this.#pieces.push(piece)
    this.#length += piece.length
  }
}

function typeOf(first: boolean, last: boolean): number {
  if (first) return last ? FULL : FIRST
  return last ? LAST : MIDDLE
}

function fragment(type: number, payload: Buffer): Buffer {
  const bytes = Buffer.alloc(HEADER + payload.length)
  bytes.writeUInt16LE(payload.length, 4)
  bytes[6] = type
  bytes.set(payload, HEADER)
  bytes.writeUInt32LE(maskedCrc32c(bytes, 6, bytes.length), 0)
  return bytes
}
