/** `runtime.backup`, as users hold it. */
import { type BackupOptions, type BackupReport, Backups, type BackupTarget } from './backups.js'
import type { Lifetime } from './lifetime.js'

export function backupOf(life: Lifetime) {
  const { store, clock, commit } = life.engine
  const backups = new Backups(store, clock)
  /**
   * Everything that was said before this call is in it. Without a summary it is none: it was cut short.
   * @throws ERR_BACKUP_RUNNING, ERR_EXISTS, ERR_STORE_IO, ERR_DEGRADED, ERR_NOT_STARTED, ERR_STOPPED
   * @example await runtime.backup({ file: '/mnt/usb/portal.tar' })
   */
  return async (to: BackupTarget, options: BackupOptions = {}): Promise<BackupReport> => {
    life.assertReadable()
    return backups.make(to, options, () => commit.flush())
  }
}
