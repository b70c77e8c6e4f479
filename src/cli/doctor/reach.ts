/** What this user gets at. */
import { constants, type Stats } from 'node:fs'
import { access, stat } from 'node:fs/promises'
import { dirname } from 'node:path'

export const READABLE = constants.R_OK | constants.X_OK
export const WRITABLE = constants.W_OK | constants.X_OK

/** What is there of a path: itself, or the innermost directory above it that this user can see. */
export async function nearest(path: string): Promise<{ readonly path: string; readonly stats: Stats }> {
  try {
    return { path, stats: await stat(path) }
  } catch (error) {
    if (dirname(path) === path) throw error
    return nearest(dirname(path))
  }
}

/** Whether this user may: bits of `constants`. */
export function may(path: string, bits: number): Promise<boolean> {
  return access(path, bits).then(
    () => true,
    () => false,
  )
}
