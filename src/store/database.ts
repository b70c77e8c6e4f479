/** LevelDB as every store of a daemon has it. */
import { Level } from 'level'

/**
 * For a board with 512 MB and a card that wears. Measured on 150,000 tasks (three puts each, two synced batches of 250):
 * bytes written a task with a write buffer of 2, 4, 8 and 16 MB are 2290, 1877, 1574 and 1510, so 8 has most of what
 * there is to gain, and at most two such buffers are in memory. Without compression 8 MB gives 3547.
 */
const SETTINGS = {
  writeBufferSize: 8 * 1024 * 1024,
  compression: true,
  // Records are read at a start and when a dormant task wakes, seldom twice: the page cache does that better.
  cacheSize: 4 * 1024 * 1024,
  // 2 MB each: every table open holds its index and filter, some 30 KB.
  maxOpenFiles: 256,
}

export async function openDatabase(directory: string, createIfMissing: boolean): Promise<Level> {
  const level = new Level(directory, { ...SETTINGS, createIfMissing })
  await level.open()
  return level
}
