import { join } from 'node:path'
import { holderOf } from '../../store/lock.js'
import { type Finding, Findings } from './finding.js'
import type { Place } from './place.js'
import { may, READABLE } from './reach.js'
import { textOf } from './system-file.js'

const SHOWN = 200
const lock = new Findings('lock')

/** Who has the store open. */
export async function lockCheck({ path, roots }: Place): Promise<Finding[]> {
  if (path === undefined || !(await may(path, READABLE))) return []
  const database = join(path, 'db')
  const pid = await holderOf(database)
  if (pid === undefined) return [lock.ok('nobody has the store open')]
  const command = (await textOf(join(roots.proc, String(pid), 'cmdline')))?.replaceAll('\0', ' ').trim().slice(0, SHOWN)
  return [lock.ok(`process ${pid} has the store open${command ? `: ${command}` : ''}`)]
}
