/** A backup of the daemon's store, taken home over its API. */
import type { Readable } from 'node:stream'
import type { BackupOptions, BackupReport, BackupTarget } from '../runtime/backups.js'
import { onlyKnown } from '../runtime/checks.js'
import type { Caller } from './caller.js'
import type { Opened } from './transport.js'

/** Nothing comes for so long: a busy daemon has written a megabyte by then. */
const SILENCE_MS = 60_000

/** What backups are made of is loaded by those that take one. */
export async function takeBackup(caller: Caller, to: BackupTarget, options: BackupOptions): Promise<BackupReport> {
  onlyKnown(options, ['signal', 'onProgress'], 'backup')
  const { takeHome } = await import('../runtime/backups.js')
  let opened: Opened | undefined
  const open = async (): Promise<Readable> => {
    opened = await caller.stream({ method: 'GET', path: '/v1/backup', signal: options.signal })
    opened.within(SILENCE_MS)
    return opened.response
  }
  const onProgress = (done: number) => {
    opened?.within(SILENCE_MS)
    options.onProgress?.(done)
  }
  try {
    return await takeHome(open, to, { ...options, onProgress }, caller.clock)
  } catch (error) {
    throw opened && !opened.response.complete ? opened.failure(error) : error
  } finally {
    opened?.close()
  }
}
