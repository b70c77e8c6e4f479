/**
 * What a time service says of the wall clock. systemd-timesyncd leaves a file when it has set the clock since the boot;
 * chrony is asked, and only where it runs. Where there is neither, nobody knows.
 */
import { execFile } from 'node:child_process'
import { existsSync, type FSWatcher, watch } from 'node:fs'
import { access } from 'node:fs/promises'
import { join } from 'node:path'

export type Sync = 'synced' | 'unsynced' | 'unknown'

export interface TimeServicePlaces {
  readonly timesyncd: string
  readonly chrony: string
  /** The program that asks chrony, and what it is asked. */
  readonly ask: readonly [program: string, ...args: string[]]
}

const PLACES: TimeServicePlaces = {
  timesyncd: '/run/systemd/timesync',
  chrony: '/run/chrony',
  ask: ['chronyc', '-n', '-c', 'tracking'],
}
/** An answer that does not come is none. */
const ASK_MS = 5_000

export class TimeService {
  readonly #places: TimeServicePlaces

  constructor(places: Partial<TimeServicePlaces> = {}) {
    this.#places = { ...PLACES, ...places }
  }

  /** True when there is somebody to ask. */
  get present(): boolean {
    return existsSync(this.#places.timesyncd) || existsSync(this.#places.chrony)
  }

  async look(): Promise<Sync> {
    const found = await Promise.all([this.#timesyncd(), this.#chrony()])
    return found.includes('synced') ? 'synced' : found.includes('unsynced') ? 'unsynced' : 'unknown'
  }

  /** Calls `changed` when timesyncd may have set the clock; the result ends that. */
  watch(changed: () => void): () => void {
    let watcher: FSWatcher | undefined
    try {
      watcher = watch(this.#places.timesyncd, { persistent: false }, changed)
      watcher.on('error', () => watcher?.close())
    } catch {}
    return () => watcher?.close()
  }

  async #timesyncd(): Promise<Sync> {
    const { timesyncd } = this.#places
    if (!existsSync(timesyncd)) return 'unknown'
    return access(join(timesyncd, 'synchronized')).then(
      () => 'synced',
      () => 'unsynced',
    )
  }

  /** The last of the comma-separated fields is the leap status. */
  #chrony(): Promise<Sync> {
    const { chrony, ask } = this.#places
    if (!existsSync(chrony)) return Promise.resolve('unknown')
    const [program, ...args] = ask
    return new Promise((resolve) => {
      execFile(program, args, { timeout: ASK_MS }, (error, out) => {
        if (error) resolve('unknown')
        else resolve(/,Not synchronised\s*$/.test(out) ? 'unsynced' : /,\w[^,]*\s*$/.test(out) ? 'synced' : 'unknown')
      })
    })
  }
}
