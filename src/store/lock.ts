/**
 * Who has the database open. LevelDB's lock is one of the operating system on the file LOCK, so it goes with its process.
 * To take it is the sure way to know, and leaves a trace (LevelDB begins a new LOG); to ask the system leaves none.
 */
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { ClassicLevel } from 'classic-level'
import { exists } from './durable.js'
import { isLocked, isMissing } from './trouble.js'

/** Takes the lock for a moment. LevelDB looks for it first, and for what `errorIfExists` forbids second. */
export async function assertFree(database: string): Promise<void> {
  if (!(await exists(join(database, 'LOCK')))) return
  const probe = new ClassicLevel(database, { createIfMissing: false, errorIfExists: true })
  try {
    await probe.open()
  } catch (error) {
    if (isLocked(error)) throw error
    return
  }
  await probe.close()
}

/**
 * The process that has the lock, as Linux lists it, and nothing is touched; `undefined` when none has it, or where the
 * system does not tell.
 */
export async function holderOf(database: string): Promise<number | undefined> {
  try {
    const { dev, ino } = await stat(join(database, 'LOCK'), { bigint: true })
    const file = `${hex(majorOf(dev))}:${hex(minorOf(dev))}:${ino}`
    for (const line of (await readFile('/proc/locks', 'utf8')).split('\n')) {
      const [, kind, , mode, pid, locked] = line.split(/\s+/)
      if (kind === 'POSIX' && mode === 'WRITE' && locked === file) return Number(pid)
    }
    return undefined
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}

const hex = (number: bigint) => number.toString(16).padStart(2, '0')
/** The two parts of a device number, as glibc packs them. */
const majorOf = (dev: bigint) => ((dev >> 8n) & 0xfffn) | ((dev >> 32n) & ~0xfffn)
const minorOf = (dev: bigint) => (dev & 0xffn) | ((dev >> 12n) & ~0xffn)
