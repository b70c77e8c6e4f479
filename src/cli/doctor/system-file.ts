/** Files in which a system says how it is: short, made while they are read, and not the same on every board. */
import { open, readdir } from 'node:fs/promises'

/** Longer ones are cut: /proc/mounts of a board has 4 KB, its /etc/group 2 KB. */
const MOST_BYTES = 1024 * 1024
const PAGE = 64 * 1024

/** The text of a file; `undefined` when it is not there, not for this user, or its device does not answer. */
export async function textOf(path: string): Promise<string | undefined> {
  try {
    const file = await open(path, 'r')
    try {
      const parts: Buffer[] = []
      // The size of such a file is 0: it is read until nothing comes.
      for (let read = 0; read < MOST_BYTES; ) {
        const { bytesRead, buffer } = await file.read(Buffer.alloc(PAGE), 0, PAGE)
        if (bytesRead === 0) break
        parts.push(buffer.subarray(0, bytesRead))
        read += bytesRead
      }
      return Buffer.concat(parts).toString('utf8').trimEnd()
    } finally {
      await file.close()
    }
  } catch {
    return undefined
  }
}

/** A file that holds one number. */
export async function numberOf(path: string): Promise<number | undefined> {
  const text = await textOf(path)
  return text !== undefined && /^-?\d+$/.test(text) ? Number(text) : undefined
}

/** The names in a directory that fit, in order; none when it is not there. */
export async function namesIn(directory: string, fit: RegExp): Promise<string[]> {
  const names = await readdir(directory).catch(() => [])
  return names.filter((name) => fit.test(name)).sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))
}
