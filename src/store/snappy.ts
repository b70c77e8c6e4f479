import { ByteReader } from './bytes.js'

/** Unpacks one snappy block, the compression of LevelDB's tables. Throws when it is none. */
export function unsnappy(packed: Buffer): Buffer {
  const from = new ByteReader(packed)
  const length = from.varint()
  // A block of a few bytes that claims to hold gigabytes is damage: snappy packs to a 21st at most.
  if (length > packed.length * 64) throw new RangeError('not a snappy block')
  const out = Buffer.allocUnsafe(length)
  let at = 0
  while (!from.done) {
    const tag = from.byte()
    if ((tag & 3) === 0) {
      at += from.take(literalLength(tag, from)).copy(out, at)
      continue
    }
    const { size, offset } = copyOf(tag, from)
    if (offset === 0 || offset > at || at + size > length) throw new RangeError('not a snappy block')
    // Byte by byte: a copy may overlap what it writes.
    for (const end = at + size; at < end; at++) out[at] = out[at - offset]!
  }
  if (at !== length) throw new RangeError('not a snappy block')
  return out
}

function literalLength(tag: number, from: ByteReader): number {
  const short = tag >>> 2
  return (short < 60 ? short : little(from, short - 59)) + 1
}

function copyOf(tag: number, from: ByteReader): { size: number; offset: number } {
  if ((tag & 3) === 1) return { size: ((tag >>> 2) & 7) + 4, offset: ((tag >>> 5) << 8) | from.byte() }
  return { size: (tag >>> 2) + 1, offset: little(from, (tag & 3) === 2 ? 2 : 4) }
}

function little(from: ByteReader, bytes: number): number {
  let value = 0
  for (let n = 0; n < bytes; n++) value += from.byte() * 2 ** (8 * n)
  return value
}
