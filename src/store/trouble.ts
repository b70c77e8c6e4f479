/**
 * What went wrong, in our words: every error of LevelDB, abstract-level and the file system becomes one of four codes,
 * with a hint that names the directory and the next command to type.
 */
import { HoldfastError } from '../model/errors.js'

/** `code` of Node's errors, and the text that LevelDB has instead of one. */
const DISK = [
  ['ENOSPC', 'No space left on device', 'The disk is full: free some space (`df -h %`).'],
  ['EDQUOT', 'Disk quota exceeded', 'The quota is used up: free some space or raise it (`df -h %`).'],
  [
    'EROFS',
    'Read-only file system',
    'The disk is mounted read-only, often after an error: see `dmesg`, then remount it.',
  ],
  ['EACCES', 'Permission denied', 'This user may not use it: `ls -ld %`, then chown it to the user of the daemon.'],
  [
    'EPERM',
    'Operation not permitted',
    'This user may not use it: `ls -ld %`, then chown it to the user of the daemon.',
  ],
  ['EIO', 'Input/output error', 'The disk fails: see `dmesg`, and replace the card.'],
  ['EMFILE', 'Too many open files', 'Raise the limit on open files: LimitNOFILE= of the unit, or `ulimit -n`.'],
  ['ENOTDIR', 'Not a directory', 'A part of the path is a file: give `path` a directory, `ls -ld %`.'],
  ['EEXIST', 'File exists', 'A file is in the way: give `path` a directory, `ls -ld %`.'],
] as const

const NOT_OPEN = new Set([
  'LEVEL_DATABASE_NOT_OPEN',
  'LEVEL_ITERATOR_NOT_OPEN',
  'LEVEL_BATCH_NOT_OPEN',
  'LEVEL_SNAPSHOT_NOT_OPEN',
])

/** The same failure as a HoldfastError; one that is one already stays as it is. */
export function storeError(thrown: unknown, location: string): HoldfastError {
  if (thrown instanceof HoldfastError) return thrown
  const { code, message } = innermost(thrown)
  if (code === 'LEVEL_LOCKED') return locked(message, location, thrown)
  if (code === 'LEVEL_CORRUPTION') {
    return new HoldfastError('ERR_STORE_CORRUPT', `the store ${location} is damaged: ${message}`, { cause: thrown })
  }
  if (NOT_OPEN.has(code)) return closedError(location, thrown)
  const known = refusal(thrown)
  const hint = known && { hint: known[2].replaceAll('%', location) }
  const text = `the store ${location} cannot be read or written: ${message}`
  return new HoldfastError('ERR_STORE_IO', text, { ...hint, cause: thrown })
}

export function closedError(location: string, cause?: unknown): HoldfastError {
  return new HoldfastError('ERR_STORE_CLOSED', `the store ${location} is closed`, { cause })
}

/** Whether an open failed because of what the files hold, and not because the disk or another process refused. */
export function isDamage(thrown: unknown): boolean {
  const { code, message } = innermost(thrown)
  if (code === 'LEVEL_CORRUPTION') return true
  // CURRENT is gone, or names a file that is gone: LevelDB has words of its own for each.
  return /does not exist|No such file or directory|Is a directory/.test(message)
}

/** Whether the disk refused: full, read-only, forbidden, failing. That is no damage of the files, and no repair helps. */
export function isRefusal(thrown: unknown): boolean {
  return refusal(thrown) !== undefined
}

export function isLocked(thrown: unknown): boolean {
  return innermost(thrown).code === 'LEVEL_LOCKED'
}

export function isMissing(thrown: unknown): boolean {
  return (thrown as { code?: unknown } | null)?.code === 'ENOENT'
}

function refusal(thrown: unknown): (typeof DISK)[number] | undefined {
  const { code, message } = innermost(thrown)
  return DISK.find(([errno, text]) => code === errno || message.includes(text))
}

function locked(message: string, location: string, cause: unknown): HoldfastError {
  if (!message.includes('already held by process')) {
    return new HoldfastError('ERR_STORE_LOCKED', `another process has the store ${location} open`, { cause })
  }
  const hint = 'One runtime per directory: close the first one, or give each a path of its own.'
  return new HoldfastError('ERR_STORE_LOCKED', `this process has the store ${location} open already`, { hint, cause })
}

/** abstract-level wraps what made an open fail: the reason is the last of the causes. */
function innermost(thrown: unknown): { code: string; message: string } {
  let error = thrown as { code?: unknown; message?: unknown; cause?: unknown } | null | undefined
  while (error?.cause instanceof Error) error = error.cause
  return { code: String(error?.code ?? ''), message: String(error?.message ?? thrown) }
}
