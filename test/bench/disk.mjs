// A disk of a measurement's own: ext4 in a file, through a loop device. What the kernel counts for that device is what
// the measurement writes and nothing else, the journal of the file system included.
import { execFileSync } from 'node:child_process'
import { chmodSync, closeSync, ftruncateSync, mkdirSync, openSync, rmSync } from 'node:fs'
import { join } from 'node:path'

const run = (program, ...args) => execFileSync(program, args, { stdio: 'pipe' })
const mounted = new Set()
// At the end of a run that was broken off somebody may still be in it: it goes when they have gone.
process.once('exit', () => {
  for (const path of mounted) run('umount', '--lazy', path)
})

/** A fresh file system of so many bytes below a directory; the file grows with what is written. */
export function newDisk(directory, bytes) {
  const [image, path] = [join(directory, 'disk'), join(directory, 'mnt')]
  const file = openSync(image, 'w')
  ftruncateSync(file, bytes)
  closeSync(file)
  mkdirSync(path)
  // Tables are written at once: the kernel would write them later, and they would count.
  run('mkfs.ext4', '-q', '-m', '0', '-E', 'lazy_itable_init=0,lazy_journal_init=0', image)
  // The device goes with its mount.
  run('mount', '-t', 'ext4', '-o', 'loop,noatime', image, path)
  chmodSync(path, 0o777)
  mounted.add(path)
  return {
    path,
    release() {
      run('umount', path)
      mounted.delete(path)
      rmSync(image)
    },
  }
}

/** Why no disk can be made here, or `undefined`. */
export function noDisk(directory) {
  try {
    newDisk(directory, 16 * 1024 * 1024).release()
    rmSync(join(directory, 'mnt'), { recursive: true })
    return undefined
  } catch (error) {
    return `no file system of its own: ${error.message.trim().split('\n').at(-1)}`
  }
}
