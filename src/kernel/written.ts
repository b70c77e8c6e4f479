import { readFileSync } from 'node:fs'

/**
 * Bytes that the kernel says this process has handed to the disk since it began: the log and the compaction of the
 * store, and whatever else it writes. `undefined` where nobody counts them.
 */
export function writtenBytes(): number | undefined {
  try {
    const found = /^write_bytes: (\d+)$/m.exec(readFileSync('/proc/self/io', 'utf8'))
    return found ? Number(found[1]) : undefined
  } catch {
    return undefined
  }
}
