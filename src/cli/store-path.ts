import { resolve } from 'node:path'
import { HoldfastError } from '../model/errors.js'
import { findConfig, loadConfig } from './config.js'

/** The directory of the store that is meant: the one that is named, or that of the config. @throws ERR_USAGE */
export async function storePath({
  path,
  config,
}: {
  readonly path?: string
  readonly config?: string
}): Promise<string> {
  if (path !== undefined) return resolve(path)
  const file = findConfig(config)
  const found = file === undefined ? undefined : (await loadConfig(file)).options.path
  if (typeof found === 'string' && found !== '') return found
  throw new HoldfastError('ERR_USAGE', 'nobody says where the store is', {
    hint: 'Name it: --path DIRECTORY, or --config FILE.',
  })
}
