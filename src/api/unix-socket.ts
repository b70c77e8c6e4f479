/**
 * The unix socket. It is bound in a fresh 0700 directory beside its place, given its rights there, and then linked to
 * its place: at no moment it can be reached by anybody who has no right to. What is no socket is never removed, and a
 * socket only when nobody answers on it.
 */
import { lstatSync, type Stats, unlinkSync } from 'node:fs'
import { chmod, chown, link, mkdir, mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { connect, type Server } from 'node:net'
import { dirname, join } from 'node:path'
import { HoldfastError } from '../model/errors.js'
import type { ApiSettings } from './options.js'

type SocketSettings = NonNullable<ApiSettings['socket']>

const TRIES = 5

/** Listens there; gives the way to take the socket away again. @throws ERR_SOCKET */
export async function listenOn(server: Server, { path, mode, group }: SocketSettings): Promise<() => void> {
  const gid = group === undefined ? undefined : await gidOf(group)
  try {
    await makeDirectory(dirname(path), gid)
    for (let tries = 1; ; tries++) {
      await clear(path)
      // Not join(), which takes a last '.' away: a directory beside that of the socket may be on another disk, or forbidden.
      const beside = await mkdtemp(`${dirname(path)}/.`)
      try {
        const first = join(beside, 's')
        if (!server.listening) await bound(server, first)
        await chmod(first, mode)
        if (gid !== undefined) await chown(first, -1 as number, gid)
        await link(first, path)
        const { ino } = lstatSync(path)
        return () => removeOwn(path, ino)
      } catch (error) {
        // Another daemon came between: whether it lives is looked at again, with a socket of its own.
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || tries === TRIES) throw error
        await new Promise<void>((resolve) => server.close(() => resolve()))
      } finally {
        await rm(beside, { recursive: true, force: true })
      }
    }
  } catch (cause) {
    if (cause instanceof HoldfastError) throw cause
    throw new HoldfastError('ERR_SOCKET', `${path}: ${(cause as Error).message}`, { cause })
  }
}

async function makeDirectory(directory: string, gid: number | undefined): Promise<void> {
  const made = await mkdir(directory, { recursive: true, mode: 0o700 })
  if (made !== undefined && gid !== undefined) {
    // Who may use the socket has to get to it.
    await chown(directory, -1 as number, gid)
    await chmod(directory, 0o710)
  }
  const { mode } = await stat(directory)
  if ((mode & 0o022) === 0 || (mode & 0o1000) !== 0) return
  throw new HoldfastError('ERR_SOCKET', `${directory} can be written by others, who could put their socket in place`, {
    hint: `chmod go-w ${directory}`,
  })
}

/** Makes room for the socket. @throws ERR_SOCKET when what is there has to stay */
async function clear(path: string): Promise<void> {
  const there = stats(path)
  if (!there) return
  if (!there.isSocket()) {
    throw new HoldfastError('ERR_SOCKET', `${path} is there and is no socket`, {
      hint: 'Move it away, or name another path in `api.socket`.',
    })
  }
  if (await answers(path)) {
    throw new HoldfastError('ERR_SOCKET', `another daemon listens on ${path}`, {
      hint: 'Stop it, or name another path in `api.socket`.',
    })
  }
  removeOwn(path, there.ino)
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const socket = connect(path)
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNREFUSED' || error.code === 'ENOENT') resolve(false)
      // Its backlog is full: somebody has it.
      else if (error.code === 'EAGAIN') resolve(true)
      else reject(error)
    })
  })
}

/** Only what is still the same file: somebody else's socket stays. */
function removeOwn(path: string, ino: number): void {
  if (stats(path)?.ino === ino) unlinkSync(path)
}

function stats(path: string): Stats | undefined {
  return lstatSync(path, { throwIfNoEntry: false })
}

function bound(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(path, () => {
      server.off('error', reject)
      resolve()
    })
  })
}

async function gidOf(group: string | number): Promise<number> {
  if (typeof group === 'number') return group
  const lines = (await readFile('/etc/group', 'utf8')).split('\n').map((line) => line.split(':'))
  const found = lines.find(([name]) => name === group)
  if (found) return Number(found[2])
  throw new HoldfastError('ERR_SOCKET', `there is no group '${group}'`, {
    hint: 'Name one of /etc/group, or give its number.',
  })
}
