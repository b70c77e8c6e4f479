/** The write-ahead log of a store: where its batches end, and where the file does, which may have room behind them. */
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { logsAmong } from '../../src/store/damage.js'
import { readLog } from '../../src/store/log-file.js'

/** The newest log of a store. */
export async function logOf(store: string): Promise<string> {
  return join(store, 'db', logsAmong(await readdir(join(store, 'db'))).at(-1) as string)
}

export async function endsOf(log: string): Promise<{ batches: number; file: number }> {
  const { size } = await stat(log)
  const { damagedAt } = await readLog(log, () => undefined)
  return { batches: damagedAt ?? size, file: size }
}
