/** Who asks, and the names of others: what one user may, another may not. */
import { join } from 'node:path'
import type { Roots } from './place.js'
import { textOf } from './system-file.js'

export interface User {
  readonly uid: number
  /** The groups of this session; one that was joined since is not among them. */
  readonly groups: ReadonlySet<number>
}

/** The user of this process. On systems without users everything is 0. */
export function thisUser(): User {
  const gid = process.getegid?.() ?? 0
  return { uid: process.geteuid?.() ?? 0, groups: new Set([gid, ...(process.getgroups?.() ?? [])]) }
}

/** The name of a user; his number where he has none. */
export async function userName(uid: number, roots: Roots): Promise<string> {
  return (await lines(roots, 'passwd')).find(([, , id]) => id === String(uid))?.[0] ?? String(uid)
}

export interface Group {
  readonly name: string
  readonly gid: number
  readonly members: readonly string[]
}

export async function groupOf(named: string | number, roots: Roots): Promise<Group | undefined> {
  const found = (await lines(roots, 'group')).find(([name, , gid]) => name === named || gid === String(named))
  if (!found) return undefined
  return { name: found[0] as string, gid: Number(found[2]), members: (found[3] ?? '').split(',') }
}

/** How a user comes into a group: who was put into it has to log in anew. */
export async function joining(gid: number, user: User, roots: Roots): Promise<string> {
  const [group, name] = await Promise.all([groupOf(gid, roots), userName(user.uid, roots)])
  const again = 'log in anew, or start the daemon anew'
  if (group?.members.includes(name)) return `${name} is in the group ${group.name} since the session began: ${again}.`
  return `\`sudo usermod -aG ${group?.name ?? gid} ${name}\`, then ${again}.`
}

async function lines({ etc }: Roots, file: 'passwd' | 'group'): Promise<string[][]> {
  return ((await textOf(join(etc, file))) ?? '').split('\n').map((line) => line.split(':'))
}
