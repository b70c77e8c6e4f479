/** Reads LevelDB's numbers and texts off a buffer; past its end it throws, as a cut file makes it do. */
export class ByteReader {
  readonly bytes: Buffer
  at: number

  constructor(bytes: Buffer, at = 0) {
    this.bytes = bytes
    this.at = at
  }

  get done(): boolean {
    return this.at >= this.bytes.length
  }

  /** Seven bits a byte, the lowest first. A number beyond 2^53 is no size or file number: it loses its low bits. */
  varint(): number {
    let value = 0
    for (let scale = 1; ; scale *= 128) {
      const byte = this.byte()
      value += (byte & 127) * scale
      if (byte < 128) return value
    }
  }

  byte(): number {
    const byte = this.bytes[this.at++]
    if (byte === undefined) throw new RangeError('the bytes end too early')
    return byte
  }

  take(length: number): Buffer {
    const end = this.at + length
    if (end > this.bytes.length) throw new RangeError('the bytes end too early')
    const taken = this.bytes.subarray(this.at, end)
    this.at = end
    return taken
  }
}
