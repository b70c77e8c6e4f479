/**
 * Checks a table of LevelDB. classic-level reads tables without verifying checksums: a zeroed block reads as an empty
 * one, and its records are gone without an error. Blocks are data, type(1), crc(4); an index names them, a footer of 48
 * bytes names the index and the meta index, which names the filter.
 */
import { open, readFile } from 'node:fs/promises'
import { ByteReader } from './bytes.js'
import { maskedCrc32c } from './crc32c.js'
import { unsnappy } from './snappy.js'

const FOOTER = 48
const MAGIC = Buffer.from('57fb808b247547db', 'hex')
const TRAILER = 5
const SNAPPY = 1

/** What is wrong: `spoil` are the offsets of type bytes that make LevelDB refuse the bad blocks and keep the others. */
export interface TableDamage {
  readonly reason: string
  readonly spoil: readonly number[]
}

interface Handle {
  readonly offset: number
  readonly size: number
}

/** Size and footer only: finds a table that was cut, zeroed or never written. */
export async function checkEnds(path: string, size: number): Promise<TableDamage | undefined> {
  const file = await open(path, 'r')
  try {
    const found = (await file.stat()).size
    if (found !== size) return whole(`has ${found} bytes instead of ${size}`)
    const { buffer } = await file.read(Buffer.alloc(FOOTER), 0, FOOTER, Math.max(0, size - FOOTER))
    return isFooter(buffer) ? undefined : whole('does not end like a table')
  } finally {
    await file.close()
  }
}

/** Every block against its checksum; for a table whose ends are good. */
export async function checkBlocks(path: string): Promise<TableDamage | undefined> {
  const bytes = await readFile(path)
  const footer = new ByteReader(bytes.subarray(-FOOTER))
  const meta = handle(footer)
  const index = handle(footer)
  if (!isSound(bytes, index)) return { reason: 'has a damaged index', spoil: within(bytes, [index]) }
  const bad = handles(bytes, index).filter((block) => !isSound(bytes, block))
  const filter = isFilterSound(bytes, meta) ? [] : [meta]
  if (bad.length + filter.length === 0) return undefined
  const parts = [bad.length > 0 && `${bad.length} damaged blocks`, filter.length > 0 && 'a damaged filter']
  return { reason: `has ${parts.filter(Boolean).join(' and ')}`, spoil: within(bytes, [...bad, ...filter]) }
}

/**
 * A wrong filter hides keys. LevelDB does without one when it cannot read the meta index, so a meta index of an unknown
 * type (which is how repair spoils it) is as good as none.
 */
function isFilterSound(bytes: Buffer, meta: Handle): boolean {
  const type = bytes[meta.offset + meta.size]
  if (type !== undefined && type > SNAPPY) return true
  return isSound(bytes, meta) && handles(bytes, meta).every((block) => isSound(bytes, block))
}

function isSound(bytes: Buffer, { offset, size }: Handle): boolean {
  const end = offset + size + 1
  return end + 4 <= bytes.length && maskedCrc32c(bytes, offset, end) === bytes.readUInt32LE(end)
}

/** The handles that a sound index block lists. Its keys share beginnings and do not matter here. */
function handles(bytes: Buffer, { offset, size }: Handle): Handle[] {
  const packed = bytes.subarray(offset, offset + size)
  const block = bytes[offset + size] === SNAPPY ? unsnappy(packed) : packed
  const restarts = block.readUInt32LE(block.length - 4)
  const entries = new ByteReader(block.subarray(0, block.length - 4 * (restarts + 1)))
  const found: Handle[] = []
  while (!entries.done) {
    entries.varint()
    const unshared = entries.varint()
    const length = entries.varint()
    entries.take(unshared)
    found.push(handle(new ByteReader(entries.take(length))))
  }
  return found
}

function handle(from: ByteReader): Handle {
  return { offset: from.varint(), size: from.varint() }
}

function isFooter(footer: Buffer): boolean {
  return footer.subarray(-MAGIC.length).equals(MAGIC)
}

function whole(reason: string): TableDamage {
  return { reason, spoil: [] }
}

function within(bytes: Buffer, blocks: readonly Handle[]): number[] {
  return blocks.map(({ offset, size }) => offset + size).filter((at) => at + TRAILER <= bytes.length)
}
