/**
 * Whether a time service says that the wall clock is right. Two are known:
 * - systemd-timesyncd has the directory /run/systemd/timesync while it runs, and touches the file `synchronized` in it
 *   after each synchronisation (systemd-timesyncd.service(8));
 * - chrony has the directory /run/chrony, and `chronyc -c tracking` ends with the leap status, "Not synchronised" until
 *   it has a source (chronyc(1)).
 */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { type Watch, watchPath } from './watch-path.js'

/** `yes` and `no` are a service's own word; `unknown`: there is none to ask. */
export type Synced = 'yes' | 'no' | 'unknown'

/** Where the services are; the defaults are those of Raspberry Pi OS and Debian. */
export interface SyncedPaths {
  readonly timesync?: string
  readonly chrony?: string
  readonly chronyc?: string
}

const PATHS: Required<SyncedPaths> = { timesync: '/run/systemd/timesync', chrony: '/run/chrony', chronyc: 'chronyc' }
const MARK = 'synchronized'
/** chronyc waits for its daemon; nobody waits longer than this for chronyc. */
const LONGEST_MS = 3_000

/** Asks the time services of the board. Never rejects: who cannot be asked says nothing. */
export async function synced({ paths }: { readonly paths?: SyncedPaths } = {}): Promise<Synced> {
  const { timesync, chrony, chronyc } = { ...PATHS, ...paths }
  if (await exists(join(timesync, MARK))) return 'yes'
  const said = (await exists(chrony)) ? await tracking(chronyc) : 'unknown'
  if (said === 'yes') return 'yes'
  return said === 'no' || (await exists(timesync)) ? 'no' : 'unknown'
}

/**
 * Calls `onChange` when systemd-timesyncd may have changed its mind; then ask synced(). chrony leaves no trace that could
 * be watched: with it, ask again. Where nothing can be watched nothing is told.
 */
export function watchSynced(onChange: () => void, { paths }: { readonly paths?: SyncedPaths } = {}): Watch {
  try {
    return watchPath(join({ ...PATHS, ...paths }.timesync, MARK), onChange, () => undefined)
  } catch {
    return { close: () => undefined }
  }
}

/** The time services of this board, for who asks again and again. */
export class TimeService {
  readonly #paths: SyncedPaths

  constructor(paths: SyncedPaths = {}) {
    this.#paths = paths
  }

  /** True when there is somebody to ask. */
  get present(): boolean {
    const { timesync, chrony } = { ...PATHS, ...this.#paths }
    return existsSync(timesync) || existsSync(chrony)
  }

  look(): Promise<Synced> {
    return synced({ paths: this.#paths })
  }

  /** Calls `changed` when a service may have set the clock; the result ends that. */
  watch(changed: () => void): () => void {
    const { close } = watchSynced(changed, { paths: this.#paths })
    return close
  }
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}

function tracking(chronyc: string): Promise<Synced> {
  return new Promise((resolve) => {
    execFile(chronyc, ['-n', '-c', 'tracking'], { timeout: LONGEST_MS, killSignal: 'SIGKILL' }, (error, stdout) => {
      // Reference id, address, stratum, … and last the leap status, as text.
      const fields = stdout.trim().split(',')
      if (error || fields.length < 14) resolve('unknown')
      else resolve(fields.at(-1) === 'Not synchronised' ? 'no' : 'yes')
    })
  })
}
