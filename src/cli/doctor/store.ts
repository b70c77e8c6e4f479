import { constants, type Stats } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { type Finding, Findings } from './finding.js'
import type { Place } from './place.js'
import { may, nearest, READABLE, WRITABLE } from './reach.js'
import { shellWord } from './shell-word.js'
import { userName } from './user.js'

const store = new Findings('store')

/** The directory: whose it is, and who may use it. */
export async function storeCheck(place: Place): Promise<Finding[]> {
  const { path } = place
  if (path === undefined) return []
  const there = await nearest(path)
  if (!there.stats.isDirectory()) {
    return [store.fault(`${there.path} is in the way: it is no directory`, `\`ls -ld ${shellWord(there.path)}\``)]
  }
  if (there.path !== path) return [await missing(path, there, place)]
  const owner = await userName(there.stats.uid, place.roots)
  if (!(await may(path, READABLE | WRITABLE))) return [await refused(path, there.stats, owner, place)]
  const found = [
    ...foreign(path, there.stats, owner, place),
    ...(await openToOthers(path, there.stats)),
    ...(await mixed(path, there.stats, owner)),
  ]
  return found.length > 0 ? found : [store.ok(`${path}, of ${owner} alone`)]
}

async function missing(path: string, above: { path: string; stats: Stats }, { user, roots }: Place): Promise<Finding> {
  const owner = await userName(above.stats.uid, roots)
  if (!(await may(above.path, constants.X_OK))) {
    const says = `${path}: this user may not look into ${above.path}, which belongs to ${owner}`
    return store.warning(says, 'Nothing of the store was looked at: ask as the user of the daemon, or with sudo.')
  }
  if (await may(above.path, WRITABLE)) return store.ok(`${path} is not there yet; a start makes it`)
  const name = await userName(user.uid, roots)
  return store.fault(
    `${path} is not there, and ${name} cannot make it: ${above.path} belongs to ${owner}`,
    `\`sudo install -d -m 700 -o ${name} ${shellWord(path)}\``,
  )
}

/** The directory is seen, and not more, or cannot be written. */
async function refused(path: string, { uid }: Stats, owner: string, { user, roots }: Place): Promise<Finding> {
  if (uid === user.uid)
    return store.fault(`${path} is not writable for its own user`, `\`chmod u+rwx ${shellWord(path)}\``)
  if (await isUnused(path)) {
    const name = await userName(user.uid, roots)
    const advice = `\`sudo chown ${name} ${shellWord(path)}\`, if ${name} is the user of the daemon; or ask as that user.`
    return store.fault(`${path} belongs to ${owner}, and ${name} cannot make a store in it`, advice)
  }
  const says = `${path} belongs to ${owner}, and this user may not use it: not all of it is looked at`
  return store.warning(says, `\`sudo -u ${owner} holdfast doctor\``)
}

/** Nobody's daemon keeps anything there yet, so it is no store of somebody else. */
async function isUnused(path: string): Promise<boolean> {
  const names = await readdir(path).catch(() => undefined)
  return names !== undefined && !names.includes('db')
}

/** Root may do everything, and finds nothing out about what the daemon may. */
function foreign(path: string, { uid }: Stats, owner: string, { user }: Place): Finding[] {
  if (uid === user.uid) return []
  const advice = `To see what the daemon may do: \`sudo -u ${owner} holdfast doctor\`.`
  return [store.note(`${path} belongs to ${owner}, which is not who asks`, advice)]
}

async function openToOthers(path: string, { mode }: Stats): Promise<Finding[]> {
  const database = join(path, 'db')
  const inner = (await stat(database).catch(() => undefined))?.mode ?? 0
  return [
    ...((mode & 0o022) !== 0
      ? [store.warning(`others can put files into ${path}`, `\`chmod go-w ${shellWord(path)}\``)]
      : []),
    ...((mode & 0o011) !== 0 && (inner & 0o077) !== 0
      ? [store.warning(`others can read the tasks in ${database}`, `\`chmod 700 ${shellWord(database)}\``)]
      : []),
  ]
}

/** A daemon that ran once as root leaves files that it cannot write as somebody else. */
async function mixed(path: string, { uid }: Stats, owner: string): Promise<Finding[]> {
  const database = join(path, 'db')
  const names = await readdir(database).catch(() => [])
  const owners = await Promise.all(
    ['', ...names].map((name) =>
      stat(join(database, name)).then(
        (stats) => stats.uid,
        () => uid,
      ),
    ),
  )
  const others = owners.filter((each) => each !== uid).length
  if (others === 0) return []
  const says = `${others} of the files in ${database} do not belong to ${owner}, as the directory does`
  return [store.warning(says, `Stop the daemon, then \`sudo chown -R ${owner}: ${shellWord(path)}\`.`)]
}
