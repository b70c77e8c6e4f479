import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, existsSync, mkdirSync, readdirSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { start } from './started.mjs'

const USER = 'bench'

/** Debian keeps the programs out of PATH. */
function programs() {
  const debian = '/usr/lib/postgresql'
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : []
  const folders = [...(process.env.PATH ?? '').split(':'), ...versions.map((each) => join(debian, each, 'bin'))]
  return folders.find((folder) => existsSync(join(folder, 'initdb')) && existsSync(join(folder, 'postgres')))
}

/** The version, or undefined where it is not installed. */
function version() {
  const folder = programs()
  if (!folder) return undefined
  return / (\d[\d.]*)/.exec(execFileSync(join(folder, 'postgres'), ['--version'], { encoding: 'utf8' }))?.[1]
}

/** It refuses to run as root. */
function unprivileged() {
  if (process.getuid() !== 0) return {}
  for (const user of ['postgres', 'nobody']) {
    try {
      const id = (flag) => Number(execFileSync('id', [flag, user], { encoding: 'utf8', stdio: 'pipe' }))
      return { uid: id('-u'), gid: id('-g') }
    } catch {}
  }
  throw new Error('PostgreSQL needs an unprivileged user')
}

async function answers(path) {
  const socket = connect(path)
  try {
    await once(socket, 'connect')
    return true
  } finally {
    socket.destroy()
  }
}

/** A cluster of its own in the directory of the measurement, with the defaults: fsync and synchronous_commit are on. */
async function startServer({ directory, env }) {
  const folder = programs()
  const who = unprivileged()
  const data = join(directory, 'postgres')
  mkdirSync(data, { mode: 0o700 })
  if (who.uid !== undefined) chownSync(data, who.uid, who.gid)
  const initdb = ['-D', data, '-U', USER, '-A', 'trust', '-E', 'UTF8', '--no-sync']
  execFileSync(join(folder, 'initdb'), initdb, { ...who, cwd: data, stdio: 'pipe' })
  const args = ['-D', data, '-k', data, '-c', 'listen_addresses=', '-c', 'max_connections=60']
  const server = await start(join(folder, 'postgres'), args, {
    ...who,
    cwd: data,
    env: { ...process.env, ...env },
    ready: () => answers(join(data, '.s.PGSQL.5432')),
  })
  return { pid: server.pid, socket: data, user: USER, stop: () => server.stop('SIGQUIT') }
}

export const postgres = { version, startServer }
