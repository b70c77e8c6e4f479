import { statfs } from 'node:fs/promises'
import { bytesOf } from '../words.js'
import { type Finding, Findings } from './finding.js'
import type { Place } from './place.js'
import { nearest } from './reach.js'

const MEGABYTE = 1024 * 1024
/** Compaction writes tables anew before it takes the old ones away. */
const NEEDED_BYTES = 50 * MEGABYTE
/** So much is enough, however large the disk is. */
const AMPLE_BYTES = 8 * 1024 * MEGABYTE
const LEAST = 0.02
const LITTLE = 0.1

const ADVICE = '`df -h` and `sudo du -xh / | sort -h | tail` say what takes it; docs/guides/when-the-disk-is-full.md.'

const space = new Findings('space')

/** Room for data, and for names. */
export async function spaceCheck({ path }: Place): Promise<Finding[]> {
  if (path === undefined) return []
  const { bsize, blocks, bavail, files, ffree } = await statfs((await nearest(path)).path)
  const free = bavail * bsize
  const part = blocks === 0 ? 1 : bavail / blocks
  const says = `${bytesOf(free)} of ${bytesOf(blocks * bsize)} are free`
  // Some file systems have no fixed number of files, and say 0.
  const names = files === 0 ? 1 : ffree / files
  return [
    free < NEEDED_BYTES || (part < LEAST && free < AMPLE_BYTES)
      ? space.fault(says, ADVICE)
      : part < LITTLE && free < AMPLE_BYTES
        ? space.warning(says, ADVICE)
        : space.ok(says),
    ...(names < LEAST
      ? [space.fault(`${ffree} of ${files} inodes are free`, INODES)]
      : names < LITTLE
        ? [space.warning(`${ffree} of ${files} inodes are free`, INODES)]
        : []),
  ]
}

const INODES = 'Many small files somewhere: `df -i`.'
