import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { dirname, extname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { MachineParts } from '../configs/index.js'
import type { Runtime, RuntimeOptions } from '../index.js'
import { HoldfastError } from '../model/errors.js'
import { shellWord } from './doctor/shell-word.js'

/** What a config file gives the command line. */
export interface Config {
  readonly options: RuntimeOptions
  /** Called when the runtime has started; what it returns is called before the runtime stops. */
  readonly setup: ((runtime: Runtime) => Promise<Teardown> | Teardown) | undefined
  /** What the files in `machines/` may name beside the standard set. */
  readonly machines: MachineParts | undefined
}
type Teardown = (() => Promise<void> | void) | undefined

/** The name of a socket that nobody named. */
export const SOCKET = 'holdfast.sock'
const NAMES = ['holdfast.config.js', 'holdfast.config.mjs', 'holdfast.config.json']

/** The config that was named, or the one in this directory; `undefined` when there is none. @throws ERR_USAGE */
export function findConfig(named: string | undefined): string | undefined {
  const found = [named ?? NAMES]
    .flat()
    .map((name) => resolve(name))
    .find(existsSync)
  if (found === undefined && named !== undefined) {
    throw new HoldfastError('ERR_USAGE', `there is no config ${resolve(named)}`)
  }
  return found
}

/**
 * Reads a config: an ES module whose default export is the options of createRuntime, or a JSON file of them.
 * A relative `path`, and that of the API's socket, count from the config file. Under systemd a config without `path`
 * lives in the unit's StateDirectory. A daemon can be talked to: where `api` names no place, it has a socket all the same.
 * @throws ERR_INVALID_OPTION when it is neither
 */
export async function loadConfig(file: string): Promise<Config> {
  const { options, setup, machines } = extname(file) === '.json' ? await readJson(file) : await importModule(file)
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw invalid(`${file}: expected the options of createRuntime`, 'export default { path, tasks, ... }')
  }
  if (setup !== undefined && typeof setup !== 'function') {
    throw invalid(`${file}: setup is not a function`, 'export async function setup(runtime) { ... }')
  }
  if (machines !== undefined && (typeof machines !== 'object' || machines === null)) {
    throw invalid(`${file}: machines is not an object`, 'export const machines = { actors: { ... } }')
  }
  const { path = ofUnit('STATE_DIRECTORY'), api } = options as { path?: unknown; api?: Door }
  const place = (name: string, value: unknown) =>
    typeof value === 'string' && value !== '' ? { [name]: resolve(dirname(file), value) } : {}
  const placed = { ...options, ...place('path', path) } as { path?: unknown }
  const socket = api && (api.socket ?? api.tcp) !== undefined ? api.socket : socketIn(placed.path)
  const door = api === false ? false : { ...api, ...place('socket', socket) }
  return {
    options: { ...placed, api: door } as unknown as RuntimeOptions,
    setup: setup as Config['setup'],
    machines: machines as Config['machines'],
  }
}

/** What a config says; JSON has the options alone. */
interface Exports {
  readonly options: unknown
  readonly setup?: unknown
  readonly machines?: unknown
}

type Door = { readonly socket?: unknown; readonly tcp?: unknown } | false

/** Where a daemon listens whose config does not say where: in the unit's RuntimeDirectory, or in its store. */
function socketIn(path: unknown): string | undefined {
  const directory = ofUnit('RUNTIME_DIRECTORY') ?? path
  return typeof directory === 'string' ? join(directory, SOCKET) : undefined
}

/** A directory that systemd made for the unit: the first, where it made several. */
function ofUnit(name: 'STATE_DIRECTORY' | 'RUNTIME_DIRECTORY'): string | undefined {
  return process.env[name]?.split(':')[0]
}

async function importModule(file: string): Promise<Exports> {
  try {
    const module = (await import(pathToFileURL(file).href)) as Omit<Exports, 'options'> & { default?: unknown }
    return { options: module.default, setup: module.setup, machines: module.machines }
  } catch (cause) {
    const hint = cause instanceof SyntaxError ? whereIn(file) : 'The cause says what is wrong in it.'
    throw invalid(`the config ${file} cannot be loaded`, hint, cause)
  }
}

/** An import does not tell the line. */
export const whereIn = (file: string) => `\`node ${shellWord(file)}\` says where.`

async function readJson(file: string): Promise<Exports> {
  const text = await readFile(file, 'utf8')
  try {
    // JSON cannot hold processors: without kinds of its own such a config runs none.
    return { options: { tasks: [], ...(JSON.parse(text) as object) } }
  } catch (error) {
    // What finds the place is loaded by those who need it.
    const { jsonFault } = await import('../configs/json-fault.js')
    const { what, line, column } = jsonFault(text, error)
    throw invalid(
      `${file}:${line}:${column}: it is not JSON: ${what}`,
      'A config in JSON has no comments, and no comma at the end of a list.',
    )
  }
}

const invalid = (message: string, hint: string, cause?: unknown) =>
  new HoldfastError('ERR_INVALID_OPTION', message, { hint, cause })
