import { type Finding, Findings } from './finding.js'
import { cardOf, type Mount, mountOf } from './mount.js'
import type { Place } from './place.js'
import { nearest } from './reach.js'
import { shellWord } from './shell-word.js'

const FORGETTING: Readonly<Record<string, string>> = {
  tmpfs: 'is in memory',
  ramfs: 'is in memory',
  overlay: 'is an overlay, which is gone with its upper layer: the memory, or a container',
}
const REMOTE = /^(nfs\d?|cifs|smb3|9p|virtiofs|fuse\b.*|ceph|glusterfs)$/
/** Neither a journal nor rights; what a cut tears there, nobody mends. */
const PLAIN = /^(vfat|msdos|exfat|ntfs3?)$/
const UNSYNCED = ['nobarrier', 'barrier=0', 'barrier=none']

const disk = new Findings('disk')

/** The file system of the store, and whether what is on it stays there. */
export async function diskCheck({ path, roots }: Place): Promise<Finding[]> {
  if (path === undefined) return []
  const mount = await mountOf((await nearest(path)).path, roots)
  if (!mount) return [disk.note('the system does not list what is mounted')]
  const card = await cardOf(mount, roots)
  return [...kind(path, mount), ...rights(mount), ...promises(mount), ...wear(mount, card)]
}

function kind(path: string, { type, point }: Mount): Finding[] {
  const forgetting = FORGETTING[type]
  if (forgetting !== undefined) {
    const advice = 'Point `path` at a directory on a disk: every task is gone with the next power cut.'
    return [disk.fault(`${point} (${type}) ${forgetting}`, advice)]
  }
  if (REMOTE.test(type)) {
    const advice = 'What is acknowledged may not be on a disk yet: point `path` at one of this board.'
    return [disk.warning(`${point} (${type}) is elsewhere: fsync promises little there`, advice)]
  }
  if (PLAIN.test(type)) {
    const advice = `Use ext4 for ${path}: it has a journal, and knows who may read.`
    return [disk.warning(`${point} (${type}) has no journal and no rights`, advice)]
  }
  return [disk.ok(`${type}, mounted at ${point}`)]
}

function rights({ options, point }: Mount): Finding[] {
  if (!options.has('ro')) return []
  const advice = `Often after an error: \`dmesg\`; then \`sudo mount -o remount,rw ${shellWord(point)}\`.`
  return [disk.fault(`${point} is mounted read-only`, advice)]
}

function promises({ options, point }: Mount): Finding[] {
  const unsynced = UNSYNCED.find((option) => options.has(option))
  if (unsynced === undefined) return []
  const says = `${point} is mounted with ${unsynced}: an fsync does not wait for the disk`
  return [disk.warning(says, `Take ${unsynced} out of /etc/fstab: a power cut loses what was acknowledged.`)]
}

function wear({ options, point }: Mount, card: string | undefined): Finding[] {
  const commit = [...options].find((option) => option.startsWith('commit='))
  return [
    ...(card === undefined ? [] : [disk.note(`${point} is on an ${card}, which wears`, WEAR)]),
    ...(card === undefined || options.has('noatime')
      ? []
      : [disk.note(`${point} is mounted without noatime: to read is to write`, 'Add `noatime` in /etc/fstab.')]),
    ...(commit === undefined
      ? []
      : [disk.note(`${point} is mounted with ${commit}: that is for others, what holdfast commits is fsynced`)]),
  ]
}

const WEAR = 'docs/guides/keep-the-card-alive.md says how to write less.'
