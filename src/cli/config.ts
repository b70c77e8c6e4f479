import { readFile } from 'node:fs/promises'
import { dirname, extname, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { HoldfastError, type Runtime, type RuntimeOptions } from '../index.js'

/** What a config file gives the command line. */
export interface Config {
  readonly options: RuntimeOptions
  /** Called when the runtime has started; what it returns is called before the runtime stops. */
  readonly setup: ((runtime: Runtime) => Promise<Teardown> | Teardown) | undefined
}
type Teardown = (() => Promise<void> | void) | undefined

/**
 * Reads a config: an ES module whose default export is the options of createRuntime, or a JSON file of them.
 * A relative `path`, and that of the API's socket, count from the config file.
 * @throws ERR_INVALID_OPTION when it is neither
 */
export async function loadConfig(file: string): Promise<Config> {
  const { options, setup } = extname(file) === '.json' ? await readJson(file) : await importModule(file)
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw invalid(`${file}: expected the options of createRuntime`, 'export default { path, tasks, ... }')
  }
  if (setup !== undefined && typeof setup !== 'function') {
    throw invalid(`${file}: setup is not a function`, 'export async function setup(runtime) { ... }')
  }
  const { path, api } = options as { path?: unknown; api?: object }
  const place = (name: string, value: unknown) =>
    typeof value === 'string' && value !== '' ? { [name]: resolve(dirname(file), value) } : {}
  const socket = api && { api: { ...api, ...place('socket', (api as { socket?: unknown }).socket) } }
  const placed = { ...options, ...place('path', path), ...socket }
  return { options: placed as unknown as RuntimeOptions, setup: setup as Config['setup'] }
}

async function importModule(file: string): Promise<{ options: unknown; setup?: unknown }> {
  try {
    const module = (await import(pathToFileURL(file).href)) as { default?: unknown; setup?: unknown }
    return { options: module.default, setup: module.setup }
  } catch (cause) {
    throw invalid(`the config ${file} cannot be loaded`, 'The cause says what is wrong in it.', cause)
  }
}

async function readJson(file: string): Promise<{ options: unknown; setup?: unknown }> {
  try {
    // JSON cannot hold processors: without kinds of its own such a config runs none.
    return { options: { tasks: [], ...(JSON.parse(await readFile(file, 'utf8')) as object) } }
  } catch (error) {
    if (error instanceof SyntaxError) throw invalid(`${file}: ${error.message}`, 'The file is not JSON.')
    throw error
  }
}

const invalid = (message: string, hint: string, cause?: unknown) =>
  new HoldfastError('ERR_INVALID_OPTION', message, { hint, cause })
