/** The gate of a file: a mark that others leave, a disk that is mounted, a lock that is gone. */
import { lstat } from 'node:fs/promises'
import { isMissing, type Watch, watchPath } from '../../kernel/watch-path.js'
import { invalid, onlyKnown } from '../checks.js'
import {
  type Answer,
  type Condition,
  type ConditionHost,
  GATE_OPTIONS,
  GateDefinition,
  type GateOptions,
  policyOf,
} from './condition.js'

export interface FileOptions extends GateOptions {
  readonly path: string
  /** False: open while there is no such file. Default true. */
  readonly present?: boolean
}

/**
 * Open while a file, directory or link is there, or is not. The directory is watched, so it opens and closes at once;
 * what the kernel tells nobody (a disk mounted over the directory) is found within `interval` or `maxInterval`.
 * @throws ERR_INVALID_OPTION, ERR_INVALID_DURATION
 * @example gates: { mounted: file({ path: '/mnt/usb/.holdfast' }) }
 */
export function file(options: FileOptions): GateDefinition {
  onlyKnown(options, ['path', 'present', ...GATE_OPTIONS], 'file')
  const { path, present = true } = options
  if (typeof path !== 'string' || path === '') throw invalid('file.path', 'a path', path)
  if (typeof present !== 'boolean') throw invalid('file.present', 'true or false', present)
  const asked = policyOf(options, 'file', { interval: '5m' })
  return new GateDefinition(asked, (host) => new FileCondition(host, path, present))
}

class FileCondition implements Condition {
  readonly #host: ConditionHost
  readonly #path: string
  readonly #present: boolean
  #watch: Watch | undefined

  constructor(host: ConditionHost, path: string, present: boolean) {
    this.#host = host
    this.#path = path
    this.#present = present
  }

  async ask(): Promise<Answer> {
    if ((await isThere(this.#path)) === this.#present) return { open: true }
    return { open: false, reason: `${this.#path} is ${this.#present ? 'not there' : 'there'}` }
  }

  wake(): void {
    // Without a watch (the limits of inotify) it is still asked now and then.
    try {
      this.#watch ??= watchPath(
        this.#path,
        () => this.#host.changed(),
        (error) => {
          this.#watch = undefined
          this.#host.fault(error)
        },
      )
    } catch (error) {
      this.#host.fault(error)
    }
  }

  sleep(): void {
    this.#watch?.close()
    this.#watch = undefined
  }
}

/** What cannot be looked at for other reasons is an error, not an absence. */
async function isThere(path: string): Promise<boolean> {
  try {
    await lstat(path)
    return true
  } catch (error) {
    if (isMissing(error)) return false
    throw error
  }
}
