/**
 * The folders that files may be in. A path is followed to where it really leads, the folder it ends in is opened, and
 * what is done is done relative to that open folder: whoever swaps a link meanwhile gains nothing.
 */
import { constants } from 'node:fs'
import { type FileHandle, open, readlink, realpath } from 'node:fs/promises'
import { basename, dirname, isAbsolute, join, resolve, sep } from 'node:path'
import { invalid } from '../runtime/checks.js'
import { ActorFailure } from './failure.js'

/** A name in a folder that is open: `at` stays the same place whatever is renamed. */
export interface Place {
  readonly at: string
  /** The same for another name in that folder. */
  beside(name: string): string
  /** The path as it is told. */
  readonly path: string
  readonly name: string
  readonly folder: FileHandle
}

export class Roots {
  readonly #roots: readonly string[]

  /** @throws ERR_INVALID_OPTION */
  constructor(roots: readonly string[]) {
    if (!Array.isArray(roots) || roots.some((root) => typeof root !== 'string' || !isAbsolute(root)))
      throw invalid('standardActors.roots', 'a list of absolute paths', roots)
    this.#roots = roots
  }

  /** Where relative paths begin. */
  get first(): string | undefined {
    return this.#roots[0]
  }

  /**
   * Does something at a place. `follow`: a link at the very end is followed as well, and leads to a place inside or is
   * refused; otherwise the link itself is what is meant.
   * @throws ERR_FS_OUTSIDE, and what the system throws (ENOENT, EACCES …)
   */
  async use<Result>(path: string, follow: boolean, work: (place: Place) => Promise<Result>): Promise<Result> {
    if (path.includes('\0')) throw new ActorFailure('ERR_FS_OUTSIDE', 'a path with a NUL leads nowhere')
    const [first] = this.#roots
    if (first === undefined) throw new ActorFailure('ERR_FS_OUTSIDE', 'there are no roots: no file is allowed')
    const asked = resolve(first, path)
    const real = await followed(asked, follow).catch((error) => {
      // What is not there, out there, is nobody's business.
      throw this.#roots.some((root) => isIn(asked, root)) ? error : outside(path)
    })
    const folder = await open(dirname(real), constants.O_RDONLY | constants.O_DIRECTORY)
    try {
      // Linux alone names the folder that is open; elsewhere its path has to do.
      const opened = process.platform === 'linux' ? `/proc/self/fd/${folder.fd}` : dirname(real)
      const inside = process.platform === 'linux' ? await readlink(opened) : dirname(real)
      const name = basename(real)
      if (name === '' || !(await this.#holds(inside))) throw outside(path)
      const beside = (other: string) => `${opened}/${other}`
      return await work({ at: beside(name), beside, path: join(inside, name), name, folder })
    } finally {
      await folder.close()
    }
  }

  async #holds(folder: string): Promise<boolean> {
    for (const root of this.#roots) {
      const real = await realpath(root).catch(() => undefined)
      if (real !== undefined && isIn(folder, real)) return true
    }
    return false
  }
}

function isIn(path: string, root: string): boolean {
  return path === root || path.startsWith(root.endsWith(sep) ? root : root + sep)
}

/** Where a path leads; its last part may not be there yet. */
async function followed(path: string, follow: boolean): Promise<string> {
  if (follow) {
    try {
      return await realpath(path)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    }
  }
  return join(await realpath(dirname(path)), basename(path))
}

function outside(path: string): ActorFailure {
  return new ActorFailure('ERR_FS_OUTSIDE', `${JSON.stringify(path.slice(0, 200))} leads out of the roots`)
}
