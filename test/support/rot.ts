/** What a bad card does to a file: every way is tried by chance, and says where it was. */
import { copyFile, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { basename, dirname, extname, join } from 'node:path'
import type { Pick } from './chance.js'

const SECTOR = 512
const PAGE = 4096

/** Spoils a file; says what exactly was done. */
type Spoil = (file: string, pick: Pick) => Promise<string>

const edit =
  (change: (bytes: Buffer, pick: Pick) => string): Spoil =>
  async (file, pick) => {
    const bytes = await readFile(file)
    if (bytes.length === 0) return 'nothing: it is empty'
    const said = change(bytes, pick)
    await replaced(file, bytes)
    return said
  }

/** The name may be one of several of the same file: what is written is a file of its own. */
async function replaced(file: string, bytes: Buffer): Promise<void> {
  await rm(file)
  await writeFile(file, bytes)
}

/** Anywhere; and as often where a few bytes decide about all others, at the two ends. */
function somewhere(length: number, pick: Pick): number {
  const end = Math.min(length, 128)
  return [pick(length), pick(end), length - 1 - pick(end), pick(length)][pick(4)] as number
}

function flip(bytes: Buffer, pick: Pick): string {
  const at = somewhere(bytes.length, pick)
  const bit = pick(8)
  bytes[at]! ^= 1 << bit
  return `bit ${bit} of byte ${at} of ${bytes.length}`
}

/** A sector or a page as the card has them, aligned. */
function sector(bytes: Buffer, pick: Pick): Buffer {
  const size = pick(2) ? PAGE : SECTOR
  const from = Math.floor(somewhere(bytes.length, pick) / size) * size
  return bytes.subarray(from, from + size)
}

const saidOf = (part: Buffer, bytes: Buffer) =>
  `${part.length} bytes at ${part.byteOffset - bytes.byteOffset} of ${bytes.length}`

export const SPOILS = {
  flip: edit(flip),
  flips: edit((bytes, pick) => Array.from({ length: 2 + pick(7) }, () => flip(bytes, pick)).join(', ')),
  zero: edit((bytes, pick) => {
    const part = sector(bytes, pick)
    part.fill(0)
    return saidOf(part, bytes)
  }),
  garbage: edit((bytes, pick) => {
    const part = sector(bytes, pick)
    for (let i = 0; i < part.length; i++) part[i] = pick(256)
    return saidOf(part, bytes)
  }),
  /** One sector has what belongs to another. */
  mixed: edit((bytes, pick) => {
    const part = sector(bytes, pick)
    const from = pick(Math.max(1, bytes.length - part.length))
    part.set(Buffer.from(bytes.subarray(from, from + part.length)))
    return `${saidOf(part, bytes)} from ${from}`
  }),
  cut: async (file, pick) => {
    const bytes = await readFile(file)
    const length = [pick(bytes.length + 1), Math.max(0, bytes.length - 1 - pick(64)), 0][pick(3)] as number
    await replaced(file, bytes)
    await truncate(file, length)
    return `to ${length} of ${bytes.length}`
  },
  grown: async (file, pick) => {
    const more = Buffer.from(Array.from({ length: 1 + pick(2 * PAGE) }, () => (pick(2) ? pick(256) : 0)))
    await replaced(file, Buffer.concat([await readFile(file), more]))
    return `by ${more.length}`
  },
  gone: async (file) => {
    await rm(file)
    return ''
  },
  /** All of it once more behind itself. */
  twice: async (file) => {
    const bytes = await readFile(file)
    await replaced(file, Buffer.concat([bytes, bytes]))
    return ''
  },
  /** The same once more beside itself, under another number. */
  doubled: async (file, pick) => {
    const other = basename(file).replace(/\d+/, (digits) =>
      String(Math.max(1, Number(digits) + 1 + pick(9))).padStart(digits.length, '0'),
    )
    await copyFile(file, join(dirname(file), other === basename(file) ? `${other}.2` : other)).catch(exists)
    return other
  },
} satisfies Record<string, Spoil>

export type SpoilName = keyof typeof SPOILS

function exists(error: unknown): void {
  if ((error as { code?: unknown }).code !== 'EEXIST') throw error
}

/** What a file is to the store, by its name. */
export function sortOf(name: string): string {
  const found = { '.log': 'log', '.ldb': 'table', '.json': name }[extname(name)]
  return found ?? name.replace(/-\d+$/, '')
}
