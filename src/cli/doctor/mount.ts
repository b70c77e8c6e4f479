/** The file system that a path is on, as the kernel lists it (proc_pid_mountinfo(5)), and the disk under it. */
import { realpath } from 'node:fs/promises'
import { join } from 'node:path'
import type { Roots } from './place.js'
import { textOf } from './system-file.js'

export interface Mount {
  readonly point: string
  readonly type: string
  /** Of the mount and of the file system under it. */
  readonly options: ReadonlySet<string>
  /** `major:minor` */
  readonly device: string
}

/** The mount of a path that is there; `undefined` where the kernel does not list them. */
export async function mountOf(path: string, { proc }: Roots): Promise<Mount | undefined> {
  const real = await realpath(path)
  const mounts = ((await textOf(join(proc, 'self/mountinfo'))) ?? '').split('\n').flatMap((line) => parsed(line) ?? [])
  const over = mounts.filter(({ point }) => point === '/' || real === point || real.startsWith(`${point}/`))
  // The innermost; of several at one place the latest hides the others.
  return over.reduce<Mount | undefined>(
    (best, each) => (best && best.point.length > each.point.length ? best : each),
    undefined,
  )
}

/** `SD card` or `eMMC` when the mount is on one. */
export async function cardOf({ device }: Mount, { sys }: Roots): Promise<string | undefined> {
  const disk = await realpath(join(sys, 'dev/block', device)).catch(() => '')
  const card = /\/(mmcblk\d+)(\/|$)/.exec(disk)?.[1]
  if (card === undefined) return undefined
  return (await textOf(join(sys, 'block', card, 'device/type'))) === 'MMC' ? 'eMMC' : 'SD card'
}

/** `36 35 98:0 /root /point rw,noatime master:1 - ext4 /dev/root rw,errors=continue` */
function parsed(line: string): Mount | undefined {
  const [mount = '', system = ''] = line.split(' - ')
  const [, , device, , point, options] = mount.split(' ')
  const [type, , superOptions = ''] = system.split(' ')
  if (device === undefined || point === undefined || options === undefined || type === undefined) return undefined
  return {
    point: unescaped(point),
    type,
    device,
    options: new Set([...options.split(','), ...superOptions.split(',')]),
  }
}

/** Spaces and the like stand there as \040. */
function unescaped(text: string): string {
  return text.replaceAll(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)))
}
