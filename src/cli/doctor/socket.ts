import { lstatSync, type Stats } from 'node:fs'
import { connect } from 'node:net'
import { dirname } from 'node:path'
import { type Finding, Findings } from './finding.js'
import type { Place } from './place.js'
import { nearest } from './reach.js'
import { shellWord } from './shell-word.js'
import { groupOf, joining, userName } from './user.js'

const socket = new Findings('socket')

/** Where the daemon listens: whether somebody does, and who may talk to it. */
export async function socketCheck(place: Place): Promise<Finding[]> {
  const { socket: path, options } = place
  if (path === undefined) {
    return options?.api === false ? [socket.note('the config says `api: false`: no command can ask this daemon')] : []
  }
  return [...(await group(place)), ...(await directory(path)), ...(await itself(path, place))]
}

async function group({ options, roots }: Place): Promise<Finding[]> {
  const named = options?.api ? options.api.group : undefined
  if (typeof named !== 'string' || (await groupOf(named, roots))) return []
  return [socket.fault(`there is no group '${named}', which \`api.group\` names`, `\`sudo groupadd ${named}\``)]
}

/** Who can write it could put a socket of his own in place: a daemon refuses to listen there. */
async function directory(path: string): Promise<Finding[]> {
  const { path: above, stats } = await nearest(dirname(path))
  if (above !== dirname(path) || (stats.mode & 0o022) === 0 || (stats.mode & 0o1000) !== 0) return []
  return [
    socket.fault(`others can write ${above}: a daemon does not listen there`, `\`chmod go-w ${shellWord(above)}\``),
  ]
}

async function itself(path: string, place: Place): Promise<Finding[]> {
  const there = look(path)
  if (there === 'forbidden') {
    const { path: above, stats } = await nearest(dirname(path))
    return [socket.warning(`this user may not look into ${above}`, await way(stats, 0o010, place))]
  }
  if (!there) return [socket.ok(`${path} is not there: nobody listens`)]
  if (!there.isSocket()) {
    return [
      socket.fault(`${path} is no socket: a daemon cannot listen there`, `Move it away: \`ls -l ${shellWord(path)}\`.`),
    ]
  }
  const answer = await asked(path)
  if (answer === 'yes') return [socket.ok(`${path} (${rights(there)}): a daemon listens`)]
  if (answer === 'no') return [socket.note(`${path} was left behind: nobody listens`, 'The next start replaces it.')]
  return [socket.warning(`this user may not talk to ${path} (${rights(there)})`, await way(there, 0o020, place))]
}

/** How this user comes to what its owner, or its group if that has the `right`, may use. */
async function way({ uid, gid, mode }: Stats, right: number, { user, roots }: Place): Promise<string> {
  if ((mode & right) !== 0 && gid !== 0) return joining(gid, user, roots)
  return `Ask as its user: \`sudo -u ${await userName(uid, roots)} holdfast doctor\`; \`api.group\` lets others in.`
}

const rights = ({ mode }: Stats) => `0${(mode & 0o777).toString(8)}`

function look(path: string): Stats | 'forbidden' | undefined {
  try {
    return lstatSync(path)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EACCES' ? 'forbidden' : undefined
  }
}

function asked(path: string): Promise<'yes' | 'no' | 'forbidden'> {
  return new Promise((resolve, reject) => {
    const one = connect(path)
    one.once('connect', () => {
      one.destroy()
      resolve('yes')
    })
    one.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EACCES' || error.code === 'EPERM') resolve('forbidden')
      else if (error.code === 'ECONNREFUSED' || error.code === 'ENOENT') resolve('no')
      // Its backlog is full: somebody has it.
      else if (error.code === 'EAGAIN') resolve('yes')
      else reject(error)
    })
  })
}
