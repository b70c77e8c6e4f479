/**
 * Tells when a path appears or goes, from events of the file system alone. Of a path that is not there the nearest
 * directory that is gets watched. Contents are not looked at: a file that is written all day wakes nobody. The kernel
 * tells nobody that a disk was mounted over a directory, or that a folder further up was moved away: who has to know
 * of those looks now and then.
 */
import { existsSync, type FSWatcher, watch } from 'node:fs'
import { basename, dirname, join, relative, resolve, sep } from 'node:path'

export interface Watch {
  close(): void
}

/**
 * Calls `onChange` whenever `path` may have appeared or gone; now and then once too often. It keeps no process alive. What
 * goes wrong while it watches is handed to `onFault`, once, and the watch is over.
 * @throws when nothing can be watched (the limits of inotify, rights)
 */
export function watchPath(path: string, onChange: () => void, onFault: (error: unknown) => void): Watch {
  const target = resolve(path)
  let watcher: FSWatcher | undefined
  let closed = false

  const close = () => {
    closed = true
    watcher?.close()
  }
  const fault = (error: unknown) => {
    if (closed) return
    close()
    onFault(error)
  }
  const again = () => {
    try {
      arm()
    } catch (error) {
      fault(error)
    }
    if (!closed) onChange()
  }
  const arm = () => {
    for (;;) {
      const at = nearest(target)
      const [next] = relative(at, target).split(sep)
      watcher?.close()
      try {
        watcher = watch(at, { persistent: false })
      } catch (error) {
        // It went between the look and the watch: the next one up is there.
        if (isMissing(error)) continue
        throw error
      }
      const direct = dirname(target) === at
      watcher.on('change', (type, name) => {
        if (closed || type !== 'rename') return
        if (name === basename(at) || (!direct && (name === null || name === next))) again()
        else if (name === null || name === next) onChange()
      })
      watcher.on('error', fault)
      // What came into being before the watch was there told nobody.
      if (nearest(target) === at) return
    }
  }
  arm()
  return { close }
}

/** The closest directory above a path that is there. */
function nearest(path: string): string {
  let at = dirname(path)
  while (!existsSync(join(at, '.')) && at !== dirname(at)) at = dirname(at)
  return at
}

/** What says that a path is not there; every other error says that it cannot be looked at. */
export function isMissing(error: unknown): boolean {
  const { code } = error as { code?: unknown }
  return code === 'ENOENT' || code === 'ENOTDIR'
}
