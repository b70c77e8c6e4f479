/** What is done to files at a place: whole or not at all, and on disk when it is done. */
import { constants } from 'node:fs'
import { type FileHandle, open, rename, unlink } from 'node:fs/promises'
import { HoldfastError } from '../model/errors.js'
import { ActorFailure } from './failure.js'
import type { Place } from './roots.js'

const { O_RDONLY, O_WRONLY, O_RDWR, O_CREAT, O_TRUNC, O_APPEND, O_NOFOLLOW, O_NONBLOCK } = constants
const MODE = 0o666
const CHUNK = 1 << 20

/** Opens a file, and nothing else: no link, no pipe to wait for, no device. @throws ERR_FS_KIND, ERR_FS_OUTSIDE */
async function opened(place: Place, flags: number): Promise<FileHandle> {
  let handle: FileHandle
  try {
    handle = await open(place.at, flags | O_NOFOLLOW | O_NONBLOCK, MODE)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ELOOP') throw new ActorFailure('ERR_FS_OUTSIDE', `${place.path} is a link`)
    if (code === 'EISDIR' || code === 'ENXIO') throw new ActorFailure('ERR_FS_KIND', `${place.path} is no file`)
    throw error
  }
  if ((await handle.stat()).isFile()) return handle
  await handle.close()
  throw new ActorFailure('ERR_FS_KIND', `${place.path} is no file`)
}

/** The bytes of a file. @throws ERR_TOO_LARGE before more than `maxBytes` are in memory */
export async function readWhole(place: Place, maxBytes: number): Promise<Buffer> {
  const handle = await opened(place, O_RDONLY)
  try {
    const chunks: Buffer[] = []
    let bytes = 0
    // A file may grow while it is read.
    for (;;) {
      const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(Math.min(CHUNK, maxBytes + 1 - bytes)))
      if (bytesRead === 0) return Buffer.concat(chunks)
      bytes += bytesRead
      if (bytes > maxBytes) throw new HoldfastError('ERR_TOO_LARGE', `${place.path} has more than ${maxBytes} bytes`)
      chunks.push(buffer.subarray(0, bytesRead))
    }
  } finally {
    await handle.close()
  }
}

/** Who looks at the file sees the one before or this one, never a part. `key` names the file that it is until then. */
export async function writeWhole(place: Place, key: string, fill: (to: FileHandle) => Promise<void>): Promise<void> {
  const draft = place.beside(`.${key.slice(key.lastIndexOf('.') + 1)}.tmp`)
  try {
    const handle = await open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, MODE)
    try {
      await fill(handle)
      await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(draft, place.at)
  } catch (error) {
    await unlink(draft).catch(() => undefined)
    throw error
  }
  await place.folder.sync()
}

/**
 * Adds to the end of a file. `once`: not when the same bytes are there already, as far back as `lookBack`; what a cut
 * has torn off is no line, and the next one does not go on in it.
 */
export async function addTo(place: Place, content: Buffer, once: boolean, lookBack: number): Promise<boolean> {
  const handle = await opened(place, O_RDWR | O_CREAT | O_APPEND)
  try {
    const { size } = await handle.stat()
    const length = once ? Math.min(size, lookBack + content.length) : 0
    const tail = Buffer.alloc(length)
    for (let read = 0; read < length; ) {
      const { bytesRead } = await handle.read(tail, read, length - read, size - length + read)
      if (bytesRead === 0) break
      read += bytesRead
    }
    const there = once && tail.includes(content)
    const torn = length > 0 && tail.at(-1) !== 0x0a && content.at(-1) === 0x0a
    if (!there) await handle.appendFile(torn ? Buffer.concat([Buffer.from('\n'), content]) : content)
    // What is there already may be in memory alone: whoever wrote it may have been killed before this.
    await handle.sync()
    await place.folder.sync()
    return !there
  } finally {
    await handle.close()
  }
}

/** A file takes another name, on another disk by a copy that is whole before the first one goes. False: it has it. */
export async function moveTo(from: Place, to: Place, key: string, signal: AbortSignal): Promise<boolean> {
  const moving = (await isThere(from)) || !(await isThere(to))
  if (moving) await carry(from, to, key, signal)
  await to.folder.sync()
  await from.folder.sync()
  return moving
}

async function carry(from: Place, to: Place, key: string, signal: AbortSignal): Promise<void> {
  const source = await opened(from, O_RDONLY)
  try {
    try {
      await rename(from.at, to.at)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EXDEV') throw error
      await writeWhole(to, key, async (target) => {
        for (;;) {
          signal.throwIfAborted()
          const { bytesRead, buffer } = await source.read(Buffer.allocUnsafe(CHUNK))
          if (bytesRead === 0) break
          await target.writeFile(buffer.subarray(0, bytesRead))
        }
        await target.chmod((await source.stat()).mode & 0o7777)
      })
      await unlink(from.at)
    }
  } finally {
    await source.close()
  }
}

/** False when it was not there. A link goes, and not what it leads to. @throws ERR_FS_KIND */
export async function removeAt(place: Place): Promise<boolean> {
  let removed = true
  try {
    await unlink(place.at)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EISDIR') throw new ActorFailure('ERR_FS_KIND', `${place.path} is no file`)
    if (code !== 'ENOENT') throw error
    removed = false
  }
  await place.folder.sync()
  return removed
}

async function isThere(place: Place): Promise<boolean> {
  try {
    await (await opened(place, O_RDONLY)).close()
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false
    throw error
  }
}
