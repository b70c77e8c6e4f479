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
  /** Nothing can be found in it. LevelDB would try, and end the process over what it finds. */
  readonly lost?: true
  /** The table ends here, and something follows it. */
  readonly end?: number
  /** What belongs there, in its last bytes. */
  readonly footer?: Buffer
}

interface Handle {
  readonly offset: number
  readonly size: number
}

/** Whether it has the size and the end of a table: finds one that was cut, zeroed or never written. */
export async function endsWell(path: string, size: number): Promise<boolean> {
  const file = await open(path, 'r')
  try {
    if ((await file.stat()).size !== size) return false
    const { buffer } = await file.read(Buffer.alloc(FOOTER), 0, FOOTER, Math.max(0, size - FOOTER))
    return isFooter(buffer)
  } finally {
    await file.close()
  }
}

/** All of it: its size, its footer, and every block against its checksum. */
export async function checkTable(path: string, size: number): Promise<TableDamage | undefined> {
  const all = await readFile(path)
  const reasons = all.length === size ? [] : [`has ${all.length} bytes instead of ${size}`]
  if (all.length < size || size < FOOTER) return { reason: reasons.join(), spoil: [], lost: true }
  const bytes = all.subarray(0, size)
  const ends = findEnds(bytes)
  if (!ends) return { reason: [...reasons, 'does not end like a table'].join(', '), spoil: [], lost: true }
  const footer = footerOf(ends)
  const whole = footer.equals(bytes.subarray(-FOOTER))
  if (!whole) reasons.push('has a damaged footer')
  const damaged = damagedBlocks(bytes, ends)
  if (damaged) reasons.push(damaged.reason)
  if (reasons.length === 0) return undefined
  return {
    reason: reasons.join(', '),
    spoil: within(bytes, damaged?.blocks ?? []),
    ...(all.length === size ? {} : { end: size }),
    ...(whole ? {} : { footer }),
  }
}

function damagedBlocks(bytes: Buffer, { meta, index }: Ends): { reason: string; blocks: Handle[] } | undefined {
  if (!isSound(bytes, index)) return { reason: 'has a damaged index', blocks: [index] }
  const bad = handles(bytes, index).filter((block) => !isSound(bytes, block))
  const filter = isFilterSound(bytes, meta) ? [] : [meta]
  if (bad.length + filter.length === 0) return undefined
  const parts = [bad.length > 0 && `${bad.length} damaged blocks`, filter.length > 0 && 'a damaged filter']
  return { reason: `has ${parts.filter(Boolean).join(' and ')}`, blocks: [...bad, ...filter] }
}

interface Ends {
  readonly meta: Handle
  readonly index: Handle
}

/** A meta index is one name and one handle. */
const LONGEST_META = 256

/**
 * A footer has no checksum: what it says is held to where its two blocks have to be, the index right before it and the
 * meta index right before that. What is wrong with one of them follows from the other.
 */
function findEnds(bytes: Buffer): Ends | undefined {
  const end = bytes.length - FOOTER
  const said = saidIn(bytes.subarray(-FOOTER))
  const before = (handle: Handle | undefined, place: number) => handle !== undefined && endOf(handle) === place
  const between = { offset: said ? endOf(said.meta) : end, size: said ? end - TRAILER - endOf(said.meta) : -1 }
  const index = [said?.index, between].find((each) => before(each, end) && isSound(bytes, each as Handle))
  // Its place is known and what is in it is not: it is the index that is damaged.
  if (!index) return said && before(said.index, end) && before(said.meta, said.index.offset) ? said : undefined
  if (before(said?.meta, index.offset)) return { meta: said?.meta as Handle, index }
  for (let size = 0; size < Math.min(LONGEST_META, index.offset - TRAILER); size++) {
    const meta = { offset: index.offset - TRAILER - size, size }
    if (isSound(bytes, meta)) return { meta, index }
  }
  return { meta: { offset: bytes.length, size: 0 }, index }
}

const endOf = ({ offset, size }: Handle) => offset + size + TRAILER

function saidIn(footer: Buffer): Ends | undefined {
  try {
    const from = new ByteReader(footer)
    return { meta: handle(from), index: handle(from) }
  } catch {
    return undefined
  }
}

function footerOf({ meta, index }: Ends): Buffer {
  const footer = Buffer.alloc(FOOTER)
  let at = 0
  for (const number of [meta.offset, meta.size, index.offset, index.size]) {
    let left = number
    for (; left > 0x7f; left = Math.floor(left / 0x80)) footer[at++] = (left % 0x80) | 0x80
    footer[at++] = left
  }
  footer.set(MAGIC, FOOTER - MAGIC.length)
  return footer
}

/**
 * A wrong filter hides keys. LevelDB does without one when it cannot read the meta index, so a meta index of an unknown
 * type (which is how repair spoils it) is as good as none.
 */
function isFilterSound(bytes: Buffer, meta: Handle): boolean {
  if (meta.offset >= bytes.length) return true
  const type = bytes[meta.offset + meta.size]
  if (type !== undefined && type > SNAPPY) return true
  return isSound(bytes, meta) && handles(bytes, meta).every((block) => isSound(bytes, block))
}

function isSound(bytes: Buffer, { offset, size }: Handle): boolean {
  const end = offset + size + 1
  return size >= 0 && end + 4 <= bytes.length && maskedCrc32c(bytes, offset, end) === bytes.readUInt32LE(end)
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

function within(bytes: Buffer, blocks: readonly Handle[]): number[] {
  return blocks.map(({ offset, size }) => offset + size).filter((at) => at + TRAILER <= bytes.length)
}
