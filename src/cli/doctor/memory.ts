import { dirname, join } from 'node:path'
import { holderOf } from '../../store/lock.js'
import { bytesOf } from '../words.js'
import { type Finding, Findings } from './finding.js'
import { cardOf, mountOf } from './mount.js'
import type { Place, Roots } from './place.js'
import { numberOf, textOf } from './system-file.js'

/** An idle daemon takes 90 MB. */
const LITTLE_BYTES = 64 * 1024 * 1024
const KILOBYTE = 1024

const memory = new Findings('memory')

/** What is left, what the daemon may have of it, and whether anybody was killed for it. */
export async function memoryCheck(place: Place): Promise<Finding[]> {
  const { roots } = place
  return [...(await available(roots)), ...(await limits(place)), ...(await swap(roots))]
}

async function available({ proc }: Roots): Promise<Finding[]> {
  const text = (await textOf(join(proc, 'meminfo'))) ?? ''
  const [left, total] = ['MemAvailable', 'MemTotal'].map((name) => {
    const found = new RegExp(`^${name}: +(\\d+) kB$`, 'm').exec(text)?.[1]
    return found === undefined ? undefined : Number(found) * KILOBYTE
  })
  if (left === undefined || total === undefined) return []
  const says = `${bytesOf(left)} of ${bytesOf(total)} are available`
  return [left < LITTLE_BYTES ? memory.warning(says, '`ps aux --sort=-rss | head` says who has it.') : memory.ok(says)]
}

/** Of the control group in which the daemon is; of this process, when nobody has the store open. */
async function limits({ path, roots }: Place): Promise<Finding[]> {
  const root = join(roots.sys, 'fs/cgroup')
  const controllers = (await textOf(join(root, 'cgroup.controllers')))?.split(' ')
  if (!controllers) return []
  if (!controllers.includes('memory')) {
    const advice = 'To have it: `cgroup_enable=memory` in /boot/firmware/cmdline.txt, then reboot.'
    return [memory.note('the kernel does not limit memory: MemoryMax= of a unit does nothing', advice)]
  }
  const pid = path === undefined ? undefined : await holderOf(join(path, 'db')).catch(() => undefined)
  const own = /^0::(\/.*)$/m.exec((await textOf(join(roots.proc, String(pid ?? 'self'), 'cgroup'))) ?? '')?.[1]
  if (own === undefined) return []
  const whose = pid === undefined ? 'this session' : 'the daemon'
  const limit = await least(root, own)
  const kills = Number(/^oom_kill (\d+)$/m.exec((await textOf(join(root, own, 'memory.events'))) ?? '')?.[1] ?? 0)
  return [
    ...(limit === undefined ? [] : [memory.note(`${whose} may have ${bytesOf(limit)}`)]),
    ...(kills === 0
      ? []
      : [memory.warning(`the kernel ended processes of ${whose} for want of memory, ${kills} so far`, KILLED)]),
  ]
}

const KILLED = 'Raise MemoryMax= of the unit, or give less at once: `concurrency`, `multitask.memory`.'

/** A group has no more than those around it. */
async function least(root: string, group: string): Promise<number | undefined> {
  const own = await numberOf(join(root, group, 'memory.max'))
  if (group === '/') return own
  const above = await least(root, dirname(group))
  return own === undefined ? above : Math.min(own, above ?? own)
}

async function swap(roots: Roots): Promise<Finding[]> {
  const [, ...lines] = ((await textOf(join(roots.proc, 'swaps'))) ?? '').split('\n')
  const found: Finding[] = []
  for (const line of lines) {
    const [place = '', type] = line.split(/\s+/)
    const mount = type === 'file' ? await mountOf(place, roots).catch(() => undefined) : undefined
    const card = place.startsWith('/dev/mmcblk') || (mount && (await cardOf(mount, roots)))
    if (card) found.push(memory.warning(`memory is swapped to ${place}, on a card`, SWAP))
  }
  return found
}

const SWAP = 'It wears the card out, and is slow: `sudo apt install zram-tools`, or no swap at all.'
