/** What the kernel says about lines, in our words. */
import { readFileSync, statSync } from 'node:fs'
import { userInfo } from 'node:os'
import { HoldfastError } from '../model/errors.js'

/** Not one of those that Node has a name for. */
const ENOTSUPP = 'Unknown system error -524'
/** A chip that cannot do what it is asked for. */
const UNABLE = ['EINVAL', 'ENXIO', 'EOPNOTSUPP', 'ENOTSUP', ENOTSUPP]
const REFUSED = ['EACCES', 'EPERM']
const GONE = ['ENODEV', 'ENOENT', 'ENXIO']
/** Reading and writing for the group. */
const GROUP_RIGHTS = 0o060

export const codeOf = (error: unknown) => String((error as { code?: unknown }).code)

export const isRefused = (error: unknown) => REFUSED.includes(codeOf(error))
/** Of a device file that was there a moment ago. */
export const isGone = (error: unknown) => GONE.includes(codeOf(error))
export const isUnable = (error: unknown) => UNABLE.includes(codeOf(error))
export const isBusy = (error: unknown) => codeOf(error) === 'EBUSY'
/** Nothing to be read just now. */
export const isEmpty = (error: unknown) => codeOf(error) === 'EAGAIN'

/** `what` was being done to a chip, or to lines that were had. */
export function lineFault(cause: unknown, what: string, chip: string): HoldfastError {
  if (cause instanceof HoldfastError) return cause
  if (codeOf(cause) === 'ENODEV') return new HoldfastError('ERR_LINE_GONE', `the chip ${chip} is gone`, { cause })
  return new HoldfastError('ERR_LINE', `${what}: the kernel says ${codeOf(cause)}`, { cause })
}

/** A device file that may not be opened: whose it is, and how one gets there. */
export function refusal(path: string): HoldfastError {
  const user = userName()
  return new HoldfastError('ERR_LINE_PERMISSION', `${user} may not open ${path}`, { hint: wayIn(path, user) })
}

function wayIn(path: string, user: string): string {
  const { gid = 0, mode = 0 } = statSync(path, { throwIfNoEntry: false }) ?? {}
  if (gid === 0 || (mode & GROUP_RIGHTS) !== GROUP_RIGHTS)
    return `${path} is for root alone: let a udev rule give it to a group.`
  const [name = String(gid), , , members = ''] = groups().find(([, , id]) => id === String(gid)) ?? []
  return members.split(',').includes(user)
    ? `${user} is in the group ${name}, and was not when this process began: start it again.`
    : `\`sudo usermod -aG ${name} ${user}\`, then start the daemon again.`
}

function groups(): string[][] {
  try {
    return readFileSync('/etc/group', 'utf8')
      .split('\n')
      .map((line) => line.split(':'))
  } catch {
    return []
  }
}

function userName(): string {
  try {
    return userInfo().username
  } catch {
    // A user without a name: one of a container, or of a unit with DynamicUser= that is gone.
    return String(process.geteuid?.())
  }
}
