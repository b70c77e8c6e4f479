/**
 * The write-ahead log as what it holds: batches, each numbered behind the ones before. LevelDB does not look at the
 * numbers, and ends the process when it finds a batch a second time; nor does it look behind a damaged record for what
 * is whole in the same block. A log that is written anew has every whole batch once, and nothing else.
 */
import { writeFile } from 'node:fs/promises'
import { type LogReading, LogWriter, readLog } from './log-file.js'

/** A batch begins with the number of its first entry, and how many there are. */
const NUMBERED = 12

export interface BatchReading extends LogReading {
  /** The number of the last entry. */
  readonly last: number
}

/** The batches that come behind entry `after`, in their order. */
export async function readBatches(
  path: string,
  after = 0,
  onBatch: (batch: Buffer) => void = () => undefined,
): Promise<BatchReading> {
  let last = after
  const reading = await readLog(
    path,
    (batch) => {
      if (batch.length < NUMBERED) return 'refused'
      const first = Number(batch.readBigUInt64LE())
      if (first <= last) return 'refused'
      last = first + batch.readUInt32LE(8) - 1
      onBatch(batch)
      return undefined
    },
    true,
  )
  return { ...reading, last }
}

/** Gives the number of the last entry. */
export async function rewriteLog(from: string, to: string, after: number): Promise<number> {
  const writer = new LogWriter()
  const { last } = await readBatches(from, after, (batch) => writer.add(batch))
  await writeFile(to, writer.bytes, { flag: 'wx', mode: 0o600 })
  return last
}
