/**
 * What a disk does besides losing its power. It is done in the machine, to the disk at /run/disk; `breakable` in
 * power-init.sh has put it behind the device mapper, in two parts: what the file system is made of, and the data.
 */
import { execFileSync } from 'node:child_process'
import { closeSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'

const DISK = '/run/disk'
export const FILLER = `${DISK}/filler`
const MARGIN = 4 * 1024 * 1024
/** Sectors: the first 25 MiB hold the journal and all metadata, see `format`. */
const FRONT = 51_200

const run = (command, input) => execFileSync('sh', ['-c', command], { input, stdio: ['pipe', 'pipe', 'pipe'] })
const sectors = () => Number(run('blockdev --getsz /dev/ubda'))

/** Other tables for the two parts, from now on. `nolockfs`: nothing is written first. */
function map(front, data) {
  const rest = sectors() - FRONT
  run('dmsetup suspend --noflush --nolockfs disk')
  run('dmsetup load disk', `0 ${FRONT} ${front(0)}\n${FRONT} ${rest} ${data(FRONT)}\n`)
  run('dmsetup resume --noudevsync disk')
}
const sound = (offset) => `linear /dev/ubda ${offset}`
/** Up for 0 s, then down for an hour: each write ends EIO. */
const unwritable = (offset) => `flakey /dev/ubda ${offset} 0 3600 1 error_writes`
const gone = () => 'error'

/** Until not one more byte fits. The most of it is only claimed; somebody else may be writing meanwhile. */
function fill() {
  const { bfree, bsize } = statfsSync(DISK)
  for (let left = bfree * bsize - MARGIN; left > 0; left -= MARGIN) {
    try {
      run(`fallocate -l ${left} ${FILLER}`)
      break
    } catch (error) {
      if (!/No space/.test(error.stderr)) throw error
    }
  }
  const file = openSync(FILLER, 'a')
  try {
    for (const block = Buffer.alloc(4096); ; ) writeSync(file, block)
  } catch (error) {
    if (error.code !== 'ENOSPC') throw error
  } finally {
    closeSync(file)
  }
}

/** Takes away what `fill` made; also after a cut. */
export const free = () => rmSync(FILLER, { force: true })

/** Refused for as long as somebody has a file open for writing. */
async function readOnly() {
  for (;;) {
    try {
      run(`mount -o remount,ro ${DISK}`)
      return
    } catch (error) {
      if (!/busy/.test(error.stderr)) throw error
      await pause(20)
    }
  }
}

/** `begin` breaks the disk; `worsen`, if there is one, when the daemon has given up on it; `end` mends it, where it can be. */
export const faults = {
  full: { begin: fill, end: free },
  'read-only': {
    begin: fill,
    worsen: readOnly,
    end: () => {
      run(`mount -o remount,rw ${DISK}`)
      free()
    },
  },
  failing: { begin: () => map(sound, unwritable), end: () => map(sound, sound) },
  dead: { begin: () => map(gone, gone) },
}
