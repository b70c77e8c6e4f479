/** Reads the descriptor of LevelDB (CURRENT and the MANIFEST file it names): which tables and logs make up the database. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ByteReader } from './bytes.js'
import { readLog } from './log-file.js'

export interface Descriptor {
  readonly name: string
  readonly damaged: boolean
  /** Logs of this number and above are live; 0 names none. */
  readonly log: number
  /** Size in bytes by number of the table. */
  readonly tables: ReadonlyMap<number, number>
}

/** @throws what LevelDB would not open either */
export async function readDescriptor(directory: string): Promise<Descriptor> {
  const current = await readFile(join(directory, 'CURRENT'), 'utf8')
  if (!/^MANIFEST-\d+\n$/.test(current)) throw new RangeError('CURRENT does not name a descriptor')
  const edits = new Edits()
  const name = current.trim()
  const { damagedAt } = await readLog(join(directory, name), (record) => edits.apply(record))
  return { name, damaged: damagedAt !== undefined, log: edits.log, tables: edits.tables() }
}

/** The sum of all edits: what was added and not deleted. */
class Edits {
  log = 0
  /** A table may be deleted on one level and added on the next in the same edit, hence the level in the key. */
  readonly #live = new Map<string, readonly [number: number, size: number]>()

  tables(): Map<number, number> {
    return new Map(this.#live.values())
  }

  apply(record: Buffer): undefined {
    const from = new ByteReader(record)
    while (!from.done) this.#field(from.varint(), from)
  }

  #field(tag: number, from: ByteReader): void {
    switch (tag) {
      case 1: // the comparator's name
        from.take(from.varint())
        return
      case 2:
        this.log = from.varint()
        return
      case 3: // the next file's number
      case 4: // the last sequence
      case 9: // the log before, no longer used
        from.varint()
        return
      case 5: // where the next compaction of a level begins
        from.varint()
        from.take(from.varint())
        return
      case 6:
        this.#live.delete(`${from.varint()}/${from.varint()}`)
        return
      case 7: {
        const level = from.varint()
        const number = from.varint()
        this.#live.set(`${level}/${number}`, [number, from.varint()])
        from.take(from.varint())
        from.take(from.varint())
        return
      }
      default:
        throw new RangeError('an edit of the descriptor is not understood')
    }
  }
}
