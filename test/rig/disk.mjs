/** A disk of the machine: a file of the host that holds a file system. */
import { execFileSync } from 'node:child_process'
import { rmSync, truncateSync, writeFileSync } from 'node:fs'

/** `packed_meta_blocks`: journal and metadata are in front, so that the data behind them can fail alone. */
const MAKE = { ext4: ['mkfs.ext4', '-q', '-F', '-E', 'packed_meta_blocks=1'], f2fs: ['mkfs.f2fs', '-q', '-f'] }
const env = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` }

export const FILE_SYSTEMS = Object.keys(MAKE)

/** A disk with an empty file system; what was in the file is gone. */
export function format(path, fileSystem, megabytes = 256) {
  rmSync(path, { force: true })
  writeFileSync(path, '')
  truncateSync(path, megabytes * 1024 * 1024)
  const [tool, ...options] = MAKE[fileSystem]
  execFileSync(tool, [...options, path], { env, stdio: 'pipe' })
}

/** The disk as it was left by a cut, before a check replays its journal and the store recovers. */
export function keep(path, copy) {
  execFileSync('cp', ['--sparse=always', '--reflink=auto', path, copy])
}
