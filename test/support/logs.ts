/** The write-ahead log of a store: where its batches end, and where the file does, which may have room behind them. */
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { readLog } from '../../src/store/log-file.js'

/** The newest log of a store. */
export async function logOf(store: string): Promise<string> {
  const logs = (await readdir(join(store, 'db'))).filter((name) => name.endsWith('.log')).sort()
  return join(store, 'db', logs.at(-1) as string)
}

export async function endsOf(log: string): Promise<{ batches: number; file: number }> {
  const { size } = await stat(log)
  const { damagedAt } = await readLog(log, () => undefined)
  return { batches: damagedAt ?? size, file: size }
}
