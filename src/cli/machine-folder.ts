/** The folder `machines/` beside a config: its files are kinds of the daemon. */
import { readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { RuntimeOptions } from '../index.js'
import type { Config } from './config.js'

/** The options of a config with the kinds of its folder. @throws ERR_INVALID_MACHINE, ERR_DUPLICATE_KIND */
export async function withMachines(file: string, { options, machines }: Config): Promise<RuntimeOptions> {
  const folder = join(dirname(file), 'machines')
  if (!holdsMachines(folder)) return options
  // What it is made of is loaded by those that have such files.
  const { loadMachines } = await import('../configs/index.js')
  return { ...options, tasks: [...options.tasks, ...loadMachines(folder, machines)] }
}

function holdsMachines(folder: string): boolean {
  try {
    return readdirSync(folder).some((name) => name.endsWith('.json'))
  } catch {
    return false
  }
}
