/** All checks, in the order in which they are told: docs/guides/is-all-well.md has the same table. */
import { clockCheck } from './clock.js'
import { configCheck } from './config.js'
import { daemonCheck } from './daemon.js'
import { diskCheck } from './disk.js'
import { filesCheck } from './files.js'
import type { Finding } from './finding.js'
import { fsyncCheck } from './fsync.js'
import { gpioCheck } from './gpio.js'
import { lockCheck } from './lock.js'
import { memoryCheck } from './memory.js'
import { nodeCheck } from './node.js'
import type { Place } from './place.js'
import { powerCheck } from './power.js'
import { socketCheck } from './socket.js'
import { spaceCheck } from './space.js'
import { storeCheck } from './store.js'

export interface Check {
  readonly name: string
  /** What it looks at. */
  readonly looks: string
  readonly run: (place: Place) => Promise<Finding[]>
}

export const CHECKS: readonly Check[] = [
  { name: 'node', looks: 'the version of Node, and how large its heap can get', run: nodeCheck },
  {
    name: 'config',
    looks: 'the config is read and a runtime made of it; what is strange about machines and routes',
    run: configCheck,
  },
  { name: 'store', looks: 'the directory of the store: whose it is, who may use it', run: storeCheck },
  {
    name: 'disk',
    looks: 'the file system under it: does it keep what is written, can it be written, is it a card',
    run: diskCheck,
  },
  { name: 'space', looks: 'free space and inodes', run: spaceCheck },
  { name: 'lock', looks: 'which process has the store open', run: lockCheck },
  { name: 'files', looks: 'format and checksums of the store; what repairs and restores put aside', run: filesCheck },
  { name: 'fsync', looks: 'how long a synced append takes', run: fsyncCheck },
  { name: 'clock', looks: 'the time, who sets it, and whether it goes on without power', run: clockCheck },
  { name: 'memory', looks: 'what is left, the limit of the daemon, who was killed, swap on a card', run: memoryCheck },
  { name: 'power', looks: 'voltage and heat, where the board says', run: powerCheck },
  {
    name: 'gpio',
    looks: 'the GPIO chips, whether this user may use them, what becomes of outputs, the lines of the devices',
    run: gpioCheck,
  },
  { name: 'socket', looks: 'where the daemon listens, and who may talk to it', run: socketCheck },
  {
    name: 'daemon',
    looks: 'what the daemon says of itself: gates, routes, kinds, devices, failed tasks, quarantine',
    run: daemonCheck,
  },
]
