/** Files of sysfs: short, told apart from what is no file at all, and what their errors mean. */
import { constants } from 'node:fs'
import { type FileHandle, open, readdir } from 'node:fs/promises'
import { HoldfastError } from '../../model/errors.js'

/** A number has no more; a file with more is another one. */
const MOST_BYTES = 64
/** What the kernel says of a device that is not there any more. */
const GONE = new Set(['ENOENT', 'ENOTDIR', 'ENODEV', 'ENXIO'])
const REFUSED = new Set(['EACCES', 'EPERM', 'EROFS'])

/** The text of a file, without the space around it. @throws ERR_SENSOR_GONE, ERR_READING */
export async function textOf(path: string): Promise<string> {
  const handle = await opened(path, constants.O_RDONLY)
  try {
    const buffer = Buffer.alloc(MOST_BYTES + 1)
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, 0)
    if (bytesRead > MOST_BYTES)
      throw new HoldfastError('ERR_READING', `${path} has more than ${MOST_BYTES} bytes: it is no number`)
    return buffer.toString('latin1', 0, bytesRead).trim()
  } catch (error) {
    throw fault(error, path)
  } finally {
    await handle.close()
  }
}

/** Opens a file, and nothing else: a pipe would keep its thread for ever. @throws ERR_SENSOR_GONE, ERR_READING */
export async function opened(path: string, flags: number): Promise<FileHandle> {
  const handle = await open(path, flags | constants.O_NONBLOCK).catch((error) => {
    throw fault(error, path)
  })
  if ((await handle.stat()).isFile()) return handle
  await handle.close()
  throw new HoldfastError('ERR_READING', `${path} is no file`)
}

/** What is in a folder, by numbers where there are some; nothing when it is not there. @throws ERR_READING */
export async function entriesOf(folder: string, pattern: RegExp): Promise<readonly string[]> {
  try {
    const entries = (await readdir(folder)).filter((entry) => pattern.test(entry))
    return entries.sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))
  } catch (error) {
    const found = fault(error, folder)
    if (found.code === 'ERR_SENSOR_GONE') return []
    throw found
  }
}

/** An error of the system as one of ours. */
export function fault(error: unknown, path: string): HoldfastError {
  if (error instanceof HoldfastError) return error
  const code = String((error as { code?: unknown }).code)
  if (GONE.has(code)) return new HoldfastError('ERR_SENSOR_GONE', `${path} is not there`, { cause: error })
  const hint = REFUSED.has(code) ? { hint: `See who may: \`ls -l ${path}\`.` } : {}
  return new HoldfastError('ERR_READING', `${path}: the kernel says ${code}`, { cause: error, ...hint })
}
