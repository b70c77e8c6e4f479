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
}

export async function readLog(path: string, onRecord?: (payload: Buffer) => void): Promise<LogReading> {
  const reader = new LogReader(onRecord)
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
  readonly #onRecord: ((payload: Buffer) => void) | undefined
  #damagedAt: number | undefined
  #goesOn = false
  /** Where the record began whose end is still to come. */
  #begunAt: number | undefined
  #parts: Buffer[] = []

  constructor(onRecord: ((payload: Buffer) => void) | undefined) {
    this.#onRecord = onRecord
  }

  block(bytes: Buffer, offset: number): void {
    let at = 0
    while (bytes.length - at >= HEADER) {
      const end = at + HEADER + bytes.readUInt16LE(at + 4)
      // After a wrong header nothing in the block can be found: LevelDB drops the rest of it too.
      if (end > bytes.length || maskedCrc32c(bytes, at + 6, end) !== bytes.readUInt32LE(at)) {
        this.#damage(offset + at)
        return
      }
      this.#fragment(bytes[at + 6]!, bytes.subarray(at + HEADER, end), offset + at)
      at = end
    }
    // A whole block ends in up to six zeros; a header cut short is a torn tail.
    if (at < bytes.length && bytes.length < BLOCK) this.#damage(offset + at)
  }

  end(): LogReading {
    if (this.#begunAt !== undefined) this.#damage(this.#begunAt)
    return { damagedAt: this.#damagedAt, goesOn: this.#goesOn }
  }

  #fragment(type: number, payload: Buffer, at: number): void {
    const begins = type === FULL || type === FIRST
    if (begins ? this.#begunAt !== undefined : this.#begunAt === undefined) this.#damage(this.#begunAt ?? at)
    if (begins) this.#begunAt = at
    if (this.#begunAt === undefined) return
    if (!begins && type !== MIDDLE && type !== LAST) {
      this.#damage(at)
      return
    }
    if (this.#onRecord) this.#parts.push(Buffer.from(payload))
    if (type === FULL || type === LAST) this.#whole()
  }

  #whole(): void {
    this.#goesOn = this.#damagedAt !== undefined
    this.#onRecord?.(Buffer.concat(this.#parts))
    this.#begunAt = undefined
    this.#parts = []
  }

  #damage(at: number): void {
    this.#damagedAt ??= at
    this.#begunAt = undefined
    this.#parts = []
  }
}
